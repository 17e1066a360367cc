"""Whose derived state stands although interactions that named them are gone: theirs need not be read anew."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from consent.times import moment
from profiles.golden.folds import Fold
from profiles.identity.clusters import Clusters
from profiles.models import Interaction
from profiles.privacy import sql


def lasting(ids: Collection[int], erased: Collection[int], clusters: Clusters) -> set[int]:
    """Those of some identifiers that are still seen for the first and the last time when they were, known from trusted
    sources where they were, and tied to no registration that is gone.

    For identifiers that a link tied to the erased, on whose own timelines nothing was removed: all else that is
    derived of them follows from these. Call it in the lane, with the clusters loaded and those links gone.
    """
    asked = [
        (id_, UUID(bytes=fold.first[1]), moment(fold.last), clusters.members[id_].verified)
        for id_ in ids
        if (fold := clusters.members[id_].fold) is not None
        and fold.first is not None
        and fold.last is not None
        and _registrations_stand(fold, erased)
    ]
    with connection.cursor() as cursor:
        columns = {name: [row[n] for row in asked] for n, name in enumerate(("ids", "first", "last", "verified"))}
        cursor.execute(sql.FIND_LASTING, columns)
        return {row[0] for row in cursor.fetchall()}


def _registrations_stand(fold: Fold, erased: Collection[int]) -> bool:
    if any(one.account in erased for one in fold.registrations):
        return False
    acts = {UUID(bytes=one.interaction) for one in fold.registrations}
    return not acts or Interaction.objects.filter(id__in=acts).count() == len(acts)
