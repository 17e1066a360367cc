"""What channels post: sources and their keys, the inbox, interactions, quarantine."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models.functions import Now


class Source(models.Model):
    """A channel system that posts interactions."""

    class Channel(models.TextChoices):
        WEB = "web"
        APP = "app"
        STORE = "store"
        CALLCENTRE = "callcentre"
        EMAIL = "email"
        SOCIAL = "social"
        CRM = "crm"

    class Trust(models.TextChoices):
        SERVER = "server"
        PUBLIC = "public"

    name = models.TextField(unique=True)
    channel = models.TextField(choices=Channel.choices)
    trust = models.TextField(choices=Trust.choices)
    region = models.TextField(blank=True, default="", help_text="ISO 3166 country for national phone numbers.")
    rank = models.IntegerField(default=100, help_text="The least rank is believed first.")
    rate_limit = models.IntegerField(null=True, blank=True, help_text="Events a second; empty: by trust.")
    signing_secret = models.TextField(blank=True, default="", help_text="Verifies `context.identityHash`.")
    mappings = models.JSONField(default=dict, blank=True, help_text="Trait or property path to identifier type.")
    consent_categories = models.JSONField(
        default=dict,
        blank=True,
        db_default={},
        help_text="A category that clients name to a purpose or a list of them.",
    )
    consent_rules = models.JSONField(
        default=dict,
        blank=True,
        db_default={},
        help_text="Purpose to keep, drop_fields or drop_event where it is denied.",
    )
    created_at = models.DateTimeField(db_default=Now())
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "source"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(channel__in=["web", "app", "store", "callcentre", "email", "social", "crm"]),
                name="source_channel_known",
            ),
            models.CheckConstraint(condition=models.Q(trust__in=["server", "public"]), name="source_trust_known"),
        ]

    def __str__(self) -> str:
        return self.name


class SourceKey(models.Model):
    """A write key, held as the SHA-256 of it. Two may be valid at once while one is rotated."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="keys")
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.TextField(help_text="The last four characters.")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "source_key"


class Inbox(models.Model):
    """An accepted batch, as it came, until a worker has taken it apart. The rows are the queue."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_index=False)
    received_at = models.DateTimeField(db_default=Now())
    dialect = models.TextField(help_text="Whose wire format: segment, posthog, jitsu, cloudevents, file.")
    context = models.JSONField(default=dict, help_text="What the request said outside its body.")
    body = models.BinaryField()
    events = models.IntegerField()

    class Meta:
        db_table = "inbox"


class Interaction(models.Model):
    """One event from a channel, once, however often it was delivered.

    The id is made of (source, message id), so it is the same whoever stores it and whenever.
    """

    id = models.UUIDField(primary_key=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_index=False)
    message_id = models.TextField()
    type = models.TextField()
    event = models.TextField(blank=True, default="")
    anchor_id = models.BigIntegerField(null=True)
    identifier_ids = ArrayField(models.BigIntegerField(), default=list)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    verified = models.BooleanField(help_text="A trusted source said it, or a valid identity hash stood with it.")
    linkable = models.BooleanField(help_text="False where its own consent signals deny unification.")
    dialect = models.TextField()
    context = models.JSONField(default=dict)
    payload = models.TextField(help_text="The event as it came, cleaned of what PostgreSQL cannot hold.")
    dropped_identifiers = models.JSONField(default=list)
    warnings = ArrayField(models.TextField(), default=list)

    class Meta:
        db_table = "interaction"
        indexes = [
            # The timeline: newest first on each anchor of a profile. The source comes along, so that what a channel
            # did, and how often, is read from the index alone, however many interactions there are.
            models.Index(fields=["anchor_id", "-occurred_at", "-id"], include=["source"], name="interaction_timeline"),
            # Whether a type that is about to be set was tried before it existed.
            models.Index(fields=["id"], name="interaction_with_dropped", condition=~models.Q(dropped_identifiers=[])),
            # What lately came with identifiers that were dropped: for the steward's work list.
            models.Index(
                fields=["received_at", "id"],
                name="interaction_dropped_lately",
                condition=~models.Q(dropped_identifiers=[]),
            ),
            # What names an identifier without a link to it, since its own consent signals deny one: for erasure.
            GinIndex(fields=["identifier_ids"], name="interaction_unlinked", condition=models.Q(linkable=False)),
            # Aliases mention what they do not carry: those beside somebody, and those that no link tells of.
            models.Index(fields=["anchor_id"], name="interaction_alias", condition=models.Q(type="alias")),
            models.Index(
                fields=["id"], name="interaction_alias_silent", condition=models.Q(type="alias", linkable=False)
            ),
            # What is past its time: it comes in nearly by its time, so a few blocks tell, and it costs intake nothing.
            BrinIndex(fields=["occurred_at", "received_at"], name="interaction_age", autosummarize=True),
        ]


class Quarantine(models.Model):
    """An event that could not be understood, or must not be processed for now, with the reason; it can be replayed."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, db_index=False)
    received_at = models.DateTimeField()
    dialect = models.TextField()
    context = models.JSONField(default=dict)
    body = models.BinaryField()
    reason = models.TextField()
    held_for = models.BigIntegerField(
        null=True, help_text="The identifier of a person whose processing is restricted; empty: it was not understood."
    )

    class Meta:
        db_table = "quarantine"
        indexes = [
            # The latest of a source, and how many there are of it.
            models.Index(fields=["source", "-id"], name="quarantine_of_source"),
            # What waits for a restriction to be lifted.
            models.Index(fields=["held_for"], name="quarantine_held", condition=models.Q(held_for__isnull=False)),
            # What was not understood, in the order of arrival: the steward's work list groups it.
            models.Index(fields=["id"], name="quarantine_not_understood", condition=models.Q(held_for__isnull=True)),
        ]


class CollectionDrop(models.Model):
    """How many events, or fields of events, of a source were not kept since a purpose was denied, by day."""

    pk = models.CompositePrimaryKey("source_id", "purpose", "action", "day")
    source_id = models.IntegerField()
    purpose = models.TextField()
    action = models.TextField(help_text="drop_fields, drop_event or unreadable.")
    day = models.DateField()
    count = models.BigIntegerField()

    class Meta:
        db_table = "collection_drop"


class SourceMinute(models.Model):
    """What became of the events that were received from a source in a minute. Counts, and nothing of anybody.

    Every event that is delivered counts once: as stored, duplicate, quarantined, dropped or suppressed.
    """

    pk = models.CompositePrimaryKey("source_id", "minute")
    source_id = models.IntegerField()
    minute = models.DateTimeField(help_text="When it begins.")
    events = models.IntegerField(help_text="Stored: new ones.")
    duplicates = models.IntegerField(help_text="Delivered again; they change nothing.")
    quarantined = models.IntegerField()
    dropped = models.IntegerField(help_text="Left out since a purpose was denied.")
    suppressed = models.IntegerField(help_text="Left out since they name somebody who was erased.")
    bytes = models.BigIntegerField(help_text="Of the batches' bodies, unpacked.")
    lag = ArrayField(models.IntegerField(), help_text="Stored events by how long until they were part of a profile.")
    skew = ArrayField(models.IntegerField(), help_text="Stored events by how far the sender's clock is off.")
    skew_sum = models.BigIntegerField(help_text="Milliseconds; above zero: the sender's clock is ahead.")
    skew_max = models.BigIntegerField(help_text="Milliseconds, without a sign.")
    last_received = models.DateTimeField()
    resolved_at = models.DateTimeField(help_text="When the latest of them was taken.")

    class Meta:
        db_table = "source_minute"
