from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform


class Migration(migrations.Migration):
    atomic = False  # The service goes on while the indexes are made.

    dependencies = [("consent", "0015_find_audit_entries_of_requests")]

    operations = [
        AddIndexConcurrently(
            model_name="accesslog",
            index=models.Index(
                condition=models.Q(("actor__startswith", "staff:")), fields=["-id"], name="access_log_staff"
            ),
        ),
        AddIndexConcurrently(
            model_name="accesslog",
            index=models.Index(
                condition=models.Q(("actor__startswith", "staff:")),
                fields=["actor", "-id"],
                name="access_log_of_staff",
            ),
        ),
        AddIndexConcurrently(
            model_name="auditentry",
            index=models.Index(
                models.Func(
                    models.F("entry"),
                    models.Value('"type":"([a-z_.]+)"'),
                    function="substring",
                    output_field=models.TextField(),
                ),
                models.F("seq"),
                name="audit_entry_by_type",
            ),
        ),
        AddIndexConcurrently(
            model_name="consentdecision",
            index=models.Index(
                KeyTextTransform("notice_version", "proof"),
                KeyTextTransform("notice", "proof"),
                models.F("purpose"),
                condition=models.Q(("proof__has_key", "notice_version")),
                name="consent_by_notice",
            ),
        ),
    ]
