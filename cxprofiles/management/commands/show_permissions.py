"""`manage.py show_permissions`: the table of who may open which screen, as docs/permissions.md has it."""

from typing import Any

from django.core.management.base import BaseCommand

from cxprofiles.permissions import document


class Command(BaseCommand):
    """Prints Markdown."""

    help = "Print who may do what in the back office, as Markdown."
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(document(), ending="")
