from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Beside intake, which goes on.
    atomic = False

    dependencies = [("profiles", "0011_find_old_interactions")]

    operations = [
        AddIndexConcurrently(
            "interaction",
            models.Index(fields=["anchor_id"], name="interaction_alias", condition=models.Q(type="alias")),
        ),
        AddIndexConcurrently(
            "interaction",
            models.Index(
                fields=["id"], name="interaction_alias_silent", condition=models.Q(type="alias", linkable=False)
            ),
        ),
    ]
