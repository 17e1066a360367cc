"""The ledger: what people decided, as it was said, for ever."""

from django.db import models
from django.db.models.fields.json import KeyTextTransform

from consent.said import LETTERS, PROBLEMS


class ConsentDecision(models.Model):
    """One decision about one purpose, bound to the identifier that it was made under.

    Append-only: a trigger refuses any change. There is no key to profiles, so that no merge can touch it.
    """

    pk = models.CompositePrimaryKey("identifier_id", "purpose", "act_id")
    identifier_id = models.BigIntegerField()
    purpose = models.TextField(help_text="Its key; `*`: all processing, for a restriction.")
    act_id = models.UUIDField(help_text="The interaction or the record that said it, once for all its decisions.")
    state = models.TextField(help_text="ISO/IEC TS 27560, and restrictions and objections.")
    decided_at = models.DateTimeField()
    received_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    ends_by_choice = models.BooleanField(default=False, help_text="The end was said with it; else the purpose set it.")
    verified = models.BooleanField(help_text="Not a mere claim of a public source.")
    with_account = models.BooleanField(help_text="The act named an account of which a person has one only.")
    guardian = models.BooleanField(default=False, help_text="A guardian said it; it ends when the child comes of age.")
    problem = models.TextField(
        blank=True, default="", help_text="Why a grant cannot be used: unproven, awaiting_guardian."
    )
    signal = models.TextField(
        blank=True, default="", help_text="What carried it: api, segment, gpc, gpp, tcf and such."
    )
    source_id = models.IntegerField(null=True)
    actor = models.TextField(blank=True, default="", help_text="`token:NAME`, `staff:ID`, `person`; empty: a source.")
    proof = models.JSONField(null=True, help_text="Notice and version, language, what was seen and done, where.")

    class Meta:
        db_table = "consent_decision"
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=tuple(LETTERS)), name="consent_decision_state_known"),
            models.CheckConstraint(
                condition=models.Q(problem__in=["", *PROBLEMS]),
                name="consent_decision_problem_known",
            ),
        ]
        indexes = [
            # The grants of guardians that have ended.
            models.Index(fields=["expires_at"], name="consent_of_guardian", condition=models.Q(guardian=True)),
            # How many decisions name a version of a notice; what interactions say has no proof, and is not in it.
            models.Index(
                KeyTextTransform("notice_version", "proof"),
                KeyTextTransform("notice", "proof"),
                "purpose",
                name="consent_by_notice",
                condition=models.Q(proof__has_key="notice_version"),
            ),
        ]


class UnificationDue(models.Model):
    """When an identifier's say about being unified changes by itself: a future-dated decision, or an end."""

    identifier_id = models.BigIntegerField(primary_key=True)
    due_at = models.DateTimeField()

    class Meta:
        db_table = "unification_due"
        indexes = [models.Index(fields=["due_at"], name="unification_due_next")]


class Confirmation(models.Model):
    """A grant that waits for its link to be opened and confirmed. The link's token is held as its SHA-256."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    act_id = models.UUIDField()
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    asked = models.JSONField(help_text="What confirming decides: identifier ids, purposes, ends, proof.")

    class Meta:
        db_table = "consent_confirmation"
        indexes = [models.Index(fields=["expires_at"], name="confirmation_expiry")]
