"""How long a new deployment keeps what members of staff answered, and how the answers are found; and lists by kind."""

from django.apps.registry import Apps
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def ship(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rules = apps.get_model("consent", "RetentionRule").objects
    rules.get_or_create(store="case", category="", source="", defaults={"keep_for": "P24M"})


def take_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("consent", "RetentionRule").objects.filter(store="case").delete()


class Migration(migrations.Migration):
    atomic = False  # Staff work on while the indexes are made.

    dependencies = [("profiles", "0016_source_minutes"), ("consent", "0013_shipped_retention")]

    operations = [
        migrations.RunPython(ship, take_back),
        AddIndexConcurrently(
            model_name="reviewcase",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "later"])),
                fields=["state", "kind", "-stake", "opened_at", "id"],
                name="review_case_of_kind",
            ),
        ),
        AddIndexConcurrently(
            model_name="reviewcase",
            index=models.Index(
                condition=models.Q(("state__in", ["answered", "settled"])),
                fields=["state", "-last_at", "-id"],
                name="review_case_ended",
            ),
        ),
    ]
