"""`manage.py add_privacy_controller`: an organisation that sends requests by OpenDSR."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.callers import OPENDSR, TokenTaken
from profiles.credentials import BadKey
from profiles.privacy.callers import CallerRefused, give_token, put_caller

ACTOR = "command:add_privacy_controller"


class Command(BaseCommand):
    """Prints the token, which cannot be read again."""

    help = "Let a controller send requests by OpenDSR, and print its token, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="its id here: the controller_id of every answer")
        parser.add_argument("--display-name", default="", help="as people read it")
        parser.add_argument("--callback-host", action="append", default=[], help="where callbacks may go; repeat")
        parser.add_argument("--certificate", type=Path, help="a PEM file: it is a processor that sends callbacks")
        parser.add_argument("--token", help="a token of your own; one is made if left out")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        name, certificate = options["name"], options["certificate"]
        try:
            put_caller(
                protocol=OPENDSR,
                name=name,
                actor=ACTOR,
                display_name=options["display_name"],
                certificate=certificate.read_text() if certificate else "",
                callback_hosts=options["callback_host"],
            )
            token = give_token(protocol=OPENDSR, name=name, actor=ACTOR, token=options["token"])
        except (CallerRefused, TokenTaken, BadKey) as error:
            raise CommandError(str(error)) from None
        except (OSError, UnicodeDecodeError):
            raise CommandError("The certificate's file cannot be read.") from None
        sentence = f"The controller {name} may send requests. Its token is not shown again:\n{token}"
        self.stdout.write(json.dumps({"token": token}) if options["json"] else sentence)
