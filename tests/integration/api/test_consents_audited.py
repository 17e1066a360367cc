"""What acts of deciding leave in the public audit log: the purpose and the answer, and nobody."""

import json
from typing import Any

import pytest
from django.test import Client

from consent.models import AuditEntry
from tests.factories.callers import Caller
from tests.factories.consents import PROOF, decision, tell_consents, told

pytestmark = pytest.mark.django_db

TWICE = {**PROOF, "method": "double_opt_in"}


def logged() -> list[dict[str, Any]]:
    """What the entries tell beside their place."""
    entries = [json.loads(entry) for entry in AuditEntry.objects.values_list("entry", flat=True)]
    return [{name: entry[name] for name in entry.keys() - {"seq", "prev", "at"}} for entry in entries]


def test_an_act_leaves_an_entry_for_each_purpose(service: Caller) -> None:
    tell_consents(service, decision("analytics"), decision("marketing.email", "denied"))
    tell_consents(service, decision("analytics", "withdrawn"))
    assert logged() == [
        {"type": "consent.granted", "purpose": "analytics"},
        {"type": "consent.denied", "purpose": "marketing.email"},
        {"type": "consent.withdrawn", "purpose": "analytics"},
    ]


def test_a_grant_that_is_not_proven_is_logged_as_such(service: Caller) -> None:
    tell_consents(service, decision("analytics"), proof={})
    assert logged() == [{"type": "consent.granted", "purpose": "analytics", "problem": "unproven"}]


def test_a_restriction_is_logged(service: Caller) -> None:
    tell_consents(service, decision("*", "restricted"))
    assert logged() == [{"type": "consent.restricted", "purpose": "*"}]


def test_the_same_act_again_leaves_nothing(service: Caller) -> None:
    body = {"id": "018f2b3c-0000-7000-8000-00000000abcd"}
    for _ in range(2):
        assert tell_consents(service, decision("analytics", at="2026-01-01T00:00:00Z"), **body).status == 201
    assert len(logged()) == 1


def test_a_refused_act_leaves_nothing(service: Caller) -> None:
    asked = told(decision("analytics"), decision("no.such.purpose"))
    assert service.post("/v1/consents", asked).status == 422
    assert logged() == []


def test_a_confirmation_is_logged_when_it_happens(service: Caller) -> None:
    made = tell_consents(service, decision("marketing.email"), proof=TWICE).content
    assert logged() == [{"type": "consent.requested", "purpose": "marketing.email"}]
    path = made["confirmations"][0]["url"].removeprefix("http://testserver")
    Client().get(path)
    assert len(logged()) == 1
    Client().post(path)
    assert logged()[1:] == [{"type": "consent.granted", "purpose": "marketing.email"}]
