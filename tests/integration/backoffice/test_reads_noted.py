"""Whatever shows something of a person to staff is in the access log: every screen is opened, and looked over."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from django.test import Client

from consent.models import AccessLog
from cxprofiles.backoffice.masking import masked
from cxprofiles.permissions import screens
from profiles.configuration import configuration
from profiles.models import Source
from profiles.profile import find_identifier
from tests.factories.callers import Caller
from tests.factories.channels import tell
from tests.factories.every_screen import HISTORIAN, doubles, every_screen, filled, parameters
from tests.factories.shipped import restore_shipped
from tests.factories.staff import ADMINISTRATOR, make_staff, sign_in

ADDRESS, PHONE = f"{HISTORIAN}@mail.example", "+491701234567"
NAMES = ("Idabelle", "Quuxworth", "Quux Street")
CLEAR = (ADDRESS, PHONE, HISTORIAN, *NAMES)
FILES = ("backoffice/privacy/log.csv", "backoffice/privacy/<uuid:request_id>/letters/<str:kind>.pdf")
# Masked, without a way to whom it is about, and noted as such: of nobody.
OF_NOBODY = "live/"


def told(now: datetime, number: int) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"told-{number}",
        "timestamp": (now - timedelta(hours=number)).isoformat(),
        "userId": HISTORIAN,
        "anonymousId": f"device-{number % 3}",
        "properties": {"revenue": 30, "currency": "EUR", "street": NAMES[2]},
        "context": {"traits": {"email": ADDRESS, "phone": PHONE, "firstName": NAMES[0], "lastName": NAMES[1]}},
    }


@pytest.fixture
def known(shop: Source, service: Caller) -> dict[str, Any]:
    """What stands for the parameters of the paths, in a world where each screen has something to show."""
    restore_shipped()
    now = datetime.now(UTC)
    tell(shop, *doubles(now, pairs=2), *(told(now, number) for number in range(6)))

    def send(method: str, path: str, body: Any) -> Any:
        return service.ask(method, path, body).content

    return parameters(send, source_id=shop.pk, staff_id=make_staff("steward").pk, askers=[])


@pytest.fixture
def ida(known: dict[str, Any]) -> UUID:
    found = find_identifier("user_id", HISTORIAN, configuration())
    assert found is not None
    return found.profile_id


@pytest.fixture
def client() -> Client:
    return sign_in(Client(), make_staff(ADMINISTRATOR))


def marks() -> set[str]:
    """What would tell of her on a page, in the clear and masked."""
    return {*CLEAR, masked("email", ADDRESS), masked("phone", PHONE), masked("user_id", HISTORIAN)}


def shown_of_her(answer: Any) -> set[str]:
    text = html.unescape(answer.getvalue().decode(errors="replace"))
    return {mark for mark in marks() if mark in text}


def paths(known: dict[str, Any]) -> Iterator[str]:
    """Every path that answers GET but for the catch-all."""
    yield from (path for _, path in every_screen(known))
    for route in FILES:
        assert route in {one.route for one in screens()}
        yield "/" + filled(route.replace("<str:kind>", "acknowledgement"), known)


def noted(since: int) -> list[tuple[str, str, UUID | None]]:
    rows = AccessLog.objects.order_by("id")[since:]
    return [(row.actor, row.operation, row.profile_id) for row in rows]


@pytest.mark.django_db
@pytest.mark.parametrize("revealed", [False, True])
def test_every_screen_that_shows_something_of_a_person_is_noted(
    client: Client, known: dict[str, Any], ida: UUID, revealed: bool
) -> None:
    if revealed:
        assert client.post("/backoffice/reveal/", {"profile": str(ida)}).status_code == 303
        client.post(f"/backoffice/sources/{known['sources/number']}/live/reveal/", {"shown": "1"})
        client.post(f"/backoffice/privacy/{known['request_id']}/reveal/", {})
    unnoted, telling = [], 0
    for path in paths(known):
        before = AccessLog.objects.count()
        answer = client.get(path)
        assert answer.status_code == 200, path
        seen = shown_of_her(answer) | ({"letter"} if path.endswith(".pdf") else set())
        telling += bool(seen)
        rows = noted(before)
        of_whom = {row[2] for row in rows}
        if seen and ida not in of_whom and not (of_whom and path.endswith(OF_NOBODY) and not seen & set(CLEAR)):
            unnoted.append((path, sorted(seen), rows))
    assert unnoted == []
    assert telling > 10


@pytest.mark.django_db
@pytest.mark.parametrize("words", [ADDRESS, f"email:{ADDRESS}", NAMES[1], HISTORIAN])
def test_finding_a_person_is_noted(client: Client, known: dict[str, Any], ida: UUID, words: str) -> None:
    before = AccessLog.objects.count()
    assert shown_of_her(client.post("/backoffice/search/", {"words": words}))
    assert (f"staff:{actor(client)}", "staff.search", ida) in noted(before)


@pytest.mark.django_db
def test_what_a_source_sends_is_noted_as_it_comes(client: Client, known: dict[str, Any], ida: UUID) -> None:
    client.post(f"/backoffice/sources/{known['sources/number']}/live/reveal/", {"shown": "1"})
    before = AccessLog.objects.count()
    assert shown_of_her(client.get(f"/backoffice/sources/{known['sources/number']}/live/stream/"))
    assert (f"staff:{actor(client)}", "staff.live", ida) in noted(before)


@pytest.mark.django_db
def test_no_title_and_no_link_names_a_person(client: Client, known: dict[str, Any], ida: UUID) -> None:
    client.post("/backoffice/reveal/", {"profile": str(ida)})
    for path in paths(known):
        page = html.unescape(client.get(path).getvalue().decode(errors="replace"))
        told = [
            *re.findall(r"<title>.*?</title>", page, re.DOTALL),
            *re.findall(r'(?:href|action|src|hx-get)="([^"]*)"', page),
        ]
        for mark in CLEAR:
            assert not [one for one in told if mark in unquote(one)], path


def actor(client: Client) -> str:
    return str(client.session["_auth_user_id"])
