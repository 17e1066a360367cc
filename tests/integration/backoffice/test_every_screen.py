"""Every screen, opened in a world where each has something to show: how much each asks of the database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from profiles.configuration import configuration
from profiles.models import Source
from tests.factories.callers import Caller
from tests.factories.channels import event, tell
from tests.factories.every_screen import HISTORIAN, doubles, every_screen, parameters
from tests.factories.staff import ADMINISTRATOR, make_staff, sign_in

MOST_QUERIES = 15
PEOPLE = 10


@pytest.fixture
def opened(shop: Source, service: Caller) -> tuple[Client, dict[str, str]]:
    """An administrator's client, and the path of each screen by its route."""
    from tests.factories.shipped import restore_shipped

    restore_shipped()
    now = datetime.now(UTC)
    tell(shop, *doubles(now, pairs=12), *(history(now, number) for number in range(150)))
    tell(shop, *(event(userId=f"asker-{number}", message_id=f"asker-{number}") for number in range(PEOPLE)))
    administrator = make_staff(ADMINISTRATOR)

    def send(method: str, path: str, body: Any) -> Any:
        answer = service.ask(method, path, body)
        assert answer.status < 300, answer.content
        return answer.content

    askers = [{"type": "user_id", "value": f"asker-{number}"} for number in range(PEOPLE)]
    known = parameters(send, source_id=shop.pk, staff_id=administrator.pk, askers=askers)
    return sign_in(Client(), administrator), dict(every_screen(known))


def history(now: datetime, number: int) -> dict[str, Any]:
    """One event of somebody of whom much is known, on several devices."""
    return {
        "type": "track",
        "event": f"Step {number % 12}",
        "messageId": f"history-{number}",
        "timestamp": (now - timedelta(hours=number)).isoformat(),
        "userId": HISTORIAN,
        "anonymousId": f"device-of-historian-{number % 9}",
        "context": {
            "traits": {"email": f"{HISTORIAN}@mail.example", "firstName": "Ida", f"trait_{number % 40}": number}
        },
    }


def test_no_screen_asks_much_of_the_database(opened: tuple[Client, dict[str, str]]) -> None:
    client, paths = opened
    configuration()  # is read once by each process, and again when it has changed
    asked = {}
    for route, path in paths.items():
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path)
        assert answer.status_code == 200, (route, answer.status_code)
        asked[route] = len(queries)
    assert {route: count for route, count in asked.items() if count > MOST_QUERIES} == {}
