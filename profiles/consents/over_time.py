"""What a person decided over time: what stood at any instant, the steps of each purpose, and their records."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from consent.course import Step, course
from consent.ledger import Decided, said_of
from consent.ledger_reading import HistoryPage, read_latest, read_page, said_by_identifier
from consent.outcome import Holder
from consent.purposes import Purpose, ancestors
from consent.said import EVERYTHING, Said
from consent.standing import Standing, pack
from profiles.configuration import Configuration
from profiles.consents.reading import Consents
from profiles.golden.folds import decode_fold
from profiles.models import Fold
from profiles.profile import Profile, ProfileIdentifier

MOST_STEPS_FROM = 300  # records: lines are drawn from the latest so many, and say so
MOST_ADDRESSES = 6


@dataclass(frozen=True, slots=True)
class Course:
    """How a purpose stood over time. `address`: the identifier that it is about; None: the person."""

    purpose: Purpose
    address: int | None
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Past:
    """The latest records of a person up to an instant, the latest first, and the courses that follow from them.

    `whole`: there are no earlier records. `since`: the first instant that the courses speak of.
    """

    rows: list[Decided]
    courses: list[Course]
    whole: bool
    since: datetime | None


def consents_of(
    profile: Profile, held: Configuration, *, at: datetime | None = None, received_by: datetime | None = None
) -> Consents:
    """What stands for a profile that was read already: now, or at an instant, by all that is known today or
    (`received_by`) by what had been received then, for the identifiers that are this person today."""
    ids = [one.id for one in profile.identifiers]
    names = {one.id: (one.type, one.value) for one in profile.identifiers}
    if at is None:
        said = {
            id_: decode_fold(state).consents
            for id_, state in Fold.objects.filter(identifier_id__in=ids).values_list("identifier_id", "state")
        }
        holders = [holder_of(one, held, said.get(one.id, {})) for one in profile.identifiers]
        return Consents(profile.profile_id, holders, names, profile.standing, profile.region, datetime.now(UTC))
    latest = said_by_identifier(read_latest(ids, decided_by=at, received_by=received_by))
    holders = [holder_of(one, held, latest.get(one.id, {})) for one in profile.identifiers]
    standing = Standing(pack(holders, held.purposes.address_types))
    return Consents(profile.profile_id, holders, names, standing, profile.region, at, received_by)


def holder_of(one: ProfileIdentifier, held: Configuration, said: dict[str, list[Said]]) -> Holder:
    """An identifier of a profile as consent looks at it."""
    return Holder(one.id, one.type, one.person, held.types[one.type].account, one.verified, said)


def read_past(
    found: Consents, held: Configuration, *, purpose: str | None = None, decided_by: datetime | None = None
) -> Past:
    """The latest records, of one purpose and those above it or of all, and what follows from them up to the instant
    that is looked at. `decided_by` None: with what was dated ahead."""
    page = page_of(found, limit=MOST_STEPS_FROM, purpose=purpose, decided_by=decided_by)
    whole = page.next_cursor is None
    begun = None if whole else page.rows[-1].decided_at
    base = [] if begun is None else read_latest(found.names, decided_by=begun, received_by=found.received_by)
    statements = [
        (row.identifier_id, row.purpose, said_of(row)) for row in page.rows if begun is None or row.decided_at > begun
    ]
    before = said_by_identifier(base)
    holders = [one._replace(said=before.get(one.id, {})) for one in found.holders]
    spoken = {row.purpose for row in [*page.rows, *base]}
    courses = [
        Course(one, address, course(one, holders, statements, until=found.now, address=address, region=found.region))
        for one in wanted(held, spoken, purpose)
        for address in addresses_of(one, page.rows, holders if purpose else ())
    ]
    return Past(page.rows, courses, whole, begun or (page.rows[-1].decided_at if page.rows else None))


def page_of(
    found: Consents,
    *,
    limit: int,
    purpose: str | None = None,
    cursor: str | None = None,
    decided_by: datetime | None = None,
) -> HistoryPage:
    """A page of the records, those decided by an instant or (None) all. Raises `BadHistoryCursor`."""
    return read_page(
        found.names,
        limit=limit,
        cursor=cursor,
        decided_by=decided_by,
        received_by=found.received_by,
        purposes=None if purpose is None else {purpose, *ancestors(purpose), EVERYTHING},
    )


def wanted(held: Configuration, spoken: Collection[str], purpose: str | None) -> Iterable[Purpose]:
    """The purposes whose course is drawn: the one that was asked for, else those that something was said of."""
    if purpose is not None:
        one = held.purposes.get(purpose)
        return [] if one is None else [one]
    return [one for one in held.purposes if one.key in spoken]


def addresses_of(purpose: Purpose, rows: Sequence[Decided], holders: Sequence[Holder]) -> list[int | None]:
    """For whom a purpose is drawn: the person, and where it is about addresses each one that something was said of."""
    spoken = {row.identifier_id for row in rows if row.purpose == purpose.key}
    addresses = [one.id for one in holders if purpose.address_type == one.type and one.id in spoken]
    return [None, *addresses[:MOST_ADDRESSES]] if purpose.address_type else [None]
