"""Who came in and who tried; and what each role may do with raw records in the admin, the least that it needs.

Django makes permissions only after all migrations, so those that the groups need are made here; it finds them then.
"""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now

RECORDS = {
    "cxprofiles": ["apitoken"],
    "consent": ["purpose", "notice", "consentage", "privacyrequest", "privacytask"],
    "profiles": ["source", "sourcekey", "identifiertype", "traitrule", "configurationchange"],
}
ACTS = {
    "steward": {"identifiertype": "view change", "traitrule": "view add change"},
    "privacy_officer": {
        "purpose": "view add change",
        "notice": "view add",
        "consentage": "view add change",
        "privacyrequest": "view change",
        "privacytask": "view change",
    },
    "operator": {"source": "view add change", "sourcekey": "view add change", "apitoken": "view add change"},
    "auditor": {model: "view" for models in RECORDS.values() for model in models},
}


def grant(apps: Any, schema_editor: Any) -> None:
    content_types, permissions = apps.get_model("contenttypes", "ContentType"), apps.get_model("auth", "Permission")
    apps_of = {model: app for app, models in RECORDS.items() for model in models}
    for role, acts in ACTS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=role)
        for model, names in acts.items():
            content_type, _ = content_types.objects.get_or_create(app_label=apps_of[model], model=model)
            for act in names.split():
                found, _ = permissions.objects.get_or_create(
                    content_type=content_type, codename=f"{act}_{model}", defaults={"name": f"Can {act} {model}"}
                )
                group.permissions.add(found)


class Migration(migrations.Migration):
    dependencies = [
        ("cxprofiles", "0003_rights_and_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffSignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=Now())),
                (
                    "event",
                    models.TextField(
                        choices=[
                            ("signed_in", "Signed In"),
                            ("signed_out", "Signed Out"),
                            ("ended", "Ended"),
                            ("password_failed", "Password Failed"),
                            ("code_failed", "Code Failed"),
                            ("not_invited", "Not Invited"),
                        ]
                    ),
                ),
                ("method", models.TextField(blank=True, help_text="As in: password, totp.")),
                ("address", models.GenericIPAddressField()),
                (
                    "user",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={"db_table": "staff_sign_in"},
        ),
        migrations.AddIndex("staffsignin", models.Index(fields=["user", "-at"], name="staff_sign_in_person")),
        migrations.AddIndex("staffsignin", models.Index(fields=["at"], name="staff_sign_in_age")),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
