"""The rights of the back office as permissions, and the roles as groups that hold them.

Django makes permissions only after all migrations, so those that the groups need are made here; it finds them then.
"""

from typing import Any

from django.db import migrations, models

RIGHTS = {
    "search": "find people and read their profiles, with values masked",
    "reveal_values": "see the values of a profile in the clear",
    "decide_identity": "decide who is the same person",
    "see_rules": "see the rules of identity",
    "change_rules": "change the rules of identity",
    "see_requests": "see privacy requests",
    "handle_requests": "handle privacy requests",
    "see_sources": "see the health of sources",
    "run_sources": "run sources: keys, settings, replay",
    "see_purposes": "see purposes and notices",
    "change_purposes": "change purposes and publish notices",
    "see_tokens": "see tokens",
    "change_tokens": "make and revoke tokens",
    "see_audit": "see the audit log and what was changed",
    "see_accesses": "see who read whose data",
    "manage_people": "manage people and roles",
}
ROLES = {
    "steward": ["search", "reveal_values", "decide_identity", "see_rules", "change_rules", "see_sources"],
    "privacy_officer": [
        "search",
        "reveal_values",
        "see_rules",
        "see_requests",
        "handle_requests",
        "see_purposes",
        "change_purposes",
        "see_audit",
        "see_accesses",
    ],
    "analyst": ["search", "see_rules", "see_sources", "see_purposes"],
    "operator": ["see_rules", "see_sources", "run_sources", "see_tokens", "change_tokens"],
    "auditor": ["see_rules", "see_requests", "see_sources", "see_purposes", "see_tokens", "see_audit", "see_accesses"],
}


def ship_roles(apps: Any, schema_editor: Any) -> None:
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="cxprofiles", model="staffright"
    )
    permissions = {}
    for name, meaning in RIGHTS.items():
        permissions[name], _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=name, defaults={"name": f"May {meaning}"}
        )
    for role, names in ROLES.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=role)
        group.permissions.add(*(permissions[name] for name in names))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("cxprofiles", "0002_api_token_name_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffRight",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
            ],
            options={
                "permissions": [(name, f"May {meaning}") for name, meaning in RIGHTS.items()],
                "managed": False,
                "default_permissions": (),
            },
        ),
        migrations.RunPython(ship_roles, migrations.RunPython.noop),
    ]
