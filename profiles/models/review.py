"""What the rules could not settle: cases for stewards, what waits for a second pair of eyes, and where searches are."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

WAITING = models.Q(state__in=["open", "later"])
ENDED = models.Q(state__in=["answered", "settled"])


class ReviewCase(models.Model):
    """One question for a steward. What it is about is told by its kind (profiles/review/kinds) from `details`."""

    class State(models.TextChoices):
        OPEN = "open"
        LATER = "later"
        ANSWERED = "answered"
        SETTLED = "settled"

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    key = models.TextField(help_text="What it is about, once in each kind.")
    identifier_ids = ArrayField(models.BigIntegerField(), default=list, help_text="Whom it is about.")
    details = models.JSONField(default=dict, help_text="What its kind needs to look at it again: numbers of rows.")
    stake = models.BigIntegerField(default=0, help_text="How much hangs on it; the greatest is shown first.")
    state = models.TextField(choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now(), help_text="When it was last found, opened anew or answered.")
    checked_at = models.DateTimeField(db_default=Now(), help_text="When it was last looked at whether it still holds.")
    claimed_by = models.TextField(blank=True, default="", help_text="`staff:ID` of who works on it.")
    claimed_until = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    answered_by = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    decision_ids = ArrayField(models.UUIDField(), default=list, help_text="What the answer decided.")
    withdrawn_ids = ArrayField(models.UUIDField(), default=list, help_text="Which decisions the answer took back.")

    class Meta:
        db_table = "review_case"
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="review_case_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "later", "answered", "settled"]), name="review_state_known"
            ),
        ]
        indexes = [
            # The work list: the greatest stake first, then the oldest.
            models.Index(fields=["state", "-stake", "opened_at", "id"], name="review_case_list", condition=WAITING),
            # The work list of one kind, and how many of each wait.
            models.Index(
                fields=["state", "kind", "-stake", "opened_at", "id"], name="review_case_of_kind", condition=WAITING
            ),
            # What ended last, and what ended so long ago that it is removed.
            models.Index(fields=["state", "-last_at", "-id"], name="review_case_ended", condition=ENDED),
            # Those that wait longest to be looked at again.
            models.Index(fields=["checked_at"], name="review_case_recheck", condition=WAITING),
            # Whatever is about somebody, for erasure.
            GinIndex(fields=["identifier_ids"], name="review_case_about"),
        ]


class ReviewProposal(models.Model):
    """Decisions that one steward asked for and a second one must agree to: so far nothing follows from them."""

    class State(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True)
    a_ids = ArrayField(models.BigIntegerField())
    b_ids = ArrayField(models.BigIntegerField(), help_text="Each beside the one of `a_ids` at its place.")
    verdict = models.TextField()
    reason = models.TextField(blank=True, default="")
    size = models.BigIntegerField(help_text="Identifiers of the largest profile that would come out.")
    actor = models.TextField(help_text="Who asked for it.")
    proposed_at = models.DateTimeField(db_default=Now())
    state = models.TextField(choices=State.choices, default=State.WAITING)
    ended_by = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True, default="", help_text="Why it was approved or refused.")
    decision_ids = ArrayField(models.UUIDField(), default=list)

    class Meta:
        db_table = "review_proposal"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "approved", "refused", "withdrawn"]),
                name="review_proposal_state_known",
            ),
        ]
        indexes = [
            # What waits for a second pair of eyes.
            models.Index(fields=["proposed_at"], name="review_proposal_waiting", condition=models.Q(state="waiting")),
        ]


class ReviewHint(models.Model):
    """Where the resolver saw something for a steward to look at. The rows are a queue, emptied each minute."""

    id = models.BigAutoField(primary_key=True)
    kind = models.TextField()
    a_id = models.BigIntegerField()
    b_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "review_hint"
        indexes = [models.Index(fields=["kind", "id"], name="review_hint_queue")]


class ReviewPosition(models.Model):
    """How far the search of a kind has come."""

    kind = models.TextField(primary_key=True)
    position = models.TextField(blank=True, default="")

    class Meta:
        db_table = "review_position"
