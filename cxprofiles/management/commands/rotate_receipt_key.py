"""`manage.py rotate_receipt_key`: a new key signs receipts from now on."""

from typing import Any

from django.core.management.base import BaseCommand

from consent.signing import rotate_key


class Command(BaseCommand):
    """What the earlier keys signed stays verifiable: their public halves are kept and published for ever."""

    help = "Sign receipts with a new key from now on."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"The key {rotate_key().kid} signs from now on.")
