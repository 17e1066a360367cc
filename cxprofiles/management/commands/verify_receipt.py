"""`manage.py verify_receipt`: whether a receipt is genuine. Needs no database: it works years later and elsewhere."""

import json
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from consent.receipt_summary import summarise
from consent.signatures import LONGEST_RECEIPT, BadReceipt, derived_keys, find_receipt, verify_receipt

KEYS_TRIED = 50


class Command(BaseCommand):
    """Says in a sentence what it found, and what the receipt says; ends with 0 where it is genuine, with 1 else."""

    help = "Check the signature of a consent receipt, without a database."
    requires_system_checks = []  # noqa: RUF012 - Django's own form; the checks are about a running service

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the receipt, or the API's answer that holds it; -: standard input")
        parser.add_argument(
            "--jwks",
            metavar="FILE",
            help="the published keys, as saved from /.well-known/jwks.json; "
            f"else the first {KEYS_TRIED} keys that RECEIPT_SECRET gives",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        receipt = find_receipt(read_text(options["file"]))
        keys = read_keys(options["jwks"]) if options["jwks"] else derived_keys(settings.RECEIPT_SECRET, KEYS_TRIED)
        try:
            content = verify_receipt(receipt, keys)
        except BadReceipt as problem:
            self.stderr.write(f"Not valid. {problem}")
            sys.exit(1)
        record = summarise(content)
        self.stdout.write(f"Genuine: receipt {record.id}, issued at {shown(record.issued_at)}.")
        for line in record.lines:
            self.stdout.write(f"  {line.key}: {line.state} at {shown(line.at)}")


def shown(at: datetime | None) -> str:
    """An instant, or that the record does not say one."""
    return "a time that it does not say" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def read_text(name: str) -> str:
    """A file as text, of which no more is read than a receipt can be long."""
    try:
        if name == "-":
            return sys.stdin.read(LONGEST_RECEIPT * 4)
        with Path(name).open(encoding="utf-8") as file:
            return file.read(LONGEST_RECEIPT * 4)
    except OSError as error:
        raise CommandError(f"The file {name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"The file {name} is not text.") from None


def read_keys(name: str) -> dict[str, Any]:
    """A JWK set out of a file."""
    try:
        keys = json.loads(read_text(name))
    except (ValueError, RecursionError):
        keys = None
    if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
        raise CommandError(f"The file {name} is not a set of keys as /.well-known/jwks.json publishes it.")
    return keys
