"""The golden record: facts, the partial fold of each identifier, and the card of each cluster."""

from django.db import models
from django.db.models.functions import Collate, Left, Lower

from profiles.lookup.name_traits import KEY_LENGTH, NAME_TRAITS


class TraitRule(models.Model):
    """How a profile's value of a trait is chosen among the facts. No row: `latest`."""

    class Rule(models.TextChoices):
        LATEST = "latest"
        EARLIEST = "earliest"
        MOST_FREQUENT = "most_frequent"
        SOURCE_RANK = "source_rank"
        MIN = "min"
        MAX = "max"
        SUM = "sum"
        UNION = "union"

    class Origin(models.TextChoices):
        PROVIDED = "provided"
        OBSERVED = "observed"
        INFERRED = "inferred"

    name = models.TextField(primary_key=True)
    rule = models.TextField(choices=Rule.choices, default=Rule.LATEST)
    category = models.TextField(
        blank=True, default="", db_default="", help_text="The data category; empty: only `service` sees the trait."
    )
    origin = models.TextField(
        choices=Origin.choices,
        default=Origin.PROVIDED,
        db_default=Origin.PROVIDED,
        help_text="Who it is from: the person gave it, it was observed, or it was worked out.",
    )

    class Meta:
        db_table = "trait_rule"


class TraitFact(models.Model):
    """(identifier, name, value, source), with when and how often. Never rewritten by a merge."""

    pk = models.CompositePrimaryKey("identifier_id", "name", "digest", "source_id", "once")
    identifier_id = models.BigIntegerField()
    name = models.TextField()
    digest = models.UUIDField(help_text="Of the value, so that a long one still has a short key.")
    source_id = models.IntegerField()
    once = models.BooleanField(default=False, help_text="Counts only where no plain fact stands (`$set_once`).")
    value = models.TextField(help_text="Canonical JSON.")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.BigIntegerField()
    first_interaction = models.UUIDField()
    last_interaction = models.UUIDField()

    class Meta:
        db_table = "trait_fact"
        indexes = [
            # Staff who look somebody up by the beginning of a name, in the order of bytes, page by page. No more than
            # the beginning is in it: a value can be longer than an index holds.
            models.Index(
                Collate(Lower(Left("value", KEY_LENGTH)), "C"),
                models.F("identifier_id"),
                name="trait_fact_name",
                condition=models.Q(name__in=NAME_TRAITS),
            ),
        ]


class Fold(models.Model):
    """What the facts of one identifier come to, ready to be folded with its neighbours'.

    A cache: `rebuild_identity` makes it again from the interactions.
    """

    identifier_id = models.BigIntegerField(primary_key=True)
    state = models.BinaryField()

    class Meta:
        db_table = "fold"


class Card(models.Model):
    """What a cluster shows, precomputed, keyed by its root: recognition answers from it in one query."""

    root_id = models.BigIntegerField(primary_key=True)
    profile_id = models.UUIDField()
    known = models.BooleanField(help_text="Holds a person identifier.")
    bridged = models.BooleanField(default=False, help_text="Verified people in it are joined by claims alone.")
    claimed = models.BooleanField(
        default=False, help_text="A link that only public sources claim may hold it together."
    )
    contested = models.BooleanField(default=False, help_text="A refused link or a decision may touch it.")
    first_seen = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    traits = models.BinaryField(help_text="JSON: name to value.")
    provenance = models.BinaryField(help_text="JSON: name to [source, interaction, time].")
    counters = models.BinaryField(help_text="JSON.")
    consents = models.BinaryField(help_text="JSON: purpose to what stands (consent/standing.py).")
    restricted = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A restriction of processing was said of it; it may be lifted by now.",
    )
    recent = models.BinaryField(help_text="JSON: the latest interactions, newest first.")

    class Meta:
        db_table = "card"
        indexes = [
            # Whether an event is about somebody whose data may only be kept.
            models.Index(fields=["root_id"], name="card_restricted", condition=models.Q(restricted=True)),
        ]
