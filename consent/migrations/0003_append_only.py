"""What must never be changed: the database itself refuses it.

Deleting is for erasure alone, which says so in its own transaction: SET LOCAL cxprofiles.lawful_erasure = 'on'.
Emptying whole tables is refused too, unless a database is marked as one for tests.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('cxprofiles.lawful_erasure', true) = 'on' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'TRUNCATE' AND current_setting('cxprofiles.may_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused.', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$
"""
TABLES = ("consent_decision", "notice", "consent_receipt")
RUN = "EXECUTE FUNCTION refuse_to_rewrite()"
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
    dependencies = [("consent", "0002_consent_ledger")]

    operations = [
        migrations.RunSQL([REFUSE, *GUARD], [*LIFT, "DROP FUNCTION refuse_to_rewrite()"]),
    ]
