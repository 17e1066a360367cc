"""Why two identifiers are the same person, or are not: the evidence in sentences, with the events behind it."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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

TWO = gettext_lazy("Choose two identifiers, or choose one and type another.")


@screen(Right.SEARCH, "POST")
def why(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """The explanation for two chosen identifiers, or for a chosen one and another that was typed."""
    opened = open_identity(request, profile_id)
    try:
        with one_snapshot():
            one, other = two_ends(request, opened)
            found = explain(one, other, opened.held)
            if found.missing:
                raise Refused(str(TWO), 422)
            heads = heads_of(found)
    except Refused as refused:
        return show_refusal(request, opened, refused)
    note_reads(request, "staff.explain", sorted({opened.profile_id, *heads.values()}), FIELDS)
    shown = answer_of(request, opened, found, heads, (one, other))
    if is_fragment(request):
        return show(request, "profile/identity_answer.html", shown)
    return show_tab(request, opened, "profile/identity_why.html", shown)


def two_ends(request: HttpRequest, opened: Opened) -> tuple[int, int]:
    """The two identifiers that are asked about, by id. Raises `Refused`."""
    chosen = chosen_ids(request)
    typed = text_of(request, "other", longest=500)
    if typed:
        found = meant(typed, opened)
        if not found:
            raise Refused(_("Nobody is found by these words."), 422)
        return (chosen or opened.identifier_ids)[0], found[0].id
    if len(chosen) != 2:
        raise Refused(str(TWO), 422)
    return chosen[0], chosen[1]


def heads_of(found: Explanation) -> dict[int, UUID]:
    """The profile's id of each cluster that is in an explanation, by root; no query where it names their roots."""
    named = found.identifiers
    heads = {one.root_id: named[one.root_id].profile_id for one in named.values() if one.root_id in named}
    others = {one.root_id for one in named.values()} - heads.keys()
    rows = Identifier.objects.filter(id__in=others).values_list("id", "profile_id") if others else ()
    return {**heads, **dict(rows)}


def answer_of(
    request: HttpRequest,
    opened: Opened,
    found: Explanation,
    heads: dict[int, UUID],
    ends: tuple[int, int],
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
        "one": nodes[ends[0]],
        "other": nodes[ends[1]],
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
