"""The audit log: what was done, provably, without saying to whom."""

from django.db import models
from django.db.models import F, Func, Q, Value

# How an entry about a privacy request names it.
NAMES_A_REQUEST = '"request":"'
REQUEST_OF_ENTRY = Func(
    F("entry"), Value('"request":"([0-9a-f-]{36})"'), function="substring", output_field=models.TextField()
)
TYPE_OF_ENTRY = Func(F("entry"), Value('"type":"([a-z_.]+)"'), function="substring", output_field=models.TextField())


class AuditEntry(models.Model):
    """One leaf of the Merkle tree. Append-only: a trigger refuses any change."""

    seq = models.BigIntegerField(primary_key=True, help_text="From 1, without gaps.")
    entry = models.TextField(help_text="Canonical JSON (RFC 8785): seq, prev, type, at and the rest.")
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the entry: the next one's `prev`.")
    leaf = models.BinaryField(max_length=32, help_text="The leaf hash of RFC 6962.")

    class Meta:
        db_table = "audit_entry"
        ordering = ["seq"]
        indexes = [
            # What the log says of a request (consent/audit/entries.py). Most entries are about consent: not in it.
            models.Index(REQUEST_OF_ENTRY, name="audit_entry_of_request", condition=Q(entry__contains=NAMES_A_REQUEST)),
            # Staff go through the entries of one type (consent/audit/showing.py).
            models.Index(TYPE_OF_ENTRY, "seq", name="audit_entry_by_type"),
        ]


class AuditNode(models.Model):
    """A hash inside the tree, over a full subtree: so that proofs read a few rows, not all. A cache of the entries."""

    pk = models.CompositePrimaryKey("level", "position")
    level = models.SmallIntegerField(help_text="Covers 2^level leaves.")
    position = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_node"


class AuditHead(models.Model):
    """A signed statement of the whole log at one size. Append-only."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    jws = models.TextField()

    class Meta:
        db_table = "audit_head"
        ordering = ["size"]


class Certificate(models.Model):
    """The certificate of an erasure, sealed under the link that the person got; it is removed when it expires."""

    request_id = models.UUIDField(primary_key=True)
    digest = models.BinaryField(max_length=32, unique=True, help_text="Of the link's token: SHA-256.")
    content = models.BinaryField(help_text="Sealed with the token, which is not stored: nobody here can read it.")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "erasure_certificate"
