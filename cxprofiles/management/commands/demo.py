"""`manage.py demo`: the service with a story told to it, to look at."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cxprofiles.demo.runner import run_demo
from cxprofiles.management.commands.up import port_number
from cxprofiles.stack import StackError


class Command(BaseCommand):
    """Translates the command line; the runner does the work."""

    help = (
        "Start the service over a data folder (--data-dir, by default .data), tell it five weeks of a shop with five "
        "channels and three systems of customer records, and show what it makes of them. Stays up until Ctrl-C."
    )
    requires_system_checks: tuple[str, ...] = ()  # They may ask the database, which this command is about to start.

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=port_number, help="the port to listen on (default: a free one from 8000 on)")
        parser.add_argument("--exit", action="store_true", help="end after everything was shown")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            run_demo(settings.DATA_DIR, port=options["port"], leave=options["exit"])
        except StackError as error:
            raise CommandError(str(error)) from None
