"""`manage.py create_source`: a channel system that may post interactions, and its write key."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profiles.credentials import SHORTEST_SAFE, BadKey, KeyInUse, new_secret
from profiles.models import Source
from profiles.sources import SourceExists, SourceFields, SourceRefused, create_source

ACTOR = "command:create_source"
MAKE_ONE = ""


class Command(BaseCommand):
    """Prints the write key, which cannot be read again."""

    help = "Create a source and print its write key, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what the source is called")
        parser.add_argument("--channel", required=True, help=" | ".join(Source.Channel.values))
        parser.add_argument("--trust", required=True, help="server: what it says is fact; public: it is a claim")
        parser.add_argument("--region", default="", help="the country of phone numbers without a prefix, such as DE")
        parser.add_argument("--rank", type=int, default=100, help="the source of the least rank is believed first")
        parser.add_argument("--rate-limit", type=int, help="events a second; by trust, if left out")
        parser.add_argument(
            "--map", action="append", default=[], metavar="PATH=TYPE", help="a trait or property that is an identifier"
        )
        parser.add_argument(
            "--signing-secret", nargs="?", const=MAKE_ONE, metavar="VALUE", help="verifies context.identityHash"
        )
        parser.add_argument("--key", help="a write key of your own; one is made if left out")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        secret = new_secret() if options["signing_secret"] == MAKE_ONE else options["signing_secret"] or ""
        try:
            key = create_source(
                name=options["name"], fields=fields_of(options, secret), actor=ACTOR, key=options["key"]
            )
        except (SourceRefused, SourceExists, BadKey, KeyInUse) as error:
            raise CommandError(str(error)) from None
        if len(key) < SHORTEST_SAFE:
            self.stderr.write("This key is short enough to be guessed; use it for trials only.")
        made = {"source": options["name"], "write_key": key}
        if options["signing_secret"] is not None:
            made["signing_secret"] = secret
        self.stdout.write(json.dumps(made) if options["json"] else in_words(made))


def fields_of(options: dict[str, Any], secret: str) -> SourceFields:
    """The command line as the fields of a source."""
    return SourceFields(
        channel=options["channel"],
        trust=options["trust"],
        region=options["region"],
        rank=options["rank"],
        rate_limit=options["rate_limit"],
        signing_secret=secret,
        mappings=dict(read_mapping(text) for text in options["map"]),
    )


def read_mapping(text: str) -> tuple[str, str]:
    """`path=type`, split."""
    path, separator, name = text.partition("=")
    if not (path and separator and name):
        raise CommandError("A mapping looks like traits.member_no=loyalty_id.")
    return path, name


def in_words(made: dict[str, str]) -> str:
    """What was made, for people."""
    lines = [f"The source {made['source']} is there. Its write key, which is not shown again:", made["write_key"]]
    if "signing_secret" in made:
        lines += ["Its signing secret, which is not shown again either:", made["signing_secret"]]
    return "\n".join(lines)
