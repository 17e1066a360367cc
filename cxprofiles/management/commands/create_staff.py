"""`manage.py create_staff`: a person who may sign in to the back office; the first one of a new installation too."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from cxprofiles.backoffice.rights import ROLES
from cxprofiles.management.commands.create_token import read_list
from cxprofiles.settings import read_public_url
from cxprofiles.staff.accounts import PersonRefused, invite_person
from cxprofiles.staff.links import password_link

ACTOR = "command:create_staff"
LONGEST_PASSWORD = 4096


class Command(BaseCommand):
    """Prints the link by which the person sets a password, once."""

    help = "Create a person of the back office and print a link to set their password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the user name; letters, digits and . + - _")
        parser.add_argument("--email", required=True, help="where mail reaches the person")
        parser.add_argument("--role", action="append", default=[], help=f"{' | '.join(ROLES)}; repeat, or use commas")
        parser.add_argument("--superuser", action="store_true", help="an administrator, who manages people")
        parser.add_argument("--url", help="the service's address, if not PUBLIC_URL")
        parser.add_argument("--password-from-stdin", action="store_true", help="set this password, and print no link")

    def handle(self, *args: Any, **options: Any) -> None:
        origin = origin_of(options["url"])
        password = read_password() if options["password_from_stdin"] else ""
        try:
            user = invite_person(
                name=options["name"],
                email=options["email"],
                roles=read_list(options["role"]),
                administrator=options["superuser"],
                password=password,
                actor=ACTOR,
            )
        except PersonRefused as refused:
            raise CommandError(str(refused)) from None
        if password:
            self.stdout.write(f"{user.username} can sign in at {origin}/accounts/login/.")
            return
        link = password_link(user, origin=origin)
        self.stdout.write(f"{user.username} sets a password here, once, within three days:\n{link}")
        if not origin:
            self.stdout.write("Put the service's address before it, or name it with --url the next time.")


def origin_of(url: str | None) -> str:
    """The address that the link begins with: the one that is told, the deployment's own, that of the stack which runs
    over the data folder; empty where none is known, so that only the path is said."""
    running = settings.STACK.url if settings.STACK else ""
    try:
        return read_public_url(url) if url else settings.PUBLIC_URL or running
    except ValueError as error:
        raise CommandError(f"--url is wrong: {error}") from None


def read_password() -> str:
    """The first line of standard input, as long as it may be a password."""
    password = sys.stdin.readline(LONGEST_PASSWORD).rstrip("\r\n")
    try:
        validate_password(password)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    return password
