"""How long a new deployment keeps what has no end of its own; and how what is past it is found in the access log.

Interactions and traits have no rule: a deployment says how long it needs them. The record of requests is kept for the
24 months that California asks for (11 CCR 7101).
"""

import django.contrib.postgres.indexes
from django.apps.registry import Apps
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

RULES = {"access_log": "P24M", "confirmation": "P30D", "message": "P7D", "quarantine": "P90D", "request": "P24M"}


def ship(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    model = apps.get_model("consent", "RetentionRule")
    for store, keep_for in RULES.items():
        model.objects.get_or_create(store=store, category="", source="", defaults={"keep_for": keep_for})


def take_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("consent", "RetentionRule").objects.all().delete()


class Migration(migrations.Migration):
    atomic = False  # Reads are logged while the index is made.

    dependencies = [("consent", "0012_deliveries_by_kind")]

    operations = [
        migrations.RunPython(ship, take_back),
        AddIndexConcurrently(
            model_name="accesslog",
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=["at"], name="access_log_age"),
        ),
    ]
