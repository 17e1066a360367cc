"""Receipts that people keep, and the keys that sign them."""

from django.db import models
from django.db.models.functions import Now


class SigningKey(models.Model):
    """The public half of a key that signs receipts, kept for ever so that old receipts stay verifiable."""

    id = models.AutoField(primary_key=True)
    kid = models.TextField(unique=True)
    jwk = models.JSONField(help_text="The public key.")
    created_at = models.DateTimeField(db_default=Now())
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "signing_key"
        constraints = [
            # One key signs at any time.
            models.UniqueConstraint(fields=["active"], condition=models.Q(active=True), name="signing_key_active"),
        ]


class Receipt(models.Model):
    """A signed record of one act of deciding. The id is the act's."""

    id = models.UUIDField(primary_key=True)
    identifier_ids = models.JSONField(help_text="Whose decisions it is about.")
    jws = models.TextField()
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "consent_receipt"
