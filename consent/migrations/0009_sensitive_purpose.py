"""The purpose that `limit_sensitive` refuses: what is sensitive is kept from all but what the person asked us for.

consent/purposes.toml states the same.
"""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

PURPOSES: list[dict[str, Any]] = [
    {
        "key": "sensitive",
        "legal_basis": "legitimate_interest",
        "default": "allowed",
        "name": {
            "en": "Use of sensitive details",
            "de": "Nutzung besonders geschützter Angaben",
            "id": "Pemakaian data sensitif",
        },
        "text": {
            "en": "Some details need special care: about health, belief or origin, for example. If you refuse, we use "
            "them only for what you ask us to do and for what the law demands.",
            "de": "Manche Angaben sind besonders geschützt, etwa zu Gesundheit, Glauben oder Herkunft. Wenn Sie "
            "ablehnen, nutzen wir sie nur für das, worum Sie uns bitten, und für das, was das Gesetz verlangt.",
            "id": "Beberapa data perlu perlindungan khusus, misalnya tentang kesehatan, kepercayaan, atau asal-usul. "
            "Jika Anda menolak, kami hanya memakainya untuk hal yang Anda minta dan yang diwajibkan hukum.",
        },
        "categories": ["sensitive"],
        "least_assurance": "identified",
    },
]


def create_shipped(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What is missing of them; what a deployment has already stays."""
    purpose = apps.get_model("consent", "Purpose")
    purpose.objects.bulk_create([purpose(**row) for row in PURPOSES], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("consent", "0008_recipients_identifier_types")]

    operations = [migrations.RunPython(create_shipped, migrations.RunPython.noop)]
