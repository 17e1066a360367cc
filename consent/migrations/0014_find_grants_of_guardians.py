from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # Consents are recorded while the index is made.

    dependencies = [("consent", "0013_shipped_retention")]

    operations = [
        AddIndexConcurrently(
            model_name="consentdecision",
            index=models.Index(
                condition=models.Q(("guardian", True)), fields=["expires_at"], name="consent_of_guardian"
            ),
        ),
    ]
