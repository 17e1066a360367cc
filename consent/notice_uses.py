"""How many decisions rest on a version of a notice: counted up to a bound, by an index of those that have a proof."""

from collections.abc import Collection

from django.db import connection

MOST_COUNTED = 10_000
COUNT_USES = """
    SELECT wanted.version, (
        SELECT count(*) FROM (
            SELECT 1 FROM consent_decision
            WHERE proof ? 'notice_version' AND proof ->> 'notice_version' = wanted.version
                AND (proof ->> 'notice' = %(key)s
                    OR (coalesce(proof ->> 'notice', '') = '' AND purpose = ANY(%(purposes)s)))
            LIMIT %(most)s
        ) AS counted
    )
    FROM unnest(%(versions)s::text[]) AS wanted(version)
"""


def uses_by_version(*, key: str, versions: Collection[str], purposes: Collection[str]) -> dict[str, int]:
    """How many decisions name each of some versions of a notice, one more than `MOST_COUNTED` at most.

    `purposes`: those that the notice tells of; a decision about one of them that names no notice means this one.
    """
    if not versions:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT_USES,
            {"versions": list(versions), "key": key, "purposes": list(purposes), "most": MOST_COUNTED + 1},
        )
        return dict(cursor.fetchall())
