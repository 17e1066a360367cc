"""How much is known about people, in short: to tell whether it has become more since somebody was not sure."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from profiles.models import ReviewCase
from profiles.review import sql


def known_about_people(cases: Collection[ReviewCase]) -> dict[UUID, str]:
    """Of each case how many identifiers, and how many traits, the profiles have that it is about. One query.

    Not how many interactions: somebody who only goes on as before tells nothing new of who they are.
    """
    ids = sorted({id_ for case in cases for id_ in case.identifier_ids})
    with connection.cursor() as cursor:
        cursor.execute(sql.COUNT_KNOWN, {"ids": ids})
        counts = {id_: f"{members}+{traits}" for id_, members, traits in cursor.fetchall()}
    return {case.id: " ".join(counts.get(id_, "") for id_ in case.identifier_ids) for case in cases}
