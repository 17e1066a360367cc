"""Room in the pages of what is updated in place, so that a new version of a row stays in its page and no index changes."""

from django.db import migrations

FILL = {"link": 85, "fold": 75, "card": 75}


class Migration(migrations.Migration):
    dependencies = [("profiles", "0002_default_types")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} SET (fillfactor = {percent})", f"ALTER TABLE {table} RESET (fillfactor)"
        )
        for table, percent in FILL.items()
    ]
