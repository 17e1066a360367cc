"""The calculator of deadlines over HTTP, against the cases from the law, and its bad input."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.factories.callers import Caller

pytestmark = pytest.mark.django_db

CASES = {case["id"]: case for case in json.loads(Path("tests/data/cases/privacy.json").read_text())}
PATH = "/v1/privacy/deadlines"
NAMES = {"due": "due_on", "legal_due": "due_on", "internal_due": "internal_due_on", "answer_by": "due_on"}


def days(service: Caller, **asked: str) -> Any:
    answered = service.get(PATH, **asked)
    assert answered.status == 200, answered.content
    return answered.content


@pytest.mark.parametrize("number", ["REQ-01", "REQ-02", "REQ-03", "REQ-05"])
def test_the_days_are_those_of_the_law(service: Caller, number: str) -> None:
    given, expected = CASES[number]["given"], CASES[number]["expected"]
    kind = "erasure" if given.get("type") == "delete" else "access"
    asked = {"received": given["received"], "regulation": given["regime"], "type": kind}
    found = days(service, **asked, region=given.get("calendar", ""))
    names = {**NAMES, "max": "latest_on"}
    told = {name: found[names[name]] for name in expected if name in names}
    assert told == {name: value for name, value in expected.items() if name in names}
    assert told


def test_an_opt_out_cannot_be_extended(service: Caller) -> None:
    found = days(service, received="2026-03-02", regulation="ccpa", type="opt_out_sale_share", region="US-CA")
    assert (found["due_on"], found["extended_due_on"]) == ("2026-03-23", None)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"received": "yesterday"},
        {"received": "0001-01-01"},
        {"received": "9999-12-31"},
        {"received": "2026-01-01", "regulation": "lgpd"},
        {"received": "2026-01-01", "type": "everything"},
        {"received": "2026-01-01", "region": "x" * 600},
    ],
)
def test_what_is_no_question_is_refused(service: Caller, asked: dict[str, str]) -> None:
    assert service.get(PATH, **asked).status == 400


@pytest.mark.parametrize("region", ["ZZ", "DE-ZZ", "../..", "é", "-", "US-"])
def test_a_region_that_nobody_knows_has_weekends_alone(service: Caller, region: str) -> None:
    assert days(service, received="2026-05-01", region=region)["due_on"] == "2026-06-01"


def test_a_token_without_the_scope_is_refused(service: Caller) -> None:
    assert Caller("recognise").get(PATH, received="2026-01-01").status == 403
