"""What is in force for a person as a grid: a row for each purpose, a column for each channel, with the reasons."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language, gettext

from consent.effective import Effective, effective
from consent.explaining import VoiceExplained, explain
from consent.in_force import InForce, default_in
from consent.purpose_fields import PurposeFields
from consent.purposes import Purpose, ancestors
from consent.times import moment
from cxprofiles.backoffice import consent_words as words
from cxprofiles.backoffice.channels import CHANNELS
from cxprofiles.backoffice.masking import masked
from cxprofiles.portal.words import IDENTIFIERS, named
from profiles.consents.reading import Consents

REFUSED_STATES = ("denied", "withdrawn", "terminated", "invalidated", "objected", "restricted", "conflict")
MOST_SAID_BY = 8


class Names:
    """How identifiers and purposes are written: the former masked until they are revealed."""

    def __init__(self, found: Consents, described: Mapping[str, PurposeFields], revealed: bool) -> None:
        self._found, self._described, self._revealed = found, described, revealed
        self._language = get_language() or "en"

    def identifier(self, id_: int) -> dict[str, str]:
        """An identifier's type and value; of one that is another's now, its number alone."""
        if id_ not in self._found.names:
            return {"id": str(id_), "type": gettext("identifier"), "value": f"#{id_}"}
        type_name, value = self._found.names[id_]
        shown = value if self._revealed else masked(type_name, value)
        return {"id": str(id_), "type": named(IDENTIFIERS, type_name), "value": shown}

    def purpose(self, key: str) -> str:
        """A purpose's name in the reader's language."""
        if key == "*":
            return gettext("All processing")
        fields = self._described.get(key)
        return words.in_language(fields.name, self._language, key) if fields else key


def rows_of(purposes: Sequence[Purpose], found: Consents, names: Names) -> list[dict[str, Any]]:
    """The rows of the grid, as the tree has them."""
    return [row_of(purpose, found, names) for purpose in purposes]


def row_of(purpose: Purpose, found: Consents, names: Names) -> dict[str, Any]:
    """One purpose."""
    came_to = effective(purpose, found.holders, found.standing, found.now, found.region)
    why = explain(purpose, came_to.ruling, found.holders, found.now)
    return {
        "key": purpose.key,
        "name": names.purpose(purpose.key),
        "depth": len(ancestors(purpose.key)),
        "verdict": words.verdict_of(came_to.ruling),
        "allowed": came_to.ruling.allowed,
        "reason": words.reason_of(came_to.ruling),
        "basis": words.named(words.BASES, came_to.ruling.basis),
        "decided_at": came_to.decided_at,
        "expires_at": came_to.expires_at,
        "reask_due": came_to.reask_due,
        "everywhere": not purpose.channels,
        "cells": cells_of(purpose, came_to.ruling),
        "region": region_of(purpose, found.region),
        "rule": words.RULES[why.rule],
        "voices": [voice_of(one, names) for one in why.voices],
        "conflict": came_to.ruling.state == "conflict",
        "addresses": addresses_of(purpose, came_to, names),
    }


def cells_of(purpose: Purpose, ruling: InForce) -> list[tuple[str, str]]:
    """For each channel its word, and `yes`, `no`, or `none` where the purpose is not about it."""
    own, said = set(purpose.channels) or set(CHANNELS), "yes" if ruling.allowed else "no"
    return [(str(channel.word), said if name in own else "none") for name, channel in CHANNELS.items()]


def region_of(purpose: Purpose, region: str) -> str:
    """What the region where the person is changes, in words; empty: nothing."""
    if not region or default_in(purpose, region) == purpose.default:
        return ""
    if default_in(purpose, region) == "allowed":
        return gettext("In %(region)s it is allowed until refused.") % {"region": region}
    return gettext("In %(region)s it is not allowed unless asked for.") % {"region": region}


def voice_of(one: VoiceExplained, names: Names) -> dict[str, Any]:
    """One thing that was said, and whether it counts."""
    return {
        "identifier": names.identifier(one.identifier),
        "purpose": names.purpose(one.purpose),
        "state": words.named(words.IN_FORCE, one.state),
        "refuses": one.state in REFUSED_STATES,
        "at": moment(one.at),
        "person": one.assurance == "person",
        "counts": one.counts,
        "why": words.named(words.WHY, one.why),
    }


def addresses_of(purpose: Purpose, came_to: Effective, names: Names) -> list[dict[str, Any]]:
    """What each address says, of a purpose about addresses."""
    if not purpose.address_type:
        return []
    return [
        {
            "identifier": names.identifier(one.identifier),
            "state": words.named(words.IN_FORCE, one.state),
            "allowed": one.allowed,
            "expires_at": one.expires_at,
        }
        for one in came_to.by_identifier[:MOST_SAID_BY]
    ]


def denials_of(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was refused, by identifier: each identifier once, with all that was refused under it and still stands. Two
    that look alike while they are masked stay two."""
    by: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        for voice in row["voices"]:
            if voice["refuses"] and voice["purpose"] in (row["name"], gettext("All processing")):
                place = (voice["identifier"]["id"], voice["identifier"]["type"], voice["identifier"]["value"])
                if voice not in by.setdefault(place, []):
                    by[place].append(voice)
    return [{"type": type_, "value": value, "voices": voices} for (_, type_, value), voices in by.items()]
