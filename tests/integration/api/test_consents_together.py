"""Consent told and read by several at once, each in a transaction of its own."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from consent.models import AccessLog, ConsentDecision, Receipt
from profiles.identity.rebuild import rebuild_identity
from tests.factories.callers import Caller
from tests.factories.channels import event, make_source, tell
from tests.factories.consents import ANN, ANN_ACCOUNT, PHONE, PROOF, consents_of, decision, tell_consents, told
from tests.factories.shipped import restore_shipped

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 4


@pytest.fixture(autouse=True)
def shipped_purposes() -> None:
    restore_shipped()


def together(work: Callable[[], Any]) -> list[Any]:
    """What it comes to where several do the same at the same time."""
    gate, results = threading.Barrier(AT_ONCE), []

    def run() -> None:
        try:
            gate.wait(10)
            results.append(work())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_an_act_that_is_told_by_several_at_once_is_recorded_once(service: Caller) -> None:
    body = told(decision(), by=[ANN, ANN_ACCOUNT], id="6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
    answers = together(lambda: service.post("/v1/consents", body))
    assert [one.status for one in answers] == [201] * AT_ONCE
    assert len({one.body for one in answers}) == 1
    assert (ConsentDecision.objects.count(), Receipt.objects.count()) == (2, 1)


def test_a_button_that_is_pressed_twice_at_once_gives_consent_once(service: Caller) -> None:
    proof = {**PROOF, "method": "double_opt_in"}
    [asked] = tell_consents(service, decision(), proof=proof).content["confirmations"]
    path = asked["url"].removeprefix("http://testserver")
    pages = together(lambda: Client().post(path))
    assert sorted(page.status_code for page in pages) == [200] + [410] * (AT_ONCE - 1)
    assert ConsentDecision.objects.filter(state="ConsentGiven").count() == 1


def test_a_read_is_logged_though_it_may_not_write_itself(service: Caller) -> None:
    tell_consents(service, decision())
    found = consents_of(service, at="2026-11-01T00:00:00Z")
    assert AccessLog.objects.get().id.hex == found["decision"]["id"].replace("-", "")
    for path, body in (
        ("check", {"identifiers": [ANN], "purposes": ["analytics"]}),
        ("check/batch", {"purpose": "analytics", "subjects": [{"identifiers": [ANN]}]}),
    ):
        assert service.post(f"/v1/consents/{path}", body).status == 200
    assert AccessLog.objects.count() == 3


def everything() -> list[tuple[Any, ...]]:
    """All identifiers, folds and cards, to the byte."""
    rows: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for table in ("identifier", "fold", "card", "unification_due"):
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
            rows += [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in cursor]
    return rows


def test_a_rebuild_changes_nothing_of_what_was_told(service: Caller) -> None:
    shop = make_source()
    traits = {"email": ANN["value"]}
    tell(shop, event(1, userId="ann-1", context={"traits": traits}), event(2, userId="ann-1", anonymousId="a-1"))
    tell_consents(service, decision("ads", "denied"), decision("security", "objected"), by=PHONE)
    tell_consents(service, decision("analytics"), by=ANN_ACCOUNT, carry_from=PHONE)
    tell_consents(service, decision("unification", "withdrawn"), decision("research"), proof={}, by=ANN, reach="person")
    tell_consents(service, decision("unification", "granted", at="2030-01-01T00:00:00Z"), by=PHONE)
    before = everything()
    rebuild_identity()
    assert everything() == before
