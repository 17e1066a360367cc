"""How long things are kept: rules, holds, and what was removed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class LegalHold(models.Model):
    """A duty to keep some fields of some events although everything else of the person is erased. It ends by itself."""

    name = models.TextField(primary_key=True)
    basis = models.TextField(help_text="The law that says so, as letters name it.")
    events = ArrayField(models.TextField(), default=list, blank=True, help_text="Event names; empty: any.")
    sources = ArrayField(models.TextField(), default=list, blank=True, help_text="Source names; empty: any.")
    fields = ArrayField(models.TextField(), default=list, blank=True, help_text="Paths, such as properties.order_id.")
    traits = ArrayField(models.TextField(), default=list, blank=True, help_text="Traits that are kept.")
    keep_for = models.TextField(help_text="ISO 8601 duration from when the event happened.")
    ends_on = models.DateField(null=True, blank=True, help_text="The hold itself ends; empty: with what it keeps.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "legal_hold"
        ordering = ["name"]


class HeldRecord(models.Model):
    """What of an erased event is kept under a hold: without any tie to a profile, until its day."""

    id = models.BigAutoField(primary_key=True)
    hold = models.ForeignKey(LegalHold, on_delete=models.PROTECT)
    occurred_at = models.DateTimeField()
    keep_until = models.DateTimeField()
    source_id = models.IntegerField()
    content = models.JSONField(help_text="The held fields alone.")
    request_id = models.UUIDField(null=True, help_text="The erasure that left it.")

    class Meta:
        db_table = "held_record"
        indexes = [
            models.Index(fields=["keep_until"], name="held_record_ends"),
            models.Index(fields=["request_id"], name="held_record_of_request"),
        ]


class RetentionRule(models.Model):
    """How long something is kept: the interactions of a source, the traits of a category, or rows of another store."""

    store = models.TextField(help_text="interaction, trait, access_log, quarantine, confirmation, package …")
    category = models.TextField(blank=True, default="", help_text="Data category of traits; empty: any.")
    source = models.TextField(blank=True, default="", help_text="Name of the source; empty: any.")
    keep_for = models.TextField(help_text="ISO 8601 duration; empty: for ever.", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "retention_rule"
        ordering = ["store", "category", "source"]
        constraints = [models.UniqueConstraint(fields=["store", "category", "source"], name="retention_rule_once")]


class RetentionRun(models.Model):
    """What a run of the retention job removed: counts, by rule."""

    id = models.BigAutoField(primary_key=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    removed = models.JSONField(default=dict)
    problem = models.TextField(blank=True, default="")

    class Meta:
        db_table = "retention_run"
        ordering = ["-id"]


class ReconfirmationAsked(models.Model):
    """That somebody who came of age was asked to confirm what a guardian had said, so that they are asked once."""

    pk = models.CompositePrimaryKey("identifier_id", "purpose")
    identifier_id = models.BigIntegerField()
    purpose = models.TextField()
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "reconfirmation_asked"
