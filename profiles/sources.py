"""Sources and their write keys: created, changed, rotated with an overlap, revoked at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers
from django.db import IntegrityError, transaction

from consent.purpose_reading import purpose_keys
from profiles.configuration import CORRECTING, record_change, want_rebuild
from profiles.credentials import WRITE_KEY_PREFIX, KeyInUse, checked_key, digest_of, hint_of, new_key
from profiles.models import IdentifierType, Interaction, Source, SourceKey

DEFAULT_OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=90)
HIGHEST = 2_147_483_647
MAPPINGS_MAX = 200
CATEGORIES_MAX = 100
PURPOSES_MAX = 20
RECTIFICATION = "rectification"
OWN = "This source is the service's own: it holds what people had corrected, and is neither made nor changed."
COLLECTION_RULES = ("keep", "drop_fields", "drop_event")


class SourceRefused(ValueError):
    """Why a source cannot be as asked, in a sentence. `field` names what is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class SourceExists(ValueError):
    """A source of this name exists already; rotate its key or choose another name."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NoSuchSource(LookupError):
    """There is no source of this name."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NoSuchKey(LookupError):
    """This source has no write key of this id that is still valid."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class SourceFields:
    """What staff may set on a source. `rate_limit` None: by trust; `mappings`: path to identifier type.

    `consent_categories`: a category that clients name to a purpose or a list of them; `consent_rules`: a purpose to
    what is done with an event where it is denied, one of `COLLECTION_RULES`.
    """

    channel: str
    trust: str
    region: str = ""
    rank: int = 100
    rate_limit: int | None = None
    signing_secret: str = ""
    mappings: Mapping[str, str] = field(default_factory=dict)
    consent_categories: Mapping[str, str | list[str]] = field(default_factory=dict)
    consent_rules: Mapping[str, str] = field(default_factory=dict)

    def described(self) -> dict[str, Any]:
        """As the audit row shows it: everything but the secret."""
        return {
            "channel": self.channel,
            "trust": self.trust,
            "region": self.region,
            "rank": self.rank,
            "rate_limit": self.rate_limit,
            "signing_secret": bool(self.signing_secret),
            "mappings": dict(self.mappings),
            "consent_categories": dict(self.consent_categories),
            "consent_rules": dict(self.consent_rules),
        }

    def tells(self) -> tuple[Any, ...]:
        """The part that what the source sends is read by."""
        mapped = (sorted(self.mappings.items()), sorted(self.consent_categories.items()))
        return (self.channel, self.region.upper(), self.rank, *mapped)


@dataclass(frozen=True, slots=True)
class SourceChange:
    """What a change came to. `needs_rebuild`: what the source has sent would be read otherwise now."""

    row: Source
    needs_rebuild: bool


def create_source(*, name: str, fields: SourceFields, actor: str, key: str | None = None) -> str:
    """Store a new source with one write key and return the key: the only time that it can be read.

    Raises `SourceRefused`, `SourceExists`, `BadKey` or `KeyInUse`.
    """
    check_name(name)
    check_fields(fields)
    write_key = new_key(WRITE_KEY_PREFIX) if key is None else checked_key(key)
    with transaction.atomic():
        record_change(actor=actor, subject=f"source:{name}", before=None, after=fields.described())
        # After `record_change`: its row lock makes the changes of the configuration one after another.
        if Source.objects.filter(name=name).exists():
            raise SourceExists
        source = Source(name=name)
        save_fields(source, fields)
        insert_key(source, write_key)
    return write_key


def change_source(*, name: str, fields: SourceFields, actor: str) -> SourceChange:
    """Replace what staff may set on a source; its keys stay. Raises `SourceRefused` or `NoSuchSource`."""
    check_fields(fields)
    with transaction.atomic():
        source = locked_source(name)
        before = fields_of(source)
        record_change(actor=actor, subject=f"source:{name}", before=before.described(), after=fields.described())
        save_fields(source, fields)
        told = want_rebuild(before.tells() != fields.tells() and Interaction.objects.filter(source=source).exists())
    return SourceChange(source, needs_rebuild=told)


def rotate_key(*, name: str, actor: str, overlap: timedelta = DEFAULT_OVERLAP, key: str | None = None) -> str:
    """Give a source a new write key and return it; the old ones end after `overlap`, or earlier if they would.

    A disabled source comes back to life by it. Raises `NoSuchSource`, `SourceRefused`, `BadKey` or `KeyInUse`.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise SourceRefused("overlap_seconds", f"An overlap is 0 seconds to {LONGEST_OVERLAP.days} days.")
    write_key = new_key(WRITE_KEY_PREFIX) if key is None else checked_key(key)
    with transaction.atomic():
        source = locked_source(name)
        record_change(
            actor=actor, subject=f"source:{name}", before=None, after={"rotated_with_overlap": overlap.total_seconds()}
        )
        end = datetime.now(UTC) + overlap
        source.keys.filter(revoked_at=None).exclude(expires_at__lt=end).update(expires_at=end)
        Source.objects.filter(pk=source.pk).update(disabled_at=None)
        insert_key(source, write_key)
    return write_key


