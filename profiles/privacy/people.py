"""Whom a request is about: the presented identifiers, and those that evidence ties to them beyond doubt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consent.requests.kinds import AUTOMATIC, PROBABLE, SHARED
from profiles.configuration import configuration
from profiles.models import Identifier
from profiles.privacy.planning import evidence


@dataclass(frozen=True, slots=True)
class Person:
    """One person, as far as evidence goes. Identifiers are canonical (type, value).

    `own`: those presented that are not somebody else's too, and those that are stored and tied to them. `presented`:
    of the presented ones those that are theirs alone; `shared`: those that others share, or that are told apart.
    """

    scope: Mapping[str, Sequence[int]]
    own: Sequence[tuple[str, str]]
    presented: Sequence[tuple[str, str]]
    shared: Sequence[tuple[str, str]]

    @property
    def is_known(self) -> bool:
        """Whether anything is stored of them."""
        return any(self.scope.values())

    @property
    def names(self) -> Sequence[tuple[str, str]]:
        """What tells them from others; of somebody who presented shared identifiers alone, these."""
        return self.own or self.shared


def person_of(identifiers: Sequence[tuple[str, str]]) -> Person:
    """The person who presented some canonical identifiers."""
    scope = evidence(identifiers)
    types = configuration().types_by_id
    rows = Identifier.objects.filter(
        id__in=[id_ for group in (*AUTOMATIC, SHARED, PROBABLE) for id_ in scope.get(group, ())]
    )
    named = {row.id: (types[row.type_id].name, row.value) for row in rows}
    among_shared = {named[id_] for group in (SHARED, PROBABLE) for id_ in scope.get(group, ()) if id_ in named}
    presented = [one for one in dict.fromkeys(identifiers) if one not in among_shared]
    tied = [named[id_] for group in sorted(AUTOMATIC) for id_ in scope.get(group, ()) if id_ in named]
    return Person(
        scope=scope,
        own=list(dict.fromkeys([*presented, *tied])),
        presented=presented,
        shared=[one for one in dict.fromkeys(identifiers) if one in among_shared],
    )
