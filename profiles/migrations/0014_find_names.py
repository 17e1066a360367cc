from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Collate, Left, Lower

# Written out: a migration must not follow a list that may change.
NAMES = (
    "display_name displayName family_name familyName first_name firstName firstname full_name fullName given_name"
    " givenName last_name lastName lastname maiden_name maidenName middle_name middleName name nickname surname"
)


class Migration(migrations.Migration):
    atomic = False  # Intake goes on while the index is made.

    dependencies = [("profiles", "0013_review_cases")]

    operations = [
        AddIndexConcurrently(
            model_name="traitfact",
            index=models.Index(
                Collate(Lower(Left("value", 64)), "C"),
                models.F("identifier_id"),
                condition=models.Q(("name__in", tuple(NAMES.split()))),
                name="trait_fact_name",
            ),
        ),
    ]
