"""How old the person is whose consent is told, as far as the caller or the profile says."""

from collections.abc import Iterable
from datetime import date

import msgspec

from consent.guardians import AGE_UNKNOWN, Age, read_birth
from profiles.models import Card, Identifier
from profiles.regions import region_of

BIRTH = ("date_of_birth", "birthday", "birth_date")

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def age_of(told: Age, country: str, identifier_ids: Iterable[int]) -> tuple[Age, str]:
    """Age and country: as told, and what was not told from the profiles that hold the identifiers.

    Of several profiles it is the youngest, so that no child passes for an adult.
    """
    if told != AGE_UNKNOWN and country:
        return told, country
    known = sorted(_known(identifier_ids), key=lambda one: one[0] or date.min, reverse=True)
    born, lives_in = known[0] if known else (None, "")
    return (told if told != AGE_UNKNOWN else Age(born=born)), country or lives_in


def _known(identifier_ids: Iterable[int]) -> list[tuple[date | None, str]]:
    """Day of birth and country of each profile."""
    roots = Identifier.objects.filter(id__in=list(identifier_ids)).values("root_id")
    cards = Card.objects.filter(root_id__in=roots).values_list("traits", flat=True)
    return [(_born(bytes(traits)), region_of(bytes(traits)).partition("-")[0]) for traits in cards]


def _born(traits: bytes) -> date | None:
    members = _members(traits)
    for name in BIRTH:
        if name in members and (born := read_birth(msgspec.json.decode(members[name]))) is not None:
            return born
    return None
