"""Tell of an act once for each kind of thing that it says."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0011_protocol_callbacks"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="delivery",
            name="delivery_once_an_act",
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("act_id__isnull", False)),
                fields=("act_id", "recipient", "kind"),
                name="delivery_once_an_act",
            ),
        ),
    ]
