"""Which stored identifiers somebody means by what they typed: a value, `type:value`, or the id of a profile."""

from django.conf import settings
from django.db.models import Q

from profiles.configuration import Configuration
from profiles.identity.canonical import identifier_digest
from profiles.lookup.guesses import guess
from profiles.models import Identifier


def find_meant(words: str, held: Configuration) -> list[Identifier]:
    """The identifiers that the words may be, the strongest first; of a profile's id the one that was born with it.

    Raises `BadWords` where nobody can be meant. One query.
    """
    regions = sorted({source.region for source in held.sources.values()} - {""})
    guesses = guess(words, held.types, regions)
    wanted = Q(profile_id=guesses.id) if guesses.id is not None else Q(pk__in=[])
    for one in guesses.identifiers:
        wanted |= Q(type_id=one.rule.id, digest=identifier_digest(settings.IDENTIFIER_KEY, one.value))
    rows = Identifier.objects.filter(wanted)
    return sorted(rows, key=lambda row: (held.types_by_id[row.type_id].rank, row.value))
