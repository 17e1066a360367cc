"""Why two identifiers are the same person, or are not: the evidence in sentences, with the events behind it."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from cxprofiles.backoffice.disclosing import note_reads
from cxprofiles.backoffice.profile.identity import FIELDS, open_identity, reader_of
from cxprofiles.backoffice.profile.identity_acts import chosen_ids, meant, show_refusal
from cxprofiles.backoffice.profile.identity_rows import (
    LinkRow,
    NeighbourRow,
    NodeRow,
    Reader,
    in_words,
    link_row,
    node_row,
)
from cxprofiles.backoffice.profile.identity_words import actor_said, explanation_said
from cxprofiles.backoffice.profile.opening import Opened, show_tab
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import Refused, is_fragment, screen, show, text_of
from profiles.identity.explanation import Explanation, explain
from profiles.identity.graph import ShownIdentifier, ShownLink
from profiles.identity.picture import Spot
from profiles.models import Identifier
from profiles.snapshot import one_snapshot


@screen(Right.SEARCH, "POST")
def why(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """The explanation for two chosen identifiers, or for a chosen one and another that was typed."""
    opened = open_identity(request, profile_id)
    try:
        with one_snapshot():
            one, other = two_ends(request, opened)
            found = explain(one, other, opened.held)
            heads = heads_of(found)
    except Refused as refused:
        return show_refusal(request, opened, refused)
    note_reads(request, "staff.explain", sorted({opened.profile_id, *heads.values()}), FIELDS)
    shown = answer_of(request, opened, found, heads, (one, other))
    if is_fragment(request):
        return show(request, "profile/identity_answer.html", shown)
    return show_tab(request, opened, "profile/identity_why.html", shown)


def two_ends(request: HttpRequest, opened: Opened) -> tuple[Identifier, Identifier]:
    """The two identifiers that are asked about. Raises `Refused`."""
    chosen = chosen_ids(request)
    typed = text_of(request, "other", longest=500)
    rows = list(Identifier.objects.filter(id__in=chosen[:3]).order_by("id")) if chosen else []
    if typed:
        found = meant(typed, opened)
        if not found:
            raise Refused(_("Nobody is found by these words."), 422)
        strongest = opened.profile.identifiers[0].id
        rows = [*(rows[:1] or Identifier.objects.filter(id=strongest)), found[0]]
    if len(rows) != 2:
        raise Refused(_("Choose two identifiers, or choose one and type another."), 422)
    return rows[0], rows[1]


def heads_of(found: Explanation) -> dict[int, UUID]:
    """The profile's id of each cluster that is in an explanation, by root."""
    roots = {one.root_id for one in found.identifiers.values()}
    return dict(Identifier.objects.filter(id__in=roots).values_list("id", "profile_id"))


def answer_of(
    request: HttpRequest,
    opened: Opened,
    found: Explanation,
    heads: dict[int, UUID],
    ends: tuple[Identifier, Identifier],
) -> dict[str, object]:
    """What the answer shows: sentences, and the links and decisions behind them."""
    reader = reader_of(request, opened, [*found.decisions, *found.apart])
    nodes = {id_: node_of(one, heads, opened, reader) for id_, one in found.identifiers.items()}
    names = {id_: f"{row.kind} {row.value}" for id_, row in nodes.items()}
    said = replace_reasons(found, opened)
    who = {item.actor: actor_said(item.actor, reader.staff) for item in (*found.decisions, *found.apart)}
    return {
        "opened": opened,
        "same": found.same,
        "one": nodes[ends[0].id],
        "other": nodes[ends[1].id],
        "sentences": explanation_said(said, names, who),
        "links": evidence(found, nodes, reader),
    }


def replace_reasons(found: Explanation, opened: Opened) -> Explanation:
    """The explanation with its refusals in the reader's language."""
    return replace(found, refused=[in_words(link, opened.held.types) for link in found.refused])


def node_of(one: ShownIdentifier, heads: dict[int, UUID], opened: Opened, reader: Reader) -> NodeRow:
    """An identifier of the explanation, masked unless its profile was revealed."""
    spot = Spot(one.id, opened.held.types[one.type], one.value, one.root_id, one.root_id == opened.root_id, one.shared)
    neighbour = None
    if not spot.inside:
        head = heads[one.root_id]
        neighbour = NeighbourRow(head, "", spot.type.person, f"/backoffice/profiles/{head}/identity/")
    return node_row(spot, neighbour, 0, (None, None), reader)


def evidence(found: Explanation, nodes: dict[int, NodeRow], reader: Reader) -> list[LinkRow]:
    """The links that are spoken of, each with the first and the last event that showed it."""
    spoken: Iterable[ShownLink] = (
        [step.link for step in found.path if step.link is not None] if found.same else found.refused
    )
    return [link_row(link, nodes, reader) for link in list(spoken)[:20] if link.a in nodes and link.b in nodes]
