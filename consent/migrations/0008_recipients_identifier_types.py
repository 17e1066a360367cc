"""By which identifiers a recipient knows people."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0007_proofs_by_subject")]

    operations = [
        migrations.AddField(
            model_name="recipient",
            name="identifier_types",
            field=ArrayField(
                base_field=models.TextField(),
                blank=True,
                default=list,
                help_text="By which it knows people; empty: as they came.",
                size=None,
            ),
        ),
    ]
