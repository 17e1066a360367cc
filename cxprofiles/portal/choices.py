"""What people allow and refuse: each purpose with a switch, why it is as it is, and what was said before."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse

from consent.ledger import Decided
from consent.ledger_reading import read_page, with_receipts
from consent.purpose_fields import PurposeFields
from consent.purpose_reading import read_purposes
from consent.purposes import CONSENT, SALE_SHARE
from consent.states import GRANTS
from cxprofiles.portal.evidence import proof_of
from cxprofiles.portal.pages import go_to
from cxprofiles.portal.visits import Visitor, log_view, own_page, visitor_page
from cxprofiles.portal.words import SAID, SIGNALS, in_language, named, state_said
from profiles.configuration import configuration
from profiles.privacy.beginning import ErasedPerson
from profiles.privacy.own import Own, find_own
from profiles.privacy.own_choices import RESTRICTED, Choice, Place, read_choices, record_choices, refuse_by_browser
from profiles.snapshot import one_snapshot

SAVED = "/privacy/choices?saved"
MOST_HISTORY = 200
MOST_LINES = 10
MOST_SWITCHES = 500
ON, OFF = "=1", "=0"


@visitor_page("GET", "POST")
def choices_page(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """GET: each purpose. POST: what is to hold of those that the form showed and that were switched over."""
    honour_gpc(request, visitor)
    if request.method == "POST":
        wanted = wanted_of(request)
        if visitor.gpc:
            wanted.pop(Place(SALE_SHARE), None)
        try:
            record_choices(visitor.identifiers, wanted, proof=proof_of(request, visitor))
        except ErasedPerson:
            return go_to("/privacy/choices?erased")
        return go_to(SAVED)
    held = configuration()
    with one_snapshot():
        own = find_own(visitor.identifiers, held)
        shown = choices_shown(own, read_choices(own, held), visitor)
    log_view(own, "choices", "consents")
    shown |= {"saved": "saved" in request.GET, "erased": "erased" in request.GET}
    return own_page(request, visitor, "choices", shown)


def honour_gpc(request: HttpRequest, visitor: Visitor) -> None:
    """Where the browser asks not to sell or share, that is refused before anything else is looked at."""
    if visitor.gpc:
        with suppress(ErasedPerson):  # of whom nothing is held that could be sold
            refuse_by_browser(visitor.identifiers, proof=proof_of(request, visitor))


def wanted_of(request: HttpRequest) -> dict[Place, bool]:
    """What the form switches over: `shown` names each switch with how it stood, `allow` those that are on now."""
    allowed = set(request.POST.getlist("allow"))
    wanted = {}
    for shown in request.POST.getlist("shown")[:MOST_SWITCHES]:
        name, stood = shown[:-2], shown[-2:]
        place = place_of(name)
        if place is not None and stood in (ON, OFF) and (stood == ON) != (name in allowed):
            wanted[place] = name in allowed
    return wanted


def place_of(name: str) -> Place | None:
    """`KEY` or `KEY:IDENTIFIER`, as the form names a switch."""
    key, _, address = name.partition(":")
    if address and not (address.isascii() and address.isdigit() and len(address) < 19):
        return None
    return Place(key, int(address or 0))


def choices_shown(own: Own, choices: Sequence[Choice], visitor: Visitor) -> dict[str, Any]:
    """What the page shows. Called in the snapshot."""
    described = read_purposes()
    said = read_page(own.ids, limit=MOST_HISTORY).rows
    receipts = with_receipts({row.act_id for row in said})
    shown = [choice_shown(one, described, history_of(one.place, said, receipts), visitor) for one in choices]
    return {
        "own": own,
        "switches": [one for one in shown if not one["fixed"]],
        "fixed": [one for one in shown if one["fixed"]],
        "restricted": any(one["state"] == RESTRICTED for one in shown),
        "consented": any(one["allowed"] and one["basis"] == CONSENT for one in shown),
    }


def choice_shown(
    choice: Choice, described: Mapping[str, PurposeFields], history: Sequence[dict[str, Any]], visitor: Visitor
) -> dict[str, Any]:
    """One purpose as the page shows it."""
    key, address = choice.place
    fields, wider = described.get(key), described.get(choice.barred_by)
    by_browser = key == SALE_SHARE and visitor.gpc
    return {
        "name": f"{key}:{address}" if address else key,
        "id": f"{key}-{address}".replace(".", "-"),
        "title": (in_language(fields.name, visitor.language) if fields else "") or key,
        "text": in_language(fields.text, visitor.language) if fields else "",
        "address": choice.address,
        "narrower": "." in key,
        "allowed": choice.ruling.allowed and not by_browser,
        "state": choice.ruling.state,
        "basis": choice.ruling.basis,
        "why": state_said(choice.ruling.state, choice.ruling.allowed),
        "fixed": choice.fixed,
        "changeable": choice.changeable and not by_browser,
        "barred_by": in_language(wider.name, visitor.language) if wider else "",
        "unproven": bool(choice.address) and not choice.can_allow,
        "by_browser": by_browser,
        "conflict": by_browser and any(line["yes"] for line in history),
        "history": history[:MOST_LINES],
    }


def history_of(place: Place, said: Sequence[Decided], receipts: set[Any]) -> list[dict[str, Any]]:
    """What was said of a purpose, the latest first: one line for each act, however many identifiers it was for."""
    rows = [row for row in said if row.purpose == place.purpose and place.address in (0, row.identifier_id)]
    acts = {row.act_id: row for row in reversed(rows)}
    return [
        {
            "at": row.decided_at,
            "said": named(SAID, row.state),
            "yes": row.state in GRANTS,
            "how": str(SIGNALS[row.signal]) if row.signal in SIGNALS else "",
            "receipt": row.act_id if row.act_id in receipts else None,
        }
        for row in reversed(acts.values())
    ]
