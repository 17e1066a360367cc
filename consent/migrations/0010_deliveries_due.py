"""Find what is due to be told, and what of it is to be emptied."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0009_sensitive_purpose"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="delivery",
            name="delivery_due",
        ),
        migrations.AlterField(
            model_name="delivery",
            name="next_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                help_text="When it is tried again; in the end, emptied.",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(condition=models.Q(("state", "pending")), fields=["next_at"], name="delivery_due"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("content__isnull", False), models.Q(("state", "pending"), _negated=True)),
                fields=["next_at"],
                name="delivery_to_empty",
            ),
        ),
    ]
