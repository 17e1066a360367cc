import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False  # Intake goes on while the index is made.

    dependencies = [("profiles", "0010_trait_origin")]

    operations = [
        AddIndexConcurrently(
            model_name="interaction",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["occurred_at", "received_at"], name="interaction_age"
            ),
        ),
    ]
