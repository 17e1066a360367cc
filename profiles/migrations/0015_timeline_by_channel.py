from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Beside intake, which goes on. The new one is there before the old one goes: a timeline is never without.
    atomic = False

    dependencies = [("profiles", "0014_find_names")]

    operations = [
        AddIndexConcurrently(
            "interaction",
            models.Index(
                fields=["anchor_id", "-occurred_at", "-id"], include=["source"], name="interaction_timeline_next"
            ),
        ),
        RemoveIndexConcurrently("interaction", "interaction_timeline"),
        migrations.RenameIndex("interaction", "interaction_timeline", old_name="interaction_timeline_next"),
    ]
