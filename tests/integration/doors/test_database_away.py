"""A database that went away: clear refusals, nothing acknowledged, and healing on the next request."""

import json
from collections.abc import Iterator
from functools import partial

import pytest
from django.db import connection
from msgspec.structs import replace

from consent.models import AccessLog
from consent.times import now_microseconds
from cxprofiles.doors import connection as doors
from cxprofiles.doors.access import Access, AccessBuffer
from cxprofiles.doors.front import gathering
from cxprofiles.doors.recognise import Means, answer_one
from profiles.models import Inbox
from profiles.presented import find_cards
from tests.integration.doors.client import Ask, basic, bearer, environ_of, tell

EVENT = {"type": "track", "event": "Seen", "userId": "u-1"}
QUESTION = {"identifiers": [{"type": "user_id", "value": "u-1"}], "purpose": "service"}


def end_sessions() -> None:
    """As a restart of the server does to every connection of the doors; those of another worker's tests go on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name LIKE '%door' AND datname = current_database()"
        )
        ended = cursor.fetchall()
    assert ended
    assert all(one for (one,) in ended)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No server where the doors look for one."""
    doors.close_connection()
    gathering.close()
    monkeypatch.setattr(doors, "connection_string", lambda: "host=/nowhere connect_timeout=1")
    yield


def test_a_restarted_database_is_found_again_by_the_next_request(ask: Ask, server_key: str, token: str) -> None:
    assert ask("POST", "/v1/track", EVENT, basic(server_key)).status == 200
    end_sessions()
    assert ask("POST", "/v1/track", EVENT, basic(server_key)).status == 200
    end_sessions()
    assert ask("POST", "/v1/recognise", QUESTION, bearer(token)).status == 200
    assert Inbox.objects.count() == 2


def test_without_a_database_nothing_is_acknowledged(ask: Ask, server_key: str, token: str, nowhere: None) -> None:
    for path, body, headers in (("/v1/track", EVENT, basic(server_key)), ("/v1/recognise", QUESTION, bearer(token))):
        answered = ask("POST", path, body, headers)
        assert answered.status == 503
        assert int(answered.headers["retry-after"]) >= 1
        assert "database" in answered.content["detail"]
    assert not Inbox.objects.exists()


def test_it_heals_when_the_database_is_back(ask: Ask, server_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        doors.close_connection()
        patched.setattr(doors, "connection_string", lambda: "host=/nowhere connect_timeout=1")
        assert ask("POST", "/v1/track", EVENT, basic(server_key)).status == 503
    assert ask("POST", "/v1/track", EVENT, basic(server_key)).status == 200


def test_what_a_new_schema_makes_of_a_prepared_statement_is_healed(ask: Ask, server_key: str, token: str) -> None:
    tell(server_key, EVENT)
    assert ask("POST", "/v1/recognise", QUESTION, bearer(token)).content["status"] == "known"
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE card ALTER COLUMN known TYPE integer USING known::integer")
        try:
            assert ask("POST", "/v1/recognise", QUESTION, bearer(token)).status == 200
        finally:
            cursor.execute("ALTER TABLE card ALTER COLUMN known TYPE boolean USING known = 1")
    assert ask("POST", "/v1/recognise", QUESTION, bearer(token)).content["status"] == "known"


def test_a_connection_without_its_prepared_statements_is_replaced(ask: Ask, server_key: str) -> None:
    assert ask("POST", "/v1/track", EVENT, basic(server_key)).status == 200
    doors.thread_connection().connected()._link.exec_(b"DEALLOCATE ALL")
    assert ask("POST", "/v1/track", EVENT, basic(server_key)).status == 200


def test_the_access_log_keeps_its_rows_until_the_database_is_back(
    server_key: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = AccessBuffer()
    tell(server_key, EVENT)
    asked = environ_of("POST", "/v1/recognise", json.dumps(QUESTION).encode(), bearer(token))
    answered = answer_one(asked, Means(doors.execute, partial(find_cards, doors.execute), held.extend))
    with monkeypatch.context() as patched:
        doors.close_connection()
        patched.setattr(doors, "connection_string", lambda: "host=/nowhere connect_timeout=1")
        assert held.flush() is False
    assert held.flush() is True
    assert [str(row.id) for row in AccessLog.objects.all()] == [json.loads(answered.body)["decision"]["id"]]


def test_one_row_that_cannot_be_stored_does_not_hold_up_the_log_for_ever(deployment: None) -> None:
    held = AccessBuffer()
    row = Access(b"\x01" * 16, now_microseconds(), "token:x", "recognise", "0" * 32, "service", True, "")
    held.extend([replace(row, actor="\x00")])
    assert held.flush() is True
    held.extend([row, row])
    assert held.flush() is True
    assert AccessLog.objects.count() == 1


def test_the_buffer_is_bounded(deployment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from cxprofiles.doors import access

    monkeypatch.setattr(access, "MOST_HELD", 3)
    held = AccessBuffer()
    row = access.Access(b"\x01" * 16, 0, "token:x", "recognise", "0" * 32, "service", True, "")
    for _ in range(10):
        held.extend([row])
    assert len(held._rows) == 3


def test_a_session_is_set_for_reads_by_key(deployment: None) -> None:
    link = doors.thread_connection().connected()._link
    for setting, value in (("plan_cache_mode", b"force_generic_plan"), ("enable_seqscan", b"off"), ("jit", b"off")):
        assert link.exec_(f"SHOW {setting}".encode()).get_value(0, 0) == value
