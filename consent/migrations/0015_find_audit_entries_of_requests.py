"""Find what the audit log says of one privacy request without reading the log."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # The log is written while the index is made.

    dependencies = [("consent", "0014_find_grants_of_guardians")]

    operations = [
        AddIndexConcurrently(
            model_name="auditentry",
            index=models.Index(
                models.Func(
                    models.F("entry"),
                    models.Value('"request":"([0-9a-f-]{36})"'),
                    function="substring",
                    output_field=models.TextField(),
                ),
                condition=models.Q(("entry__contains", '"request":"')),
                name="audit_entry_of_request",
            ),
        ),
    ]
