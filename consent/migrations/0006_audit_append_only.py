"""The audit log and the history of requests: the database itself refuses to change what stands in them."""

from django.db import migrations

RUN = "EXECUTE FUNCTION refuse_to_rewrite()"
TABLES = ("audit_entry", "audit_head", "privacy_request_event")
GUARD = [
    statement
    for table in TABLES
    for statement in (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {RUN}",
        f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {RUN}",
    )
]
LIFT = [
    statement
    for table in TABLES
    for statement in (f"DROP TRIGGER {table}_append_only ON {table}", f"DROP TRIGGER {table}_not_emptied ON {table}")
]


class Migration(migrations.Migration):
    dependencies = [("consent", "0005_privacy_requests")]

    operations = [migrations.RunSQL([*GUARD], [*LIFT])]
