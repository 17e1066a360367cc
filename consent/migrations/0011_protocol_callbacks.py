"""Note what a protocol's caller was told last, and which key setup counts."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0011_suppression_by_key"),
    ]

    operations = [
        migrations.AddField(
            model_name="caller",
            name="certificate",
            field=models.TextField(blank=True, default="", help_text="X.509, PEM: signs the callbacks that it sends."),
        ),
        migrations.AddField(
            model_name="caller",
            name="setup_digest",
            field=models.BinaryField(help_text="Of its message: SHA-256. It counts once.", max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="caller",
            name="setup_issued_at",
            field=models.DateTimeField(blank=True, help_text="Of the last key setup (DRP): no older one.", null=True),
        ),
        migrations.AddField(
            model_name="protocolreceipt",
            name="callback_urls",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                blank=True,
                default=list,
                help_text="Whom each change is told.",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="protocolreceipt",
            name="told",
            field=models.TextField(
                blank=True, default="", help_text="The state in the protocol's words that was told last."
            ),
        ),
        migrations.AddField(
            model_name="protocolreceipt",
            name="watched",
            field=models.BooleanField(
                default=False, help_text="Changes are still to come that somebody is to be told of."
            ),
        ),
        migrations.AddIndex(
            model_name="protocolreceipt",
            index=models.Index(condition=models.Q(("watched", True)), fields=["request"], name="receipt_watched"),
        ),
    ]
