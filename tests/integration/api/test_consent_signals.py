"""POST /v1/consents/signals: what a signal says is told, and nothing is stored."""

from typing import Any

import pytest

from consent.models import ConsentDecision
from tests.factories.callers import Caller
from tests.factories.channels import make_source

pytestmark = pytest.mark.django_db

PUBLISHED_TC_STRING = "CQSbk4AQSbk4ANwAAAENAwCgAAAAAAAAAAYgACPAAAAA.IDKQA4AAgAKAGQAygAAA"
CALIFORNIA = "DBABBg~BUUAAACA.YA"


def read(service: Caller, **body: Any) -> Any:
    """A signal that can be read."""
    answered = service.post("/v1/consents/signals", body)
    assert answered.status == 200, answered.content
    assert not ConsentDecision.objects.exists()
    return answered.content


@pytest.mark.parametrize(
    ("headers", "on"),
    [
        ({"Sec-GPC": "1"}, True),
        ({"sec-gpc": "1"}, True),
        ({"Sec-GPC": "0,1"}, True),
        ({"Sec-GPC": "0"}, False),
        ({"Sec-GPC": "true"}, False),
        ({"Sec-GPC": "1;x"}, False),
        ({}, False),
    ],
)
def test_only_the_exact_value_of_the_gpc_header_counts(service: Caller, headers: dict[str, str], on: bool) -> None:
    found = read(service, headers=headers)
    assert found["gpc"] is on
    meant = [{"purpose": "ads.sale_share", "state": "denied", "signal": "gpc"}]
    assert found["decisions"] == (meant if on else [])


def test_a_published_tc_string_is_told_by_the_names_of_its_specification(service: Caller) -> None:
    found = read(service, tc_string=PUBLISHED_TC_STRING)["tcf"]
    expected = {
        "cmpId": 880,
        "created": "2025-06-03T00:00:00Z",
        "isServiceSpecific": True,
        "publisherCC": "DE",
        "vendorConsents": [1, 2, 3, 4],
        "purposeConsents": [],
        "vendorsDisclosed": [1, 2, 3, 4, 5, 100, 404],
    }
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(("header", "sections"), [("DBABM", [2]), ("DBABjw", [5, 6]), ("DBABBg", [8])])
def test_the_header_of_a_gpp_string_is_read_alone(service: Caller, header: str, sections: list[int]) -> None:
    found = read(service, gpp=header)
    assert {name: found["gpp"][name] for name in ("type", "version", "sections")} == {
        "type": 3,
        "version": 1,
        "sections": sections,
    }
    assert (found["decisions"], len(found["warnings"])) == ([], 1)


def test_a_section_of_california_opts_out_and_carries_gpc(service: Caller) -> None:
    found = read(service, gpp=CALIFORNIA)
    [section] = found["gpp"]["decoded"]
    told = {name: section["fields"][name] for name in ("SaleOptOut", "SharingOptOut", "MspaCoveredTransaction")}
    assert (section["id"], section["gpc"], told) == (
        8,
        True,
        {"SaleOptOut": 1, "SharingOptOut": 1, "MspaCoveredTransaction": 2},
    )
    assert found["gpc"] is True
    assert found["decisions"] == [{"purpose": "ads.sale_share", "state": "denied", "signal": "gpp"}]


def test_the_block_of_an_event_is_told_with_what_is_wrong_in_it(service: Caller) -> None:
    make_source("web", consent_categories={"C0002": ["analytics"]})
    block = {"consent": {"categoryPreferences": {"C0002": True, "ads": False, "research": "yes"}}}
    found = read(service, context=block, source="web")
    assert found["decisions"] == [
        {"purpose": "ads", "state": "denied", "signal": "segment"},
        {"purpose": "analytics", "state": "granted", "signal": "segment"},
    ]
    assert len(found["warnings"]) == 1
    broken = read(service, context={"consentManagement": "not-an-object"})
    assert (broken["unreadable"], broken["decisions"]) == (True, [])


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"tc_string": "nonsense"}, 422, "/tc_string"),
        ({"tc_string": PUBLISHED_TC_STRING[:20]}, 422, "/tc_string"),
        ({"gpp": "nonsense"}, 422, "/gpp"),
        ({"gpp": "DBABBg~"}, 200, ""),
        ({"gpp": "DBABBg~A~B"}, 422, "/gpp"),
        ({}, 400, ""),
        ({"headers": []}, 400, "/headers"),
        ({"context": {}, "source": "nowhere"}, 422, "/source"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(service: Caller, body: Any, status: int, pointer: str) -> None:
    answered = service.post("/v1/consents/signals", body)
    assert answered.status == status
    if status != 200:
        [error] = answered.content["errors"]
        assert (error["pointer"], error["detail"][-1]) == (pointer, ".")
