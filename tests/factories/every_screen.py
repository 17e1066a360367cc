"""Every screen of the back office that opens by GET, and a world in which each of them has something to show."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

HISTORIAN = "historian-of-screens"
DOUBLES = 100
REQUESTS = 100
PLANNED = "plan"
PARAMETER = re.compile(r"<\w+:(?P<name>\w+)>")
# What answers GET and is a file, a part or a stream; and the page of a caller of a protocol, of which there is none.
NO_SCREENS = {
    "backoffice/privacy/log.csv",
    "backoffice/privacy/<uuid:request_id>/letters/<str:kind>.pdf",
    "backoffice/tokens/callers/<str:protocol>/<str:name>/",
}
Send = Callable[[str, str, Any], Any]  # a call of the API: method, path, body -> what it answers


def every_screen(known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The route and the path of each screen; `known` as `parameters` tells it."""
    from cxprofiles.permissions import screens

    for screen in screens():
        if "GET" in screen.methods and screen.route not in NO_SCREENS and not screen.route.endswith("<path:rest>"):
            yield screen.route, "/" + filled(screen.route, known)


def filled(route: str, known: Mapping[str, Any]) -> str:
    """A route with its parameters. What several routes call alike is looked for with the part before it."""
    if route.endswith(f"{PLANNED}/"):  # of a request that is done there is no plan any more
        known = {**known, "request_id": known[PLANNED]}
    parts = route.split("/")
    for place, part in enumerate(parts):
        if found := PARAMETER.fullmatch(part):
            name = found["name"]
            parts[place] = str(known[name if name in known else f"{parts[place - 1]}/{name}"])
    return "/".join(parts)


def doubles(now: datetime, pairs: int = DOUBLES) -> list[dict[str, Any]]:
    """Events of pairs of customers who share an e-mail address, so that stewards have something to settle."""
    return [
        {
            "type": "track",
            "event": "Product Viewed",
            "messageId": f"double-{pair}-{who}",
            "timestamp": (now - timedelta(hours=pair)).isoformat(),
            "userId": f"double-{pair}-{who}",
            "context": {"traits": {"email": f"double.{pair}@mail.example", "first_name": who}},
        }
        for pair in range(pairs)
        for who in ("one", "two")
    ]


def parameters(
    send: Send, *, source_id: int, staff_id: int, askers: list[dict[str, str]], historian: str = HISTORIAN
) -> dict[str, Any]:
    """What stands for each parameter of a route: of the person with this user id, and of what is made for it.

    `askers`: identifiers of people who each make a request. The doubles must have been told of.
    """
    from cxprofiles.models import ApiToken
    from profiles.configuration import configuration
    from profiles.models import Interaction, ReviewCase
    from profiles.profile import find_identifier
    from profiles.review.finding import find_cases

    found = find_identifier("user_id", historian, configuration())
    assert found is not None, "the history has led to no profile"
    find_cases()
    last = Interaction.objects.filter(anchor_id=found.id).order_by("-occurred_at", "-id").first()
    case = ReviewCase.objects.first()
    assert last is not None
    assert case is not None
    return {
        "profile_id": found.profile_id,
        "interaction_id": last.id,
        "case_id": case.id,
        "sources/number": source_id,
        "tokens/token_id": ApiToken.objects.latest("id").pk,
        "types/name": "email",
        "one/key": "personalisation",
        "entries/seq": 1,
        "people/user_id": staff_id,
        **furnish(send, {"type": "user_id", "value": historian}, found.id, askers),
    }


def furnish(send: Send, who: dict[str, str], identifier: int, askers: list[dict[str, str]]) -> dict[str, Any]:
    """Give the person choices and a request, and the service what some screens are about."""
    send("PUT", "/v1/consent/notices/bench/1", {"language": "en", "text": "We write to you about what is new."})
    told = {
        "identifiers": [who],
        "decisions": [{"purpose": "personalisation", "state": "granted"}],
        "proof": {"method": "form", "notice": "bench", "notice_version": "1", "language": "en"},
    }
    send("POST", "/v1/consents", told)
    proven = {"level": "verified", "method": "benchmark"}
    for asker in askers:
        asked = {"type": "objection", "identifiers": [asker], "identity": proven}
        send("POST", "/v1/privacy/requests", asked)
    made = send("POST", "/v1/privacy/requests", {"type": "access", "identifiers": [who], "identity": proven})
    unproven = {"type": "erasure", "identifiers": [{"type": "email", "value": f"{who['value']}@mail.example"}]}
    waiting = send("POST", "/v1/privacy/requests", unproven)
    send("PUT", "/v1/privacy/recipients/bench", {"url": "https://recipient.example/told"})
    act = latest_act(identifier)
    return {
        "request_id": made["id"],
        PLANNED: waiting["id"],
        "recipients/name": "bench",
        "notices/key": "bench",
        "bench/version": "1",
        "consent/act_id": act,
        f"{act}/identifier_id": identifier,
        f"{identifier}/purpose": "personalisation",
    }


def latest_act(identifier: int) -> UUID:
    """The latest act of consent that was recorded of an identifier."""
    from consent.models import ConsentDecision

    found: UUID = ConsentDecision.objects.filter(identifier_id=identifier).latest("received_at").act_id
    return found
