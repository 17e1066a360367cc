"""Tell without reading the whole list under which keys its entries are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0010_deliveries_due")]

    operations = [
        migrations.AddIndex(
            model_name="suppressionentry",
            index=models.Index(fields=["key_version"], name="suppression_by_key"),
        ),
    ]