def revoke_key(*, name: str, key_id: int, actor: str) -> None:
    """End one write key of a source at once. Raises `NoSuchSource` or `NoSuchKey`."""
    with transaction.atomic():
        source = locked_source(name)
        record_change(actor=actor, subject=f"source:{name}", before=None, after={"revoked_key": key_id})
        if not source.keys.filter(pk=key_id, revoked_at=None).update(revoked_at=datetime.now(UTC)):
            raise NoSuchKey


def revoke_source(*, name: str, actor: str) -> None:
    """End every write key of a source at once and disable it; what it has sent stays. Raises `NoSuchSource`."""
    with transaction.atomic():
        source = locked_source(name)
        record_change(actor=actor, subject=f"source:{name}", before=None, after={"disabled": True})
        now = datetime.now(UTC)
        source.keys.filter(revoked_at=None).update(revoked_at=now)
        Source.objects.filter(pk=source.pk, disabled_at=None).update(disabled_at=now)


def correcting_source() -> Source:
    """The service's own source, above all others; it is made on first use. Call it in a transaction."""
    row = Source.objects.filter(rank=CORRECTING).first()
    if row is not None:
        return row
    fields = SourceFields(channel=Source.Channel.CRM, trust=Source.Trust.SERVER, rank=CORRECTING)
    record_change(actor="system", subject=f"source:{RECTIFICATION}", before=None, after=fields.described())
    # After `record_change`, whose row lock makes the changes of the configuration one after another.
    row = Source.objects.filter(rank=CORRECTING).first()
    if row is None:
        taken = Source.objects.filter(name=RECTIFICATION).exists()  # by a channel, before the name was reserved
        row = Source(name=f"{RECTIFICATION} (own)" if taken else RECTIFICATION)
        save_fields(row, fields)
    return row


def locked_source(name: str) -> Source:
    """The source's row, locked until the transaction ends; raises `NoSuchSource`, or `SourceRefused` for our own."""
    source = Source.objects.select_for_update().filter(name=name).first()
    if source is None:
        raise NoSuchSource
    if source.rank == CORRECTING:
        raise SourceRefused("name", OWN)
    return source


def fields_of(source: Source) -> SourceFields:
    """What staff may set, as it is set now."""
    return SourceFields(
        channel=source.channel,
        trust=source.trust,
        region=source.region,
        rank=source.rank,
        rate_limit=source.rate_limit,
        signing_secret=source.signing_secret,
        mappings=source.mappings,
        consent_categories=source.consent_categories,
        consent_rules=source.consent_rules,
    )


def save_fields(source: Source, fields: SourceFields) -> None:
    """Write the fields to the source's row."""
    source.channel = fields.channel
    source.trust = fields.trust
    source.region = fields.region.upper()
    source.rank = fields.rank
    source.rate_limit = fields.rate_limit
    source.signing_secret = fields.signing_secret
    source.mappings = dict(fields.mappings)
    source.consent_categories = dict(fields.consent_categories)
    source.consent_rules = dict(fields.consent_rules)
    source.save()


