"""What stewards decide about two identifiers."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec
from django.db.models import Q
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import bad_parameter, read_body, read_count, read_text
from cxprofiles.api.disclosure import DEFAULT_PURPOSE, disclosure
from cxprofiles.api.errors import FieldError, Problem, not_found
from cxprofiles.api.identity import DecisionShown, decision_shown, name_ends
from cxprofiles.api.profiles import IdentifierNamed
from profiles.configuration import configuration
from profiles.identity.graph import read_shown
from profiles.models import Decision as DecisionRow
from profiles.profile import read_people
from profiles.recognition import Decision
from profiles.review.deciding import decide_alone, take_back_decisions
from profiles.snapshot import one_snapshot

LONGEST_REASON = 2_000
MOST_ITEMS = 200
USUAL_ITEMS = 50
NO_DECISION = "There is no decision of this id."


class DecisionRequest(msgspec.Struct):
    """What is decided about two identifiers, and why."""

    a: IdentifierNamed
    b: IdentifierNamed
    verdict: Literal["same", "different"]
    reason: str


class DecisionMade(msgspec.Struct):
    """A decision just made. `profiles`: the ids of the profiles that the two identifiers are in now."""

    id: UUID
    a: IdentifierNamed
    b: IdentifierNamed
    verdict: str
    reason: str
    actor: str
    decided_at: datetime
    profiles: list[UUID]


class DecisionListed(msgspec.Struct):
    """A decision without the identifiers that it is about: `profiles` are their profiles of today."""

    id: UUID
    verdict: str
    actor: str
    decided_at: datetime
    withdrawn_at: datetime | None
    profiles: list[UUID]


class DecisionsListed(msgspec.Struct):
    """Some decisions, the latest first. `next_cursor` null: this was the last page."""

    items: list[DecisionListed]
    next_cursor: UUID | None


class DecisionRead(msgspec.Struct):
    """One decision with the identifiers that it is about."""

    item: DecisionShown
    decision: Decision


class DecisionsView(ApiView):
    """Decisions."""

    scopes: ClassVar[Scopes] = {"GET": ("profiles:read",), "POST": ("profiles:write",)}

    @extend_schema(
        operation_id="list_decisions",
        parameters=[
            OpenApiParameter("limit", int, description=f"1 to {MOST_ITEMS}, {USUAL_ITEMS} if left out."),
            OpenApiParameter("cursor", UUID, description="`next_cursor` of the page before."),
            OpenApiParameter("verdict", str, enum=DecisionRow.Verdict.values),
            OpenApiParameter("by", str, enum=["stewards", "systems"], description="Whose decisions; all if left out."),
        ],
        responses=DecisionsListed,
    )
    def get(self, request: Request) -> HttpResponse:
        """The decisions, withdrawn ones too, the latest first, without the identifiers that they are about."""
        limit = read_count(request, "limit", default=USUAL_ITEMS, most=MOST_ITEMS)
        rows = DecisionRow.objects.order_by("-decided_at", "-id")
        if cursor := read_text(request, "cursor"):
            rows = rows.filter(behind(cursor))
        if verdict := read_text(request, "verdict"):
            rows = rows.filter(verdict=verdict)
        if by := read_text(request, "by"):
            rows = rows.filter(interaction_id__isnull=by != "systems")
        return answer(list_decisions(list(rows[: limit + 1]), limit))

    @extend_schema(operation_id="record_decision", request=DecisionRequest, responses={201: DecisionMade})
    def post(self, request: Request) -> HttpResponse:
        """Decide that two identifiers are the same person, or different people; profiles follow at once."""
        body = read_body(request, DecisionRequest)
        if not body.reason.strip() or len(body.reason) > LONGEST_REASON:
            sentence = f"Say why, in 1 to {LONGEST_REASON} characters; the reason is shown to whoever asks later."
            raise Problem(422, sentence, errors=[FieldError("/reason", sentence)])
        row = decide_alone(
            a=(body.a.type, body.a.value),
            b=(body.b.type, body.b.value),
            verdict=body.verdict,
            reason=body.reason,
            actor=actor_of(request),
        )
        people = read_people([row.a_id, row.b_id])
        made = DecisionMade(
            id=row.id,
            a=body.a,
            b=body.b,
            verdict=row.verdict,
            reason=row.reason,
            actor=row.actor,
            decided_at=row.decided_at,
            profiles=sorted(person.profile_id for person in people.values()),
        )
        return answer(made, 201)


class DecisionView(ApiView):
    """One decision."""

    scopes: ClassVar[Scopes] = {"GET": ("profiles:read",), "DELETE": ("profiles:write",)}

    @extend_schema(
        operation_id="read_decision",
        parameters=[OpenApiParameter("purpose", str, description=f"`{DEFAULT_PURPOSE}` if left out.")],
        responses=DecisionRead,
    )
    def get(self, request: Request, decision_id: UUID) -> HttpResponse:
        """One decision with the two identifiers that it is about."""
        asked = disclosure(request, "decision", read_text(request, "purpose"), default=DEFAULT_PURPOSE)
        with one_snapshot():
            row = DecisionRow.objects.filter(id=decision_id).first()
            if row is None:
                raise not_found(NO_DECISION)
            people = read_people([row.a_id, row.b_id])
            ends = name_ends(asked, read_shown([row.a_id, row.b_id], configuration()), set(people))
        decision = asked.allow(people.values(), ["identifiers", "decisions"])
        return answer(DecisionRead(decision_shown(row, ends), decision))

    @extend_schema(operation_id="withdraw_decision", responses={204: None})
    def delete(self, request: Request, decision_id: UUID) -> HttpResponse:
        """Take a decision back: profiles are again what they would be without it. The row stays, as history.

        409 where that would join so many that two members of staff have to agree.
        """
        take_back_decisions(ids=[decision_id], actor=actor_of(request))
        return HttpResponse(status=204)


def behind(cursor: str) -> Q:
    """The condition for decisions that come after the one that a cursor names."""
    try:
        last = DecisionRow.objects.filter(id=UUID(cursor)).first()
    except ValueError:
        last = None
    if last is None:
        raise bad_parameter("cursor", "This is not one that the service gave out; start without one.")
    return Q(decided_at__lt=last.decided_at) | Q(decided_at=last.decided_at, id__lt=last.id)


def list_decisions(rows: list[DecisionRow], limit: int) -> DecisionsListed:
    """A page of decisions, out of one row more than it shows."""
    page = rows[:limit]
    shown = read_shown({end for row in page for end in (row.a_id, row.b_id)}, configuration())
    people = read_people(shown)
    ids = {id_: people[item.root_id].profile_id for id_, item in shown.items() if item.root_id in people}
    items = [
        DecisionListed(
            id=row.id,
            verdict=row.verdict,
            actor=row.actor,
            decided_at=row.decided_at,
            withdrawn_at=row.withdrawn_at,
            profiles=sorted({ids[end] for end in (row.a_id, row.b_id) if end in ids}),
        )
        for row in page
    ]
    return DecisionsListed(items, page[-1].id if len(rows) > limit else None)
