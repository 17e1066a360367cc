"""Which identifiers may not be linked, since the latest that was said under them denies `unification` (identity.md)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from consent.in_force import in_force
from consent.purposes import UNIFICATION
from consent.said import Said, merge_said
from consent.standing import NOTHING_STANDS, Standing, pack
from consent.times import now_microseconds
from profiles.configuration import Configuration
from profiles.database import BigInts, Booleans, Moments, binary_cursor
from profiles.golden.cards import Member, holders_of
from profiles.identity import sql
from profiles.identity.clusters import Clusters

SaidOf = Mapping[int, Mapping[str, list[Said]]]  # by identifier and purpose


@dataclass(slots=True)
class Denial:
    """Identifiers whose links may not be used any more, and those whose links may be used again."""

    denied: set[int] = field(default_factory=set)
    allowed: set[int] = field(default_factory=set)


def mark_denied(said: SaidOf, clusters: Clusters, *, also: Iterable[int] = ()) -> Denial:
    """Find, mark and return the identifiers whose own say about being unified comes out otherwise now.

    `said` is what new interactions say and is not in the folds yet; `also`: identifiers to look at beside those that
    it speaks of. Where nobody was asked and the deployment needs consent, each identifier is denied.
    """
    asked = {id_ for id_, purposes in said.items() if UNIFICATION in purposes} | set(also)
    if not nothing_said_allows(clusters.configuration):
        asked |= said.keys()
    denial, ahead, now = Denial(), {}, now_microseconds()
    for id_ in asked:
        member = clusters.members[id_]
        standing = _standing_of(member, said.get(id_, {}))
        allowed = in_force(clusters.configuration.purposes.unification, standing, now).allowed
        if allowed == member.denied:
            (denial.allowed if allowed else denial.denied).add(id_)
            member.denied = not allowed
        if not standing.constant:
            ahead[id_] = standing.next_change(UNIFICATION, now)
    _store(denial, ahead)
    denial.allowed = {id_ for id_ in denial.allowed if not clusters.members[id_].shared}
    return denial


def nothing_said_allows(held: Configuration) -> bool:
    """Whether identifiers of people whom nobody asked may be linked."""
    return in_force(held.purposes.unification, NOTHING_STANDS, 0).allowed


def _standing_of(member: Member, said: Mapping[str, list[Said]]) -> Standing:
    """What stands for the one identifier, as far as it is about being unified."""
    statements = merge_said(
        {key: value for key, value in member.said.items() if key == UNIFICATION},
        {key: value for key, value in said.items() if key == UNIFICATION},
    )
    [holder] = holders_of([member])
    return Standing(pack([holder._replace(said=statements)], {}))


def _store(denial: Denial, ahead: Mapping[int, int | None]) -> None:
    changed = sorted(denial.denied | denial.allowed)
    with binary_cursor() as cursor:
        if changed:
            cursor.execute(sql.MARK_DENIED, (BigInts(changed), Booleans([id_ in denial.denied for id_ in changed])))
        if ahead:
            due = sorted(ahead)
            cursor.execute(sql.NOTE_DUE, (BigInts(due), Moments([ahead[id_] for id_ in due])))
