"""What the migrations ship: kept aside once, and put back by tests that empty whole tables."""

from django.apps import apps
from django.db.models import Model

SHIPPED = ("consent.Purpose", "consent.ConsentAge", "consent.RetentionRule", "profiles.TraitRule")

_rows: list[Model] = []


def remember_shipped() -> None:
    """Keep a copy of the rows as the migrations left them."""
    _rows[:] = [row for name in SHIPPED for row in apps.get_model(name)._default_manager.all()]


def restore_shipped() -> None:
    """Put back those that are gone."""
    for name in SHIPPED:
        model = apps.get_model(name)
        model._default_manager.bulk_create([row for row in _rows if isinstance(row, model)], ignore_conflicts=True)