def insert_key(source: Source, write_key: str) -> None:
    """Store the digest of a write key; raises `KeyInUse` where any source has it, even a revoked one."""
    try:
        with transaction.atomic():
            SourceKey.objects.create(source=source, digest=digest_of(write_key), hint=hint_of(write_key))
    except IntegrityError as error:
        raise KeyInUse from error


def check_name(name: str) -> None:
    """Raise `SourceRefused` unless a source may be called this."""
    if not name or len(name) > 100 or not name.isprintable() or name != name.strip() or "/" in name:
        raise SourceRefused(
            "name", "A source's name is 1 to 100 printable characters without a slash or spaces around it."
        )
    if name == RECTIFICATION:
        raise SourceRefused("name", OWN)


def check_fields(fields: SourceFields) -> None:
    """Raise `SourceRefused` with the first thing that is wrong."""
    if fields.channel not in Source.Channel.values:
        raise SourceRefused("channel", f"A channel is one of: {', '.join(Source.Channel.values)}.")
    if fields.trust not in Source.Trust.values:
        raise SourceRefused("trust", f"Trust is one of: {', '.join(Source.Trust.values)}.")
    if fields.region and fields.region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise SourceRefused("region", "A region is an ISO 3166 country code of two letters, for example DE.")
    if not 1 <= fields.rank <= HIGHEST:
        raise SourceRefused("rank", f"A source's rank is 1 to {HIGHEST}.")
    if fields.rate_limit is not None and not 1 <= fields.rate_limit <= HIGHEST:
        raise SourceRefused("rate_limit", f"A rate limit is 1 to {HIGHEST} events a second.")
    if "\x00" in fields.signing_secret or len(fields.signing_secret) > 500:
        raise SourceRefused("signing_secret", "A signing secret is at most 500 characters without NUL.")
    check_mappings(fields.mappings)
    check_consent_categories(fields.consent_categories)
    check_consent_rules(fields.consent_rules)


def check_mappings(mappings: Mapping[str, str]) -> None:
    """Raise `SourceRefused` unless each path is plain and leads to a type that exists."""
    if len(mappings) > MAPPINGS_MAX:
        raise SourceRefused("mappings", f"A source maps at most {MAPPINGS_MAX} paths.")
    if not all(path and len(path) <= 200 and path.isprintable() for path in mappings):
        raise SourceRefused("mappings", "A mapped path is 1 to 200 printable characters, for example traits.member_no.")
    if not set(mappings.values()) <= set(IdentifierType.objects.values_list("name", flat=True)):
        raise SourceRefused("mappings", "A path must lead to an identifier type that exists; create the type first.")


def check_consent_categories(categories: Mapping[str, str | list[str]]) -> None:
    """Raise `SourceRefused` unless each category leads to purposes that exist."""
    if len(categories) > CATEGORIES_MAX:
        raise SourceRefused("consent_categories", f"A source maps at most {CATEGORIES_MAX} categories.")
    if not all(name and len(name) <= 200 and name.isprintable() for name in categories):
        raise SourceRefused("consent_categories", "A category that clients name is 1 to 200 printable characters.")
    led_to = [[found] if isinstance(found, str) else found for found in categories.values()]
    if not all(0 < len(purposes) <= PURPOSES_MAX for purposes in led_to):
        raise SourceRefused("consent_categories", f"A category leads to 1 to {PURPOSES_MAX} purposes.")
    check_purposes("consent_categories", {purpose for purposes in led_to for purpose in purposes})


def check_consent_rules(rules: Mapping[str, str]) -> None:
    """Raise `SourceRefused` unless these are purposes that exist, each with one of the rules."""
    if not set(rules.values()) <= set(COLLECTION_RULES):
        raise SourceRefused("consent_rules", f"A rule of a purpose is one of: {', '.join(COLLECTION_RULES)}.")
    check_purposes("consent_rules", set(rules))


def check_purposes(name: str, purposes: set[str]) -> None:
    """Raise `SourceRefused` unless all of these exist."""
    if purposes and not purposes <= purpose_keys():
        raise SourceRefused(name, "This names a purpose that does not exist; GET /v1/consent/purposes lists them.")
