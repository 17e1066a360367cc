"""`manage.py verify_audit`: whether the audit log is as it was written."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.audit.checking import Head, read_head
from consent.audit.verifying import rebuild_tree, verify_log
from consent.signatures import BadReceipt, find_receipt
from consent.signing import public_keys
from cxprofiles.management.commands.verify_receipt import read_keys, read_text
from profiles.snapshot import one_snapshot


class Command(BaseCommand):
    """Says in a sentence what it found and where the damage begins; ends with 0 where all is well, with 1 else."""

    help = "Recompute the audit log: its chain, its tree, and every head that was signed over it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from-head",
            metavar="FILE",
            help="a signed head that was kept elsewhere, or the answer of /v1/audit/head; -: standard input",
        )
        parser.add_argument(
            "--jwks", metavar="FILE", help="the published keys, as saved earlier; else those of this deployment"
        )

        parser.add_argument(
            "--rebuild-tree",
            action="store_true",
            help="make the stored hashes of the tree anew from the entries first, where they alone are damaged",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        keys = read_keys(options["jwks"]) if options["jwks"] else public_keys()
        outside = self.outside_head(options["from_head"], keys)
        if options["rebuild_tree"]:
            self.stdout.write(f"Made the tree over {rebuild_tree()} entries anew.")
        with one_snapshot():
            verdict = verify_log(keys, outside)
        if verdict.first_bad is not None:
            self.stderr.write(f"Damaged from entry {verdict.first_bad} on. {verdict.problem}")
            sys.exit(1)
        self.stdout.write(f"Whole: {verdict.entries} entries, {verdict.heads} signed heads.")

    def outside_head(self, name: str | None, keys: dict[str, Any]) -> Head | None:
        """The head in a file, None where none is named."""
        if not name:
            return None
        try:
            return read_head(find_receipt(read_text(name), "head"), keys)
        except BadReceipt as problem:
            raise CommandError(f"The file {name} holds no good head. {problem}") from None
