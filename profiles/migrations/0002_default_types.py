"""The default identifier types of identity.md, written out: a migration must not follow code that may change."""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# name, rank, person, per_profile, ownership, shared_above, normaliser, blocked
DEFAULT_TYPES: list[tuple[Any, ...]] = [
    ("user_id", 1, True, 1, "first", None, "trim", []),
    ("loyalty_id", 2, True, 1, "first", 3, "upper", []),
    ("crm_id", 3, True, 5, "first", 3, "trim", []),
    ("email", 4, True, 5, "first", 3, "email", ["test@test.com", "noreply@*", "no-reply@*"]),
    ("phone", 5, True, 5, "first", 3, "phone", []),
    ("social_handle", 6, True, 5, "first", 3, "handle", []),
    ("device_id", 7, False, None, "last", 10, "lower", []),
    ("anonymous_id", 8, False, None, "last", 10, "trim", []),
]


def create_defaults(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The types, and the one row that counts the changes of the configuration."""
    apps.get_model("profiles", "ConfigurationVersion").objects.get_or_create(id=1)
    identifier_type = apps.get_model("profiles", "IdentifierType")
    for name, rank, person, per_profile, ownership, shared_above, normaliser, blocked in DEFAULT_TYPES:
        identifier_type.objects.get_or_create(
            name=name,
            defaults={
                "rank": rank,
                "person": person,
                "per_profile": per_profile,
                "ownership": ownership,
                "shared_above": shared_above,
                "normaliser": normaliser,
                "blocked": blocked,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("profiles", "0001_initial")]

    operations = [migrations.RunPython(create_defaults, migrations.RunPython.noop)]
