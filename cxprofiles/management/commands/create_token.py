"""`manage.py create_token`: a service that may call the API."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.purposes import UnknownPurpose
from cxprofiles.models import ApiToken
from cxprofiles.tokens import TokenExists, TokenRefused, create_token
from profiles.credentials import SHORTEST_SAFE, BadKey, KeyInUse

ACTOR = "command:create_token"


class Command(BaseCommand):
    """Prints the token, which cannot be read again."""

    help = "Create a service token and print it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="which service this is")
        parser.add_argument(
            "--scope", action="append", default=[], help=f"{' | '.join(ApiToken.Scope.values)}; repeat, or use commas"
        )
        parser.add_argument("--purpose", action="append", default=[], help="tie it to purposes; repeat, or use commas")
        parser.add_argument("--channel", action="append", default=[], help="tie it to channels; repeat, or use commas")
        parser.add_argument("--key", help="a token of your own; one is made if left out")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            token = create_token(
                name=options["name"],
                scopes=read_list(options["scope"]),
                purposes=read_list(options["purpose"]),
                channels=read_list(options["channel"]),
                actor=ACTOR,
                key=options["key"],
            )
        except (TokenRefused, TokenExists, UnknownPurpose, BadKey, KeyInUse) as error:
            raise CommandError(str(error)) from None
        if len(token) < SHORTEST_SAFE:
            self.stderr.write("This token is short enough to be guessed; use it for trials only.")
        sentence = f"The token {options['name']} is there. It is not shown again:\n{token}"
        self.stdout.write(json.dumps({"token": token}) if options["json"] else sentence)


def read_list(values: list[str]) -> list[str]:
    """The values of an option that is given several times, or with commas, or both."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]
