"""Who else holds people's data, and what they were told."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from consent.models.requests import PrivacyRequest


class Recipient(models.Model):
    """A system that personal data is passed on to. It is told of erasures, corrections, restrictions and opt-outs."""

    name = models.TextField(unique=True)
    title = models.TextField(blank=True, default="", help_text="As people read it; empty: the name.")
    url = models.TextField(help_text="Where it is told: a Standard Webhooks endpoint.")
    secrets = models.JSONField(default=list, help_text="Sealed, the newest first; two while one is rotated.")
    kinds = ArrayField(models.TextField(), default=list, blank=True, help_text="Types of requests; empty: all.")
    purposes = ArrayField(
        models.TextField(), default=list, blank=True, help_text="What it has data for; empty: it is told of all."
    )
    identifier_types = ArrayField(
        models.TextField(), default=list, blank=True, help_text="By which it knows people; empty: as they came."
    )
    country = models.TextField(blank=True, default="", help_text="ISO 3166: where it is.")
    created_at = models.DateTimeField(db_default=Now())
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "recipient"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One thing that one recipient is told. Its content is sealed, and emptied once acknowledged, or a while on."""

    id = models.UUIDField(primary_key=True, help_text="The message's id: the same for each attempt.")
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="deliveries")
    request = models.ForeignKey(PrivacyRequest, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    act_id = models.UUIDField(null=True, help_text="The act of deciding that it tells of, where there is no request.")
    kind = models.TextField(help_text="erasure, rectification, restriction, opt_out_sale_share, withdraw_consent …")
    content = models.BinaryField(null=True)
    state = models.TextField(default="pending", help_text="pending, sent, acknowledged or failed.")
    attempts = models.IntegerField(default=0)
    made_at = models.DateTimeField(db_default=Now())
    next_at = models.DateTimeField(db_default=Now(), help_text="When it is tried again; in the end, emptied.")
    sent_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="", help_text="Why the last attempt failed, without its answer.")

    class Meta:
        db_table = "delivery"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "sent", "acknowledged", "failed"]), name="delivery_state_known"
            ),
            # Each recipient is told once of each request.
            models.UniqueConstraint(
                fields=["request", "recipient"],
                condition=models.Q(request__isnull=False),
                name="delivery_once_a_request",
            ),
            # An act can withdraw from one purpose and object to another.
            models.UniqueConstraint(
                fields=["act_id", "recipient", "kind"],
                condition=models.Q(act_id__isnull=False),
                name="delivery_once_an_act",
            ),
        ]
        indexes = [
            # What is to be sent now, or again.
            models.Index(fields=["next_at"], name="delivery_due", condition=models.Q(state="pending")),
            # Whose content has been kept for long enough.
            models.Index(
                fields=["next_at"],
                name="delivery_to_empty",
                condition=models.Q(content__isnull=False) & ~models.Q(state="pending"),
            ),
        ]
