"""Whom nothing may be stored of: keyed hashes, and counts of what was dropped."""

from django.db import models


class SuppressionEntry(models.Model):
    """An identifier of somebody who was erased, as a hash under a key that is not in the database."""

    pk = models.CompositePrimaryKey("digest", "key_version")
    digest = models.BinaryField(max_length=32)
    key_version = models.SmallIntegerField()
    erased_at = models.DateTimeField(help_text="What happened up to here is dropped whenever it arrives.")
    lifted_at = models.DateTimeField(null=True, help_text="From here on the person is back, by their own act.")
    request_id = models.UUIDField(null=True)

    class Meta:
        db_table = "suppression_entry"
        indexes = [
            # Under which keys there are entries at all: asked before every batch.
            models.Index(fields=["key_version"], name="suppression_by_key"),
        ]


class SuppressedCount(models.Model):
    """How many events of a source were dropped since their people were erased, by day."""

    pk = models.CompositePrimaryKey("source_id", "kind", "day")
    source_id = models.IntegerField()
    kind = models.TextField(help_text="late_after_erasure or after_erasure.")
    day = models.DateField()
    count = models.BigIntegerField()

    class Meta:
        db_table = "suppressed_count"


class ErasureLogPosition(models.Model):
    """How far this database has followed the erasure log, which lies outside of it. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField(default=0, help_text="Entries of the log that this database knows.")

    class Meta:
        db_table = "erasure_log_position"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_erasure_log_position")]
