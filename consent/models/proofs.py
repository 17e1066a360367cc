"""How people prove on the pages that an identifier is theirs, and stay recognised there for a while."""

from django.db import models
from django.db.models.functions import Now

from consent.models.requests import PrivacyRequest


class IdentifierProof(models.Model):
    """A one-time link and a 6-digit code that were sent to an identifier: ten minutes, three tries."""

    id = models.UUIDField(primary_key=True)
    link_digest = models.BinaryField(max_length=32, unique=True, help_text="SHA-256 of the link's token.")
    code_digest = models.BinaryField(max_length=32, help_text="Keyed hash of the code and this row's id.")
    identifier = models.BinaryField(null=True, help_text="Sealed JSON: type and value; emptied at its end.")
    subject = models.BinaryField(max_length=32, null=True, help_text="Keyed hash of the identifier, to find it by.")
    request = models.ForeignKey(PrivacyRequest, null=True, on_delete=models.CASCADE, related_name="proofs")
    language = models.TextField(default="en")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identifier_proof"
        indexes = [
            # The one proof of an identifier that is open; and what is over.
            models.Index(fields=["subject"], name="proof_by_subject"),
            models.Index(fields=["expires_at"], name="proof_expiry"),
        ]


class Visit(models.Model):
    """A visit to the pages: the identifiers proven in it, sealed. The cookie holds a token, this its hash."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    identifiers = models.BinaryField(help_text="Sealed JSON: [[type, value], …].")
    created_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "visit"
        indexes = [models.Index(fields=["expires_at"], name="visit_expiry")]


class Message(models.Model):
    """A message to a person that waits to be sent: sealed, and removed when it was."""

    id = models.BigAutoField(primary_key=True)
    content = models.BinaryField(help_text="Sealed JSON: address, subject, text.")
    address = models.BinaryField(max_length=32, null=True, help_text="Keyed hash of the address, to find it by.")
    request = models.ForeignKey(PrivacyRequest, null=True, on_delete=models.SET_NULL)
    made_at = models.DateTimeField(db_default=Now())
    next_at = models.DateTimeField(db_default=Now())
    attempts = models.IntegerField(default=0)
    problem = models.TextField(blank=True, default="")

    class Meta:
        db_table = "message"
        indexes = [
            models.Index(fields=["next_at"], name="message_due"),
            # What waits for one address, which is forgotten with it.
            models.Index(fields=["address"], name="message_by_address"),
        ]
