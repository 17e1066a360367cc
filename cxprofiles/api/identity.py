"""The identity graph of a profile, and the explanation for two identifiers."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from cxprofiles.api.authentication import ApiView, Scopes, answer
from cxprofiles.api.bodies import read_body, read_text
from cxprofiles.api.disclosure import DEFAULT_PURPOSE, Disclosure, disclosure
from cxprofiles.api.errors import not_found
from cxprofiles.api.profiles import NO_PROFILE, IdentifierNamed, find_named
from profiles.configuration import configuration
from profiles.identity.explanation import Explanation, Step, explain, explanation_in_words
from profiles.identity.graph import (
    MOST_DECISIONS,
    ShownIdentifier,
    ShownLink,
    read_decisions_around,
    read_links_around,
    read_shown,
)
from profiles.models import Decision as DecisionRow
from profiles.profile import (
    ProfileIdentifier,
    find_root,
    find_subject,
    read_identifiers,
    read_people,
)
from profiles.recognition import Decision
from profiles.snapshot import one_snapshot

PURPOSE = OpenApiParameter("purpose", str, description=f"What the data is for; `{DEFAULT_PURPOSE}` if left out.")


class End(msgspec.Struct, frozen=True):
    """One end of a link. `value` null: it is another person's, and may not be shown for this purpose now."""

    type: str
    value: str | None


class NodeShown(msgspec.Struct):
    """An identifier. `in_profile` false: it is another profile's, and a refused link leads to it."""

    type: str
    value: str | None
    profile_id: UUID | None
    in_profile: bool
    shared: bool
    verified: bool | None
    first_seen: datetime | None
    last_seen: datetime | None


class LinkShown(msgspec.Struct):
    """Two identifiers seen together. `rule` is the code of the refusal, empty where the link is accepted."""

    a: End
    b: End
    state: str
    reason: str
    rule: str
    kind: str
    weight: float | None
    first_at: datetime
    last_at: datetime
    count: int
    sources: list[str]
    first_interaction: UUID
    last_interaction: UUID


class DecisionShown(msgspec.Struct):
    """A decision of a steward or a system about two identifiers."""

    id: UUID
    a: End
    b: End
    verdict: str
    reason: str
    actor: str
    decided_at: datetime
    interaction_id: UUID | None
    withdrawn_at: datetime | None


class StepShown(msgspec.Struct):
    """One step of the path from the one identifier to the other."""

    a: End
    b: End
    by: str
    link: LinkShown | None
    decision_id: UUID | None


class GraphShown(msgspec.Struct):
    """The identity graph. `truncated`: there are more links or decisions than are shown."""

    profile_id: UUID
    canonical_id: UUID
    nodes: list[NodeShown]
    links: list[LinkShown]
    decisions: list[DecisionShown]
    truncated: bool
    decision: Decision


class ExplainRequest(msgspec.Struct):
    """Two identifiers, and what the answer is for."""

    a: IdentifierNamed
    b: IdentifierNamed
    purpose: str | None = None


class ExplanationShown(msgspec.Struct):
    """Why two identifiers are, or are not, the same person."""

    same: bool
    in_words: str
    path: list[StepShown]
    refused: list[LinkShown]
    decisions: list[DecisionShown]
    decision: Decision


class GraphView(ApiView):
    """The identity graph of one profile."""

    scopes: ClassVar[Scopes] = {"GET": ("profiles:read",)}

    @extend_schema(operation_id="read_identity", parameters=[PURPOSE], responses=GraphShown)
    def get(self, request: Request, profile_id: UUID) -> HttpResponse:
        """The identifiers of a profile, the links around them, accepted and refused, and the decisions about them."""
        asked = disclosure(request, "identity", read_text(request, "purpose"), default=DEFAULT_PURPOSE)
        with one_snapshot():
            held = configuration()
            root = find_root(profile_id)
            found = None if root is None else find_subject(root)
            if root is None or found is None:
                raise not_found(NO_PROFILE)
            members = read_identifiers(root, held)
            ids = [member.id for member in members]
            links, truncated = read_links_around(ids, held)
            decisions = read_decisions_around(ids)
            ends = ends_of(links, decisions)
            shown = read_shown({*ids, *ends}, held)
            ends_in_words = name_ends(asked, shown, {root})
        return answer(
            GraphShown(
                profile_id=profile_id,
                canonical_id=found.profile_id,
                nodes=nodes_shown(members, shown, ends_in_words),
                links=[link_shown(link, ends_in_words) for link in links],
                decisions=[decision_shown(item, ends_in_words) for item in decisions],
                truncated=truncated or len(decisions) >= MOST_DECISIONS,
                decision=asked.allow([found], ["identifiers", "links", "decisions"]),
            )
        )


