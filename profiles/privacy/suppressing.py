"""Nothing of somebody who was erased is stored again: asked of every event before anything of it is written.

What happened up to the erasure never passes, whenever it arrives. What happens after it passes from the person's own
return on: a registration or a fresh consent lifts the suppression of the identifiers that it names, and no others. A
device that somebody else turns out to use is theirs from then on (ADR 22).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from consent.privacy_tasks import open_task
from consent.suppressed_counts import AFTER, LATE, count_suppressed
from consent.suppression import Identifier, Suppressed, any_suppressed, find_entries, lift
from consent.times import moment
from profiles.configuration import SourceSettings
from profiles.golden.facts import REGISTRATIONS
from profiles.identity.identifiers import find_identifiers
from profiles.intake.explode import Key, Named, Prepared

UPSTREAM = "upstream_keeps_sending"
FROM_FILE = "file"
OPTED_IN = "$opt_in"


class Barred(NamedTuple):
    """An event of which nothing may be stored, as far as it is counted."""

    source: SourceSettings
    received_at: datetime
    kind: str
    kept_sending: bool  # its source still holds somebody whom it should have erased too


@dataclass(slots=True)
class Cleared:
    """Some events: those that may be stored, those that were dropped, and who came back by them, from when on."""

    kept: list[Prepared]
    barred: list[Barred] = field(default_factory=list)
    lifts: dict[Identifier, datetime] = field(default_factory=dict)


def clear(interactions: list[Prepared]) -> Cleared:
    """Part events by whether anything of them may be stored, and let those back in who came back.

    Raises `SuppressionUnreadable`. Call it behind the gate, so that no erasure begins before the end of the
    transaction, and before anything is written.
    """
    if not any_suppressed():
        return Cleared(interactions)
    entries = find_entries({(one.rule.name, one.value) for item in interactions for one in named_in(item)})
    if not entries:
        return Cleared(interactions)
    concerned = [item for item in interactions if any(name_of(named) in entries for named in named_in(item))]
    judge = Judge(entries)
    judge.let_back(concerned)
    judge.leave_to_others(concerned, interactions)
    lift(judge.lifts)
    barred = {id(item): barred_as(item, judge) for item in concerned if judge.barring(item)}
    return Cleared([item for item in interactions if id(item) not in barred], list(barred.values()), judge.lifts)


def named_in(item: Prepared) -> tuple[Named, ...]:
    """All identifiers that an event names."""
    return (*item.named, *item.same)


def name_of(named: Named) -> Identifier:
    """An identifier as the list knows it."""
    return named.rule.name, named.value


class Judge:
    """Tells of events what bars them, and learns from them who is back."""

    def __init__(self, entries: Mapping[Identifier, Suppressed]) -> None:
        self.lifts: dict[Identifier, datetime] = {}
        self._entries = dict(entries)

    def barring(self, item: Prepared) -> list[Named]:
        """The identifiers for which nothing of an event may be stored."""
        at = moment(item.observed.occurred_at)
        return [one for one in named_in(item) if (entry := self._entry(one)) is not None and entry.bars(at)]

    def is_past(self, item: Prepared) -> bool:
        """Whether an event belongs to what was erased."""
        at = moment(item.observed.occurred_at)
        return any((entry := self._entry(one)) is not None and entry.is_past(at) for one in named_in(item))

    def source_should_know(self, item: Prepared) -> bool:
        """Whether an event was received after everybody whom it names was erased: its source should know."""
        entries = [entry for one in named_in(item) if (entry := self._entry(one)) is not None]
        return all(entry.erased_at < item.received_at for entry in entries)

    def let_back(self, concerned: Iterable[Prepared]) -> None:
        """Lift what bars the events by which people come back, in the order of their times."""
        for item in sorted(concerned, key=time_of):
            barring = self.barring(item)
            if barring and not self.is_past(item) and brings_back(item, barring):
                self._lift(barring, item)

    def leave_to_others(self, concerned: Iterable[Prepared], interactions: Iterable[Prepared]) -> None:
        """Lift the devices of somebody else: of a person whom we know otherwise, and who was not erased."""
        shared = [item for item in sorted(concerned, key=time_of) if self._is_of_another(item)]
        if not shared:
            return
        known = known_people(shared, [item for item in interactions if not self.barring(item)])
        for item in shared:
            if any(one.key in known for one in item.named):
                self._lift(self.barring(item), item)

    def _is_of_another(self, item: Prepared) -> bool:
        barring = self.barring(item)
        return bool(barring) and not self.is_past(item) and not any(one.rule.person for one in barring)

    def _entry(self, named: Named) -> Suppressed | None:
        return self._entries.get(name_of(named))

    def _lift(self, named: Iterable[Named], item: Prepared) -> None:
        at = moment(item.observed.occurred_at)
        for name in map(name_of, named):
            self._entries[name] = self._entries[name]._replace(lifted_at=at)
            self.lifts[name] = at


def time_of(item: Prepared) -> tuple[int, bytes]:
    """When an event happened; its id settles the same instant."""
    return item.observed.occurred_at, item.id.bytes


def brings_back(item: Prepared, barring: Sequence[Named]) -> bool:
    """Whether an event is an act by which a person comes back under some identifiers.

    A mere claim brings nobody back who has a name: else whoever knows an address could undo its erasure. A device
    speaks for itself.
    """
    if not item.verified and any(one.rule.person for one in barring):
        return False
    return registers(item) or consents_anew(item)


def registers(item: Prepared) -> bool:
    """Whether somebody makes an account of their own by an event."""
    return item.observed.event in REGISTRATIONS and any(one.rule.person for one in item.named)


def consents_anew(item: Prepared) -> bool:
    """Whether it is an event's one job to change consent, and it grants something. The stamp of an ordinary event
    repeats what was once granted, and brings nobody back."""
    changes = item.observed.decides_unification or item.observed.event == OPTED_IN
    return changes and any(item.observed.consent.values())


def known_people(shared: Iterable[Prepared], passing: Iterable[Prepared]) -> Collection[Key]:
    """The person identifiers of some events that are stored, or that come along in events that pass."""
    asked = {one.key for item in shared for one in item.named if one.rule.person}
    beside = {one.key for item in passing for one in item.named}
    return find_identifiers(list(asked)).ids.keys() | (asked & beside)


def barred_as(item: Prepared, judge: Judge) -> Barred:
    """How a dropped event is counted."""
    past = judge.is_past(item)
    kept_sending = not past or (item.dialect == FROM_FILE and judge.source_should_know(item))
    return Barred(item.source, item.received_at, LATE if past else AFTER, kept_sending)


def count_barred(barred: Sequence[Barred]) -> None:
    """Count what was dropped, and have somebody see to the sources that keep sending. Call it last."""
    count_suppressed(
        Counter((one.source.id, one.kind, one.received_at.astimezone(UTC).date()) for one in barred),
    )
    sending = Counter(one.source.name for one in barred if one.kept_sending)
    for source in sorted(sending):
        open_task(kind=UPSTREAM, subject=source, times=sending[source])
