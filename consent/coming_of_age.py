"""Guardians' grants that ended since the child came of age: who is to be asked, and that they were."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from consent.models import ReconfirmationAsked
from consent.states import GRANTS

# What ends with a birthday ends at midnight (consent/guardians.py). Whoever has answered since, by any identifier of
# the act, or was asked, is not asked again.
FIND_ENDED = """
    WITH ended AS (
        SELECT said.act_id, said.purpose, min(said.expires_at) AS at
        FROM consent_decision AS said
        WHERE said.guardian AND said.expires_at <= %(now)s AND said.ends_by_choice AND said.problem = ''
            AND said.state = ANY(%(grants)s)
            AND said.expires_at = date_trunc('day', said.expires_at, 'UTC')
            AND NOT EXISTS (
                SELECT FROM reconfirmation_asked AS asked
                WHERE asked.identifier_id = said.identifier_id AND asked.purpose = said.purpose
            )
        GROUP BY said.act_id, said.purpose
        ORDER BY min(said.expires_at), said.act_id
        LIMIT %(most)s
    )
    SELECT said.act_id, said.purpose, said.identifier_id, said.proof::text, EXISTS (
        SELECT FROM consent_decision AS other
        JOIN consent_decision AS later ON later.identifier_id = other.identifier_id AND later.purpose = other.purpose
            AND later.decided_at > other.decided_at
        WHERE other.act_id = said.act_id AND other.purpose = said.purpose
    )
    FROM ended JOIN consent_decision AS said USING (act_id, purpose)
    ORDER BY ended.at, said.act_id, said.purpose, said.identifier_id
"""
# Of what the guardian was shown; not who said it, and how.
SHOWN = ("notice", "notice_version", "language", "region", "collector")


@dataclass(slots=True)
class Ended:
    """What a guardian granted in one act and has ended. `proof`: what was shown then, in words of a consent's proof.

    `answered`: the purposes that somebody has decided about since.
    """

    act_id: UUID
    identifier_ids: set[int] = field(default_factory=set)
    purposes: list[str] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    proof: dict[str, Any] = field(default_factory=dict)

    @property
    def open(self) -> list[str]:
        """The purposes that are to be asked about."""
        return [key for key in self.purposes if key not in self.answered]


def find_ended(now: datetime, most: int) -> list[Ended]:
    """The acts of guardians with grants that ended, of up to `most` grants; nobody was asked about these yet."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_ENDED, {"now": now, "most": most, "grants": sorted(GRANTS)})
        rows = cursor.fetchall()
    found: dict[UUID, Ended] = {}
    for act_id, purpose, identifier_id, proof, answered in rows:
        one = found.setdefault(act_id, Ended(act_id, proof=_shown(proof)))
        one.identifier_ids.add(identifier_id)
        one.purposes += [purpose] if purpose not in one.purposes else []
        one.answered |= {purpose} if answered else set()
    return list(found.values())


def note_asked(identifier_ids: Collection[int], purposes: Iterable[str]) -> None:
    """Note that people were asked, so that it happens once."""
    now = datetime.now(UTC)
    ReconfirmationAsked.objects.bulk_create(
        [
            ReconfirmationAsked(identifier_id=id_, purpose=purpose, asked_at=now)
            for purpose in purposes
            for id_ in identifier_ids
        ],
        ignore_conflicts=True,
    )


def _shown(proof: str | None) -> dict[str, Any]:
    content = msgspec.json.decode(proof or "null") or {}
    return {name: content[name] for name in SHOWN if content.get(name)}
