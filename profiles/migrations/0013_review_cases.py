import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.functions.datetime
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Beside intake, which goes on.
    atomic = False

    dependencies = [
        ("profiles", "0012_find_aliases"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewCase",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("key", models.TextField(help_text="What it is about, once in each kind.")),
                (
                    "identifier_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, help_text="Whom it is about.", size=None
                    ),
                ),
                (
                    "details",
                    models.JSONField(
                        default=dict, help_text="What its kind needs to look at it again: numbers of rows."
                    ),
                ),
                (
                    "stake",
                    models.BigIntegerField(default=0, help_text="How much hangs on it; the greatest is shown first."),
                ),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("open", "Open"),
                            ("later", "Later"),
                            ("answered", "Answered"),
                            ("settled", "Settled"),
                        ],
                        default="open",
                    ),
                ),
                ("opened_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "last_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        help_text="When it was last found, opened anew or answered.",
                    ),
                ),
                (
                    "checked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        help_text="When it was last looked at whether it still holds.",
                    ),
                ),
                ("claimed_by", models.TextField(blank=True, default="", help_text="`staff:ID` of who works on it.")),
                ("claimed_until", models.DateTimeField(null=True)),
                ("answer", models.TextField(blank=True, default="")),
                ("note", models.TextField(blank=True, default="")),
                ("answered_by", models.TextField(blank=True, default="")),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "decision_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, help_text="What the answer decided.", size=None
                    ),
                ),
                (
                    "withdrawn_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(),
                        default=list,
                        help_text="Which decisions the answer took back.",
                        size=None,
                    ),
                ),
            ],
            options={
                "db_table": "review_case",
            },
        ),
        migrations.CreateModel(
            name="ReviewHint",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("a_id", models.BigIntegerField()),
                ("b_id", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "review_hint",
            },
        ),
        migrations.CreateModel(
            name="ReviewPosition",
            fields=[
                ("kind", models.TextField(primary_key=True, serialize=False)),
                ("position", models.TextField(blank=True, default="")),
            ],
            options={
                "db_table": "review_position",
            },
        ),
        migrations.CreateModel(
            name="ReviewProposal",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("a_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                (
                    "b_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        help_text="Each beside the one of `a_ids` at its place.",
                        size=None,
                    ),
                ),
                ("verdict", models.TextField()),
                ("reason", models.TextField(blank=True, default="")),
                ("size", models.BigIntegerField(help_text="Identifiers of the largest profile that would come out.")),
                ("actor", models.TextField(help_text="Who asked for it.")),
                ("proposed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("approved", "Approved"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                    ),
                ),
                ("ended_by", models.TextField(blank=True, default="")),
                ("ended_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True, default="", help_text="Why it was approved or refused.")),
                (
                    "decision_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
            ],
            options={
                "db_table": "review_proposal",
            },
        ),
        AddIndexConcurrently(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("verdict", "different"), ("withdrawn_at__isnull", True)),
                fields=["id"],
                name="decision_different",
            ),
        ),
        AddIndexConcurrently(
            model_name="identifier",
            index=models.Index(condition=models.Q(("shared", True)), fields=["id"], name="identifier_shared"),
        ),
        AddIndexConcurrently(
            model_name="interaction",
            index=models.Index(
                condition=models.Q(("dropped_identifiers", []), _negated=True),
                fields=["received_at", "id"],
                name="interaction_dropped_lately",
            ),
        ),
        AddIndexConcurrently(
            model_name="link",
            index=models.Index(
                condition=models.Q(("refused__startswith", "limit:"), ("refused", "size"), _connector="OR"),
                fields=["a_id", "b_id"],
                name="link_refused_by_limit",
            ),
        ),
        AddIndexConcurrently(
            model_name="quarantine",
            index=models.Index(
                condition=models.Q(("held_for__isnull", True)), fields=["id"], name="quarantine_not_understood"
            ),
        ),
        migrations.AddIndex(
            model_name="reviewcase",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "later"])),
                fields=["state", "-stake", "opened_at", "id"],
                name="review_case_list",
            ),
        ),
        migrations.AddIndex(
            model_name="reviewcase",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "later"])), fields=["checked_at"], name="review_case_recheck"
            ),
        ),
        migrations.AddIndex(
            model_name="reviewcase",
            index=django.contrib.postgres.indexes.GinIndex(fields=["identifier_ids"], name="review_case_about"),
        ),
        migrations.AddConstraint(
            model_name="reviewcase",
            constraint=models.UniqueConstraint(fields=("kind", "key"), name="review_case_once"),
        ),
        migrations.AddConstraint(
            model_name="reviewcase",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "later", "answered", "settled"])), name="review_state_known"
            ),
        ),
        migrations.AddIndex(
            model_name="reviewhint",
            index=models.Index(fields=["kind", "id"], name="review_hint_queue"),
        ),
        migrations.AddIndex(
            model_name="reviewproposal",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["proposed_at"], name="review_proposal_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "approved", "refused", "withdrawn"])),
                name="review_proposal_state_known",
            ),
        ),
    ]
