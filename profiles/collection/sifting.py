"""What of some events may be stored: before anything of them is.

An event about a person whose processing is restricted is kept aside. Of one whose source has a rule for a purpose that
is denied, fields go, or all of it does. What such events themselves say of purposes counts all the same: nobody's no
may depend on whether the event that brought it was wanted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from consent.collection import is_denied, is_still_refused
from consent.outcome import Holder
from consent.purposes import Purpose
from consent.said import Said, add_said
from consent.standing import NOTHING_STANDS, Standing, read_standing
from consent.times import microseconds, now_microseconds
from profiles.collection import sql
from profiles.collection.drops import Drop
from profiles.collection.restriction import find_restricted, held_for, kept_aside
from profiles.collection.stripping import Unwanted, strip_event
from profiles.configuration import Configuration
from profiles.database import Digests, Ints, binary_cursor
from profiles.golden.cards import holders_of
from profiles.golden.facts import said_in
from profiles.identity.clusters import Clusters
from profiles.intake.explode import Canoniser, Key, Prepared, prepare
from profiles.intake.observed import NotUnderstood
from profiles.intake.quarantine import Quarantined
from profiles.intake.wire import read_event
from profiles.regions import region_of

KEEP, DROP_FIELDS, DROP_EVENT = "keep", "drop_fields", "drop_event"


@dataclass(slots=True)
class Sifted:
    """Some events: those to store, those of which only what they say of purposes is heard, and those kept aside."""

    kept: list[Prepared] = field(default_factory=list)
    heard: list[Prepared] = field(default_factory=list)
    aside: list[Quarantined] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)


class Known(NamedTuple):
    """A person whom an event names, as they stood before the batch."""

    root: int
    standing: Standing
    traits: bytes


NOBODY = Known(0, NOTHING_STANDS, b"{}")


def sift(interactions: list[Prepared], held: Configuration) -> Sifted:
    """Part events by what may be done with them. Where nobody is restricted and no source has rules, all are kept.

    A dropped event leaves nothing behind to be recognised by: delivered again it is counted again.
    """
    sifted = Sifted(kept=interactions)
    restricted = find_restricted(interactions)
    if restricted:
        _keep_aside(sifted, restricted, held)
    if any(item.source.consent_rules for item in interactions):
        _apply_rules(sifted, held)
    return sifted


def _keep_aside(sifted: Sifted, restricted: dict[Key, int], held: Configuration) -> None:
    kept: list[Prepared] = []
    for item in sifted.kept:
        identifier = held_for(item, restricted)
        if identifier is None:
            kept.append(item)
        else:
            sifted.aside.append(kept_aside(item, identifier))
            _hear(sifted, item, held)
    sifted.kept = kept


def _hear(sifted: Sifted, item: Prepared, held: Configuration) -> None:
    if said_in(item, held.purposes):
        sifted.heard.append(item)


def _apply_rules(sifted: Sifted, held: Configuration) -> None:
    """Do what the rules of the sources say about the purposes that are denied."""
    ruled = [item for item in sifted.kept if any(action != KEEP for action in item.source.consent_rules.values())]
    judge, canoniser = Judge(ruled, held), Canoniser(held)
    left: dict[int, Prepared | None] = {}
    for item in ruled:
        denied = judge.denied(item)
        dropping = [purpose for purpose in denied if item.source.consent_rules[purpose] == DROP_EVENT]
        stripped = None if dropping else strip(item, denied, held, canoniser)
        if dropping:
            sifted.drops += [Drop(item, purpose, DROP_EVENT) for purpose in dropping]
        elif stripped is not item:
            sifted.drops += [Drop(item, purpose, DROP_FIELDS) for purpose in denied]
        if stripped is None:
            _hear(sifted, item, held)
        left[id(item)] = stripped
    kept = [left.get(id(item), item) for item in sifted.kept]
    sifted.kept = [item for item in kept if item is not None]


def strip(item: Prepared, denied: Iterable[str], held: Configuration, canoniser: Canoniser) -> Prepared | None:
    """An event without the fields that the denied purposes would see: read anew from the payload that is left, so that
    it is what any later reading makes of it. Itself where there is nothing of them; None where no event is left."""
    purposes = [purpose for key in denied if (purpose := held.purposes.get(key)) is not None]
    unwanted = Unwanted(lambda category: any(one.sees(category) for one in purposes), held.trait_categories)
    whole = item.observed.payload
    payload = strip_event(item.dialect, whole, unwanted, item.source.mappings) if purposes else whole
    if payload is whole:
        return item
    observed = read_event(
        dialect=item.dialect,
        body=payload,
        context=item.context,
        received_at=microseconds(item.received_at),
        source=item.source,
    )
    if isinstance(observed, NotUnderstood):
        return None
    observed.message_id = item.observed.message_id
    return prepare(observed, item.source, item.received_at, item.dialect, item.context, canoniser, item.tried_again)


class Judge:
    """Tells of events which purposes of their sources' rules are denied for them now."""

    def __init__(self, interactions: Sequence[Prepared], held: Configuration) -> None:
        self._held = held
        self._now = now_microseconds()
        self._known = read_known({named.key for item in interactions for named in item.named})
        self._clusters = Clusters(held)

    def denied(self, item: Prepared) -> list[str]:
        """The purposes that are denied for an event, of those that a rule other than `keep` is for. One that does not
        exist is denied."""
        found = []
        for key, action in sorted(item.source.consent_rules.items()):
            purpose = self._held.purposes.get(key) if action != KEEP else None
            if action != KEEP and (purpose is None or self._is_denied(purpose, item)):
                found.append(key)
        return found

    def _is_denied(self, purpose: Purpose, item: Prepared) -> bool:
        known = next((self._known[named.key] for named in item.named if named.key in self._known), NOBODY)
        region = region_of(known.traits) if purpose.regions else ""
        denied = is_denied(purpose, item.observed.signals, known.standing, self._now, region=region)
        if denied is None:  # rare: the event grants what was refused before
            denied = is_still_refused(purpose, self._holders(known.root, item), self._now)
        return denied

    def _holders(self, root: int, item: Prepared) -> list[Holder]:
        """The identifiers of the profile and of the event, with what the event says."""
        self._clusters.load_roots([root])
        members = self._clusters.by_root.get(root, {}).values()
        said = said_in(item, self._held.purposes)
        carried = {(named.rule.id, named.value): named for named in item.named}
        holders = [
            hearing(holder, said) if carried.pop((member.rule.id, member.value), None) else holder
            for member, holder in zip(members, holders_of(members), strict=True)
        ]
        new = [
            Holder(-number, named.rule.name, named.rule.person, named.rule.account, item.verified, {})
            for number, named in enumerate(carried.values(), start=1)
        ]
        return [*holders, *(hearing(holder, said) for holder in new)]


def hearing(holder: Holder, said: Mapping[str, Said]) -> Holder:
    """An identifier with more said under it."""
    more = {key: add_said(list(holder.said.get(key, ())), one) for key, one in said.items()}
    return holder._replace(said={**holder.said, **more})


def read_known(keys: Iterable[Key]) -> dict[Key, Known]:
    """The people whom some identifiers lead to, by key."""
    asked = list(keys)
    if not asked:
        return {}
    with binary_cursor() as cursor:
        cursor.execute(
            sql.READ_STANDINGS,
            (Ints(range(len(asked))), Ints([key[0] for key in asked]), Digests([key[1] for key in asked])),
        )
        return {
            asked[n]: Known(root, read_standing(consents), traits) for n, root, consents, traits in cursor.fetchall()
        }
