"""`manage.py up`: the whole service in one foreground process."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cxprofiles.stack import StackError
from cxprofiles.stack.supervisor import Options, run


class Command(BaseCommand):
    """Translates the command line; the supervisor does the work."""

    help = (
        "Start PostgreSQL, Valkey, web, worker and beat over a data folder (--data-dir, by default .data), and end all "
        "of them on Ctrl-C or when one of them dies. DATABASE_URL and REDIS_URL replace the two embedded servers."
    )
    requires_system_checks: tuple[str, ...] = ()  # They may ask the database, which this command is about to start.

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=port_number, default=8000, help="the port to listen on (default 8000)")
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
        parser.add_argument("--workers", type=worker_number, default=2, help="the number of web workers (default 2)")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            run(Options(settings.DATA_DIR, options["host"], options["port"], options["workers"]))
        except StackError as error:
            raise CommandError(str(error)) from None


def port_number(value: str) -> int:
    """A port that can be listened on."""
    if not (value.isdigit() and 1 <= int(value) <= 65535):
        raise ValueError(f"{value} is no port")
    return int(value)


def worker_number(value: str) -> int:
    """How many web workers: at least one."""
    if not (value.isdigit() and 1 <= int(value) <= 128):
        raise ValueError(f"{value} is no number of workers")
    return int(value)
