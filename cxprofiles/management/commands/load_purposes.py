"""`manage.py load_purposes`: purposes, notices, consent ages and trait categories from a file, seen before applied."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

import consent
from consent.purpose_diff import NoticePublished
from consent.purpose_fields import PurposeRefused
from consent.purpose_files import LARGEST, FileRefused, PurposeFile, read_file
from cxprofiles.rebuilding import NOT_NEEDED, ask_for_rebuild
from profiles.purpose_changes import apply_file, describe_file, known_names

ACTOR = "command:load_purposes"
SHIPPED = Path(consent.__file__).with_name("purposes.toml")
WRONG_USE = 2
WOULD_CHANGE = 1

HELP = """
Show what a file of purposes would change, ask, and make it so, all of it or nothing. What the file leaves out stays.

Without FILE it is the file that ships (consent/purposes.toml): a copy of it is a good start for one of your own.
"""


class Command(BaseCommand):
    """Shows, asks, applies."""

    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", default=SHIPPED, help="TOML; the shipped one if left out")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit with 1 if there is something to change"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            self.load(read(options["file"]), asked=options["yes"], check=options["check"])
        except (FileRefused, PurposeRefused, NoticePublished) as error:
            raise CommandError(str(error), returncode=WRONG_USE) from None

    def load(self, file: PurposeFile, *, asked: bool, check: bool) -> None:
        """Show the difference, then apply it unless nobody says yes."""
        lines = describe_file(file)
        if not lines:
            self.stdout.write(f"Version {file.version} of the purposes: nothing to change.")
            return
        self.stdout.write("\n".join([f"Version {file.version} of the purposes would change:", *lines]))
        if check:
            raise SystemExit(WOULD_CHANGE)
        if not asked and not confirmed():
            self.stdout.write("Nothing was changed.")
            return
        applied = apply_file(file=file, actor=ACTOR)
        self.stdout.write(f"{len(applied.lines)} changes were made.")
        rebuild = ask_for_rebuild(applied.needs_rebuild)
        if rebuild != NOT_NEEDED:
            self.stdout.write(f"A rebuild of what is stored: {rebuild}.")


def read(path: Path) -> PurposeFile:
    """The file at a path; raises `FileRefused`, or the command's own error where it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise CommandError(f"The file cannot be read: {error.strerror}.", returncode=WRONG_USE) from None
    return read_file(data, known_names())


def confirmed() -> bool:
    """Whether the person at the terminal says yes."""
    if not sys.stdin.isatty():
        raise CommandError("Nobody can be asked here; say --yes to make these changes.", returncode=WRONG_USE)
    try:
        return input("Make these changes? [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        return False
