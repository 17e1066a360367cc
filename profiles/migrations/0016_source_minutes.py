import django.contrib.postgres.fields
import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # Intake goes on while the index is made.

    dependencies = [("profiles", "0015_timeline_by_channel")]

    operations = [
        migrations.CreateModel(
            name="SourceMinute",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "source_id", "minute", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source_id", models.IntegerField()),
                ("minute", models.DateTimeField(help_text="When it begins.")),
                ("events", models.IntegerField(help_text="Stored: new ones.")),
                ("duplicates", models.IntegerField(help_text="Delivered again; they change nothing.")),
                ("quarantined", models.IntegerField()),
                ("dropped", models.IntegerField(help_text="Left out since a purpose was denied.")),
                (
                    "suppressed",
                    models.IntegerField(help_text="Left out since they name somebody who was erased."),
                ),
                ("bytes", models.BigIntegerField(help_text="Of the batches' bodies, unpacked.")),
                (
                    "lag",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(),
                        help_text="Stored events by how long until they were part of a profile.",
                        size=None,
                    ),
                ),
                (
                    "skew",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(),
                        help_text="Stored events by how far the sender's clock is off.",
                        size=None,
                    ),
                ),
                (
                    "skew_sum",
                    models.BigIntegerField(help_text="Milliseconds; above zero: the sender's clock is ahead."),
                ),
                ("skew_max", models.BigIntegerField(help_text="Milliseconds, without a sign.")),
                ("last_received", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(help_text="When the latest of them was taken.")),
            ],
            options={"db_table": "source_minute"},
        ),
        # Room in the pages: a row is written anew many times within its minute.
        migrations.RunSQL(
            "ALTER TABLE source_minute SET (fillfactor = 70)", "ALTER TABLE source_minute RESET (fillfactor)"
        ),
        AddIndexConcurrently("quarantine", models.Index(fields=["source", "-id"], name="quarantine_of_source")),
        migrations.AlterField(
            model_name="quarantine",
            name="source",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="profiles.source"),
        ),
    ]