class ExplainView(ApiView):
    """The explanation for two identifiers."""

    scopes: ClassVar[Scopes] = {"POST": ("profiles:read",)}

    @extend_schema(operation_id="explain_identity", request=ExplainRequest, responses=ExplanationShown)
    def post(self, request: Request) -> HttpResponse:
        """Why they are, or are not, the same person: the path that joins them, or the links that were refused."""
        body = read_body(request, ExplainRequest)
        asked = disclosure(request, "explain", body.purpose, default=DEFAULT_PURPOSE)
        with one_snapshot():
            held = configuration()
            a, b = find_named(body.a, "/a", held), find_named(body.b, "/b", held)
            explanation = explain(a.id if a else None, b.id if b else None, held)
            people = read_people(item.id for item in (a, b) if item is not None)
            ends = name_ends(asked, explanation.identifiers, set(people))
        decision = asked.allow(people.values(), ["identifiers", "links", "decisions"])
        return answer(explanation_shown(explanation, ends, decision))


def ends_of(links: Iterable[ShownLink], decisions: Iterable[DecisionRow]) -> set[int]:
    """The identifiers that links and decisions are about."""
    ends = {end for link in links for end in (link.a, link.b)}
    return ends | {end for item in decisions for end in (item.a_id, item.b_id)}


def name_ends(asked: Disclosure, shown: Mapping[int, ShownIdentifier], own_roots: Collection[int]) -> dict[int, End]:
    """The identifiers as the answer names them; another person's value only where the purpose is in force there."""
    foreign = [item.id for item in shown.values() if item.root_id not in own_roots]
    people = read_people(foreign) if foreign else {}
    open_roots = {root for root, person in people.items() if asked.may_show(person)} | set(own_roots)
    return {id_: End(item.type, item.value if item.root_id in open_roots else None) for id_, item in shown.items()}


def nodes_shown(
    members: list[ProfileIdentifier], shown: Mapping[int, ShownIdentifier], ends: Mapping[int, End]
) -> list[NodeShown]:
    """The profile's own identifiers, then those of others that its refused links lead to."""
    own = [
        NodeShown(
            item.type,
            item.value,
            item.profile_id,
            True,
            item.shared,
            item.verified,
            item.first_seen,
            item.last_seen,
        )
        for item in members
    ]
    held = {item.id for item in members}
    others = [item for item in shown.values() if item.id not in held]
    return own + [
        NodeShown(
            item.type,
            ends[item.id].value,
            item.profile_id if ends[item.id].value is not None else None,
            False,
            item.shared,
            None,
            None,
            None,
        )
        for item in sorted(others, key=lambda item: item.id)
    ]


def link_shown(link: ShownLink, ends: Mapping[int, End]) -> LinkShown:
    """A link as the answer has it."""
    return LinkShown(
        a=ends[link.a],
        b=ends[link.b],
        state="accepted" if link.accepted else "refused",
        reason=link.reason,
        rule=link.rule,
        kind=link.kind,
        weight=link.weight,
        first_at=link.first_at,
        last_at=link.last_at,
        count=link.count,
        sources=link.sources,
        first_interaction=link.first_interaction,
        last_interaction=link.last_interaction,
    )


def decision_shown(row: DecisionRow, ends: Mapping[int, End]) -> DecisionShown:
    """A decision as the answer has it."""
    return DecisionShown(
        id=row.id,
        a=ends[row.a_id],
        b=ends[row.b_id],
        verdict=row.verdict,
        reason=row.reason,
        actor=row.actor,
        decided_at=row.decided_at,
        interaction_id=row.interaction_id,
        withdrawn_at=row.withdrawn_at,
    )


def step_shown(step: Step, ends: Mapping[int, End]) -> StepShown:
    """A step of the path as the answer has it."""
    return StepShown(
        a=ends[step.a],
        b=ends[step.b],
        by="link" if step.link is not None else "decision",
        link=None if step.link is None else link_shown(step.link, ends),
        decision_id=None if step.decision is None else step.decision.id,
    )


def explanation_shown(found: Explanation, ends: Mapping[int, End], decision: Decision) -> ExplanationShown:
    """An explanation as the answer has it."""
    return ExplanationShown(
        same=found.same,
        in_words=explanation_in_words(found, {id_: in_words(end) for id_, end in ends.items()}),
        path=[step_shown(step, ends) for step in found.path],
        refused=[link_shown(link, ends) for link in found.refused],
        decisions=[decision_shown(item, ends) for item in found.decisions],
        decision=decision,
    )


def in_words(end: End) -> str:
    """An identifier as people name it."""
    return f"{end.type} “{end.value}”" if end.value is not None else f"another person's {end.type}"
