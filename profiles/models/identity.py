"""Identifiers, what ties them and what was decided about them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class IdentifierType(models.Model):
    """A namespace of identifiers and its rules."""

    class Ownership(models.TextChoices):
        FIRST = "first"
        LAST = "last"

    class Normaliser(models.TextChoices):
        EXACT = "exact"
        TRIM = "trim"
        LOWER = "lower"
        UPPER = "upper"
        EMAIL = "email"
        PHONE = "phone"
        HANDLE = "handle"

    id = models.AutoField(primary_key=True)
    name = models.TextField(unique=True)
    rank = models.IntegerField(unique=True)
    person = models.BooleanField()
    per_profile = models.IntegerField(null=True, blank=True)
    ownership = models.TextField(choices=Ownership.choices)
    shared_above = models.IntegerField(null=True, blank=True)
    normaliser = models.TextField(choices=Normaliser.choices, default=Normaliser.TRIM)
    blocked = models.JSONField(default=list, blank=True)

    class Meta:
        db_table = "identifier_type"
        ordering = ["rank"]
        constraints = [
            models.CheckConstraint(condition=models.Q(name__regex=r"^[a-z][a-z0-9_]{0,62}$"), name="type_name_snake"),
            models.CheckConstraint(condition=models.Q(rank__gte=1), name="type_rank_positive"),
            models.CheckConstraint(
                condition=models.Q(per_profile__isnull=True) | models.Q(per_profile__gte=1),
                name="type_per_profile_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(shared_above__isnull=True) | models.Q(shared_above__gte=1),
                name="type_shared_above_positive",
            ),
            models.CheckConstraint(condition=models.Q(ownership__in=["first", "last"]), name="type_ownership_known"),
            models.CheckConstraint(
                condition=models.Q(normaliser__in=["exact", "trim", "lower", "upper", "email", "phone", "handle"]),
                name="type_normaliser_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Identifier(models.Model):
    """(type, canonical value), with the profile id that it was born with.

    `root_id` names the earliest stored identifier of its cluster; that one's profile id is the cluster's.
    """

    id = models.BigAutoField(primary_key=True)
    type = models.ForeignKey(IdentifierType, on_delete=models.PROTECT, db_index=False)
    digest = models.UUIDField(help_text="The first 16 bytes of a keyed hash of the canonical value.")
    value = models.TextField()
    profile_id = models.UUIDField(unique=True)
    root_id = models.BigIntegerField()
    shared = models.BooleanField(default=False, help_text="Links too many stronger identifiers to name anybody.")
    verified = models.BooleanField(default=False, help_text="Some interaction that was no mere claim carried it.")
    denied = models.BooleanField(
        default=False, db_default=False, help_text="Its latest decision denies unification: its links join nobody."
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "identifier"
        constraints = [
            # Recognition: from what is presented to the cluster, without touching the row itself.
            models.UniqueConstraint(
                fields=["type", "digest"], include=["id", "root_id", "verified"], name="identifier_once"
            ),
        ]
        indexes = [
            # The members of a cluster.
            models.Index(fields=["root_id"], name="identifier_cluster"),
            # Those that name nobody any more: for the steward's work list, in the order of their numbers.
            models.Index(fields=["id"], name="identifier_shared", condition=models.Q(shared=True)),
        ]


class Link(models.Model):
    """Two identifiers seen together; `a_id` is the lesser id. Never deleted by a merge or a split."""

    pk = models.CompositePrimaryKey("a_id", "b_id")
    a_id = models.BigIntegerField()
    b_id = models.BigIntegerField()
    a_type_id = models.IntegerField()
    b_type_id = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.BigIntegerField()
    sources = ArrayField(models.IntegerField())
    verified = models.BooleanField(help_text="False while only public sources have claimed it.")
    probabilistic = models.BooleanField(default=False)
    weight = models.FloatField(null=True)
    first_interaction = models.UUIDField()
    last_interaction = models.UUIDField()
    refused = models.TextField(blank=True, default="", help_text="Why it joins nobody; empty: it does.")

    class Meta:
        db_table = "link"
        constraints = [
            models.CheckConstraint(condition=models.Q(a_id__lt=models.F("b_id")), name="link_ordered"),
        ]
        indexes = [
            # The links of an identifier from its other end, and how many of each stronger type it has.
            models.Index(fields=["b_id", "a_type_id"], name="link_from_b"),
            # What a limit refused: for the steward's work list, in the order of the ends.
            models.Index(
                fields=["a_id", "b_id"],
                name="link_refused_by_limit",
                condition=models.Q(refused__startswith="limit:") | models.Q(refused="size"),
            ),
        ]


class Decision(models.Model):
    """*Same person* or *different people* about two identifiers; `a_id` is the lesser id."""

    class Verdict(models.TextChoices):
        SAME = "same"
        DIFFERENT = "different"

    id = models.UUIDField(primary_key=True)
    a_id = models.BigIntegerField()
    b_id = models.BigIntegerField()
    verdict = models.TextField(choices=Verdict.choices)
    decided_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    actor = models.TextField(help_text="`system:alias`, `token:NAME` or `staff:ID`.")
    reason = models.TextField(blank=True, default="")
    interaction_id = models.UUIDField(null=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.TextField(blank=True, default="")

    class Meta:
        db_table = "decision"
        constraints = [
            models.CheckConstraint(condition=models.Q(a_id__lt=models.F("b_id")), name="decision_ordered"),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["same", "different"]), name="decision_verdict_known"
            ),
        ]
        indexes = [
            # The decisions about an identifier, from either end.
            models.Index(fields=["a_id"], name="decision_from_a"),
            models.Index(fields=["b_id"], name="decision_from_b"),
            # *Different people* in force, which the work list holds against *same person*.
            models.Index(
                fields=["id"],
                name="decision_different",
                condition=models.Q(verdict="different", withdrawn_at__isnull=True),
            ),
        ]
