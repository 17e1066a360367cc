"""Deleting what people decided, where the law asks for it: of identifiers that are erased, and of nobody else."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from consent.models import ConsentDecision, GpcOptOut, ReconfirmationAsked, UnificationDue

# The triggers of the append-only tables let rows go in a transaction that says so.
DECLARE_LAWFUL = "SET LOCAL cxprofiles.lawful_erasure = 'on'"
END_LAWFUL = "SET LOCAL cxprofiles.lawful_erasure = 'off'"


def delete_said(identifier_ids: Collection[int]) -> dict[str, int]:
    """Delete what was said under identifiers, and what waits to be done about it; rows by table.

    Call it in a transaction.
    """
    some = list(identifier_ids)
    with connection.cursor() as cursor:
        cursor.execute(DECLARE_LAWFUL)
        try:
            decided, _ = ConsentDecision.objects.filter(identifier_id__in=some).delete()
        finally:
            cursor.execute(END_LAWFUL)
    due, _ = UnificationDue.objects.filter(identifier_id__in=some).delete()
    opted, _ = GpcOptOut.objects.filter(identifier_id__in=some).delete()
    asked, _ = ReconfirmationAsked.objects.filter(identifier_id__in=some).delete()
    return {
        "consent.ConsentDecision": decided,
        "consent.UnificationDue": due,
        "consent.GpcOptOut": opted,
        "consent.ReconfirmationAsked": asked,
    }


def only_said_by_events(identifier_ids: Collection[int]) -> dict[int, set[UUID]]:
    """Identifiers that decided nothing by an act of their own: each with the events that said something of it."""
    acts: dict[int, set[UUID]] = {id_: set() for id_ in identifier_ids}
    rows = ConsentDecision.objects.filter(identifier_id__in=list(identifier_ids))
    for id_, act, source, signal in rows.values_list("identifier_id", "act_id", "source_id", "signal"):
        if source is None or signal == "registration":
            acts.pop(id_, None)
        elif id_ in acts:
            acts[id_].add(act)
    return acts
