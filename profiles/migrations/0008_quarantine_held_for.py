from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0007_shipped_trait_categories"),
    ]

    operations = [
        migrations.AddField(
            model_name="quarantine",
            name="held_for",
            field=models.BigIntegerField(
                help_text="The identifier of a person whose processing is restricted; empty: it was not understood.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="quarantine",
            index=models.Index(
                condition=models.Q(("held_for__isnull", False)), fields=["held_for"], name="quarantine_held"
            ),
        ),
    ]
