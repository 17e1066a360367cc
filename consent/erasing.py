"""Deleting what people decided, where the law asks for it: of identifiers that are erased, and of nobody else."""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

import msgspec
from django.db import connection

from consent.models import (
    AccessLog,
    Confirmation,
    ConsentDecision,
    GpcOptOut,
    IdentifierProof,
    Package,
    Receipt,
    ReconfirmationAsked,
    RequestSubject,
    UnificationDue,
    Visit,
)
from consent.pseudonyms import pseudonyms
from consent.sealing import Unsealable, unseal_bytes
from consent.signatures import read_content
from consent.visits import USE as VISIT
from consent.visits import Proved

Identifier = tuple[str, str]  # type, canonical value

# The triggers of the append-only tables let rows go in a transaction that says so.
DECLARE_LAWFUL = "SET LOCAL cxprofiles.lawful_erasure = 'on'"
END_LAWFUL = "SET LOCAL cxprofiles.lawful_erasure = 'off'"


@contextmanager
def lawfully() -> Iterator[None]:
    """Let what is append-only be deleted, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(DECLARE_LAWFUL)
        yield
        cursor.execute(END_LAWFUL)


def delete_said(identifier_ids: Collection[int]) -> dict[str, int]:
    """Delete what was said under identifiers, and what waits to be done about it; rows by table.

    Call it in a transaction.
    """
    some = list(identifier_ids)
    with lawfully():
        decided, _ = ConsentDecision.objects.filter(identifier_id__in=some).delete()
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


def delete_some_decisions(
    identifier_ids: Collection[int], values: Collection[str], limit: int
) -> tuple[int, dict[str, int]]:
    """Delete some of what was decided under identifiers, with the confirmations of these acts and the receipts that
    name one of the `values`: how many decisions, and rows by table. Call it in a transaction until it finds none."""
    rows = ConsentDecision.objects.filter(identifier_id__in=list(identifier_ids)).order_by("pk")[:limit]
    keys = list(rows.values_list("identifier_id", "purpose", "act_id", "source_id"))
    acts = {act for _, _, act, source in keys if source is None}
    confirmations, _ = Confirmation.objects.filter(act_id__in=acts).delete()
    naming = [row.id for row in Receipt.objects.filter(id__in=acts) if _names_any(row.jws, values)]
    with lawfully(), connection.cursor() as cursor:
        receipts, _ = Receipt.objects.filter(id__in=naming).delete()
        cursor.execute(
            "DELETE FROM consent_decision USING unnest(%s::bigint[], %s::text[], %s::uuid[]) AS gone(id, purpose, act)"
            " WHERE identifier_id = gone.id AND consent_decision.purpose = gone.purpose AND act_id = gone.act",
            [[key[0] for key in keys], [key[1] for key in keys], [key[2] for key in keys]],
        )
        deleted = cursor.rowcount
    return len(keys), {
        "consent.ConsentDecision": deleted,
        "consent.Confirmation": confirmations,
        "consent.Receipt": receipts,
    }


def delete_made_for(identifiers: Collection[Identifier]) -> dict[str, int]:
    """Delete what was made for people by their requests and their visits to the pages; rows by table."""
    digests = [hash_.digest for one in identifiers for hash_ in pseudonyms(*one)]
    requests = RequestSubject.objects.filter(digest__in=digests).values("request_id")
    packages, _ = Package.objects.filter(request_id__in=requests).delete()
    proofs, _ = IdentifierProof.objects.filter(subject__in=digests).delete()
    visits = [row.pk for row in Visit.objects.all() if _proven_in(row) & set(identifiers)]
    ended, _ = Visit.objects.filter(pk__in=visits).delete()
    return {"consent.Package": packages, "consent.IdentifierProof": proofs, "consent.Visit": ended}


def forget_accesses(profile_ids: Collection[UUID], limit: int) -> int:
    """Take profiles out of some rows of the access log, which still count; how many rows."""
    rows = AccessLog.objects.filter(profile_id__in=list(profile_ids)).values("id")[:limit]
    return AccessLog.objects.filter(id__in=rows).update(profile_id=None)


def _names_any(jws: str, values: Collection[str]) -> bool:
    """Whether a receipt tells one of some values. It was signed, and another's receipt of the same act stays."""
    told = json.dumps(read_content(jws), ensure_ascii=False)
    return any(value in told for value in values)


def _proven_in(row: Visit) -> set[Identifier]:
    try:
        proved = msgspec.json.decode(unseal_bytes(row.identifiers, VISIT), type=list[Proved])
    except Unsealable:
        return set()
    return {(one.type, one.value) for one in proved}
