"""`manage.py add_privacy_agent`: an authorised agent of the Data Rights Protocol."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.callers import DRP
from profiles.privacy.callers import CallerRefused, put_caller

ACTOR = "command:add_privacy_agent"


class Command(BaseCommand):
    """Makes or changes an agent; one that was revoked is let in again."""

    help = "Let an authorised agent of the Data Rights Protocol send requests."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the agent's id in the network's directory")
        parser.add_argument("--key", required=True, help="its verify key (Ed25519), in base64")
        parser.add_argument("--display-name", default="", help="as people read it")
        parser.add_argument("--callback-host", action="append", default=[], help="where callbacks may go; repeat")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            put_caller(
                protocol=DRP,
                name=options["name"],
                actor=ACTOR,
                display_name=options["display_name"],
                verify_key=options["key"],
                callback_hosts=options["callback_host"],
            )
        except CallerRefused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"The agent {options['name']} may set up its token: POST /v1/agent/{options['name']}.")
