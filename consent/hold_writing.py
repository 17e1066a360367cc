"""Legal holds as staff set them."""

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db.models import ProtectedError

from consent.models import LegalHold
from consent.retention import RetentionRefused, check_duration

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
PATH = re.compile(r"[^\s.\x00][^.\x00]{0,99}(\.[^.\x00]{1,100}){0,9}")
MOST_WORDS = 100
LONGEST = 500
NAMELESS = "A hold's name has up to 64 of a-z, 0-9, full stop, hyphen and underscore."


class NoSuchHold(LookupError):
    """There is no hold of this name; PUT it to create it."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class HoldInUse(ValueError):
    """Records are kept under this hold; end it with `ends_on`, and it can be deleted when they are gone."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class HoldFields:
    """What staff may set on a hold; see `LegalHold`."""

    basis: str
    keep_for: str
    events: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    ends_on: date | None = None

    def described(self) -> dict[str, object]:
        """As audit rows show it."""
        return {**asdict(self), "ends_on": self.ends_on.isoformat() if self.ends_on else None}


def check_hold(name: str, fields: HoldFields) -> None:
    """Raise `RetentionRefused` for what no hold can be."""
    if NAME.fullmatch(name) is None:
        raise RetentionRefused("name", NAMELESS)
    if not 0 < len(fields.basis.strip()) <= LONGEST:
        raise RetentionRefused("basis", f"Name the law that says so, in up to {LONGEST} characters.")
    if not fields.keep_for:
        raise RetentionRefused("keep_for", "A hold ends: say for how long it keeps, as in P10Y.")
    check_duration("keep_for", fields.keep_for)
    if not (fields.fields or fields.traits):
        raise RetentionRefused("fields", "Name at least one field or trait: nothing else of an event is kept.")
    for member in ("events", "sources", "fields", "traits"):
        check_words(member, getattr(fields, member))
    if any(PATH.fullmatch(path) is None for path in fields.fields):
        raise RetentionRefused("fields", "A field is a path, as in properties.order_id.")


def check_words(member: str, words: tuple[str, ...]) -> None:
    """Raise `RetentionRefused` for a list that is too long or holds what is no name."""
    if len(words) > MOST_WORDS or any(not 0 < len(word) <= LONGEST for word in words):
        raise RetentionRefused(member, f"This takes up to {MOST_WORDS} names of up to {LONGEST} characters each.")


def find_hold(name: str) -> LegalHold:
    """A hold; raises `NoSuchHold`."""
    hold = LegalHold.objects.filter(name=name).first()
    if hold is None:
        raise NoSuchHold
    return hold


def fields_of(hold: LegalHold) -> HoldFields:
    """What a stored hold says."""
    return HoldFields(
        basis=hold.basis,
        keep_for=hold.keep_for,
        events=tuple(hold.events),
        sources=tuple(hold.sources),
        fields=tuple(hold.fields),
        traits=tuple(hold.traits),
        ends_on=hold.ends_on,
    )


def described(name: str) -> dict[str, object] | None:
    """A hold as audit rows show it; None: there is none."""
    hold = LegalHold.objects.filter(name=name).first()
    return None if hold is None else fields_of(hold).described()


def save_hold(name: str, fields: HoldFields) -> bool:
    """Store a hold; whether it is new. What is kept already keeps its day."""
    values = {
        **asdict(fields),
        **{one: list(getattr(fields, one)) for one in ("events", "sources", "fields", "traits")},
    }
    _, created = LegalHold.objects.update_or_create(name=name, defaults=values)
    return created


def delete_hold(name: str) -> None:
    """Remove a hold under which nothing is kept; raises `NoSuchHold` and `HoldInUse`."""
    try:
        find_hold(name).delete()
    except ProtectedError:
        raise HoldInUse from None


def list_holds() -> list[tuple[str, datetime, HoldFields]]:
    """All holds, by name, with when they were made."""
    return [(hold.name, hold.created_at, fields_of(hold)) for hold in LegalHold.objects.order_by("name")]
