"""Questions that come at the same time share a query, and each gets its own answer."""

import threading
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings

from cxprofiles.doors.connection import DatabaseAway, HealingConnection
from cxprofiles.doors.gathering import Gathering
from profiles.identity.canonical import digest_bytes
from profiles.models import IdentifierType
from profiles.presented import FIND_CARD, FIND_CARDS, Key, find_cards
from profiles.statements import Rows, Statement
from tests.integration.doors.client import tell


class Slow(HealingConnection):
    """A connection that takes its time, counts, and fails when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.statements: list[bytes] = []
        self.failures: list[Exception] = []
        self.at_once = threading.Semaphore(1)

    def execute(self, statement: Statement, parameters: Sequence[bytes]) -> Rows:
        assert self.at_once.acquire(blocking=False), "two threads on one connection"
        try:
            self.statements.append(statement.name)
            time.sleep(0.002)
            if self.failures:
                raise self.failures.pop()
            return super().execute(statement, parameters)
        finally:
            self.at_once.release()


def key_of(value: str) -> Key:
    type_id = IdentifierType.objects.get(name="user_id").id
    return type_id, digest_bytes(settings.IDENTIFIER_KEY, value)


@pytest.fixture
def people(server_key: str) -> list[Key]:
    """The keys of people who are known."""
    tell(server_key, *({"type": "track", "event": "Seen", "userId": f"u-{number}"} for number in range(20)))
    return [key_of(f"u-{number}") for number in range(20)]


def test_each_gets_its_own_answer_and_queries_are_shared(people: list[Key]) -> None:
    connection = Slow()
    gathering = Gathering(connection)
    alone = {key: find_cards(connection.execute, [key]).found[key][2].profile_id for key in people}
    connection.statements.clear()

    def ask(number: int) -> bool:
        keys: Collection[Key] = [people[number % 20]] if number % 3 else [people[number % 20], key_of_nobody]
        found = gathering.find_cards(keys)
        return found.found[people[number % 20]][2].profile_id == alone[people[number % 20]] and (
            key_of_nobody not in found.found
        )

    key_of_nobody = (people[0][0], b"\x00" * 16)
    with ThreadPoolExecutor(12) as threads:
        assert all(threads.map(ask, range(400)))
    assert len(connection.statements) < 200
    assert set(connection.statements) <= {FIND_CARD.name, FIND_CARDS.name}
    gathering.close()


def test_one_alone_does_not_wait_for_company(people: list[Key]) -> None:
    connection = Slow()
    gathering = Gathering(connection)
    for key in people:
        assert key in gathering.find_cards([key]).found
    assert connection.statements == [FIND_CARD.name] * 20
    gathering.close()


def test_nothing_asked_still_tells_the_version(people: list[Key]) -> None:
    gathering = Gathering(HealingConnection())
    assert gathering.find_cards([]).version == gathering.find_cards(people).version > 0
    gathering.close()


@pytest.mark.parametrize("failure", [DatabaseAway(), RuntimeError("what nobody foresaw")])
def test_those_who_shared_a_failure_hear_of_it_and_the_next_are_answered(people: list[Key], failure: Exception) -> None:
    connection = Slow()
    gathering = Gathering(connection)

    def ask(number: int) -> str:
        if number % 40 == 0:
            connection.failures.append(failure)
        try:
            return "answered" if gathering.find_cards([people[number % 20]]).found else "nobody"
        except type(failure):
            return "failed"

    with ThreadPoolExecutor(12) as threads:
        outcomes = list(threads.map(ask, range(400)))
    assert set(outcomes) == {"answered", "failed"}
    connection.failures.clear()
    assert ask(1) == "answered"
    gathering.close()
