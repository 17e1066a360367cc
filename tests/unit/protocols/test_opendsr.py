"""What OpenDSR reads, word for word, and what it says of how a request stands."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.protocols.opendsr import (
    FORMATS,
    IDENTITY_TYPES,
    OPENCOMPLIANCE,
    OPENDSR,
    OPENGDPR,
    Dialect,
    Malformed,
    SubjectRequest,
    callback_body,
    discovery_body,
    error_body,
    is_request_id,
    read_request,
    status_body,
    word_of,
)
from consent.protocols.standing import Standing
from tests.factories.protocols import CASES, dsr, identity

DOMAIN = "processor.example"
ANSWER = {
    "controller_id": "acme",
    "expected_completion_time": "2026-03-31T23:59:59Z",
    "received_time": "2026-03-01T15:00:01Z",
    "api_version": "2.0",
    "header": "X-OpenDSR",
}
STANDING = Standing(
    id=UUID(int=1),
    type="access",
    state="in_progress",
    received_at=datetime(2026, 3, 1, 15, tzinfo=UTC),
    due_on=date(2026, 4, 1),
    external_id="a7551968-d5d6-44b2-9831-815ac9017798",
    answer=ANSWER,
)


def read(body: Any, dialect: Dialect = OPENDSR, **options: Any) -> SubjectRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_request(raw, dialect=dialect, domain=DOMAIN, **options)


def wrong_with(body: Any, dialect: Dialect = OPENDSR) -> list[str]:
    with pytest.raises(Malformed) as refused:
        read(body, dialect)
    return list(refused.value.sentences)


def test_the_request_of_the_specification_is_read() -> None:
    found = read(CASES["DSR-01"]["given"]["body"])
    assert (found.id, found.type, found.regulation) == ("a7551968-d5d6-44b2-9831-815ac9017798", "erasure", "gdpr")
    assert found.submitted_at == datetime(2026, 3, 1, 15, tzinfo=UTC)
    assert found.identities == [("email", "johndoe@example.com")]
    assert found.callbacks == ["https://controller.example/opendsr/callbacks"]


def test_a_request_without_regulation_is_refused_as_the_case_says() -> None:
    case = CASES["DSR-02"]
    sentences = wrong_with(dsr(regulation=None))
    assert error_body(400, sentences)["error"] == case["expected"]["error"]


def test_a_lenient_deployment_and_the_earliest_dialect_need_no_regulation() -> None:
    assert read(dsr(regulation=None), lenient=True).regulation == ""
    assert read(dsr(regulation=None), OPENGDPR).regulation == ""
    assert wrong_with(dsr(regulation=None), OPENCOMPLIANCE) == ["regulation field is required."]
    assert wrong_with(dsr(regulation="lgpd"), OPENGDPR) == ["regulation is not supported; it is one of: gdpr, ccpa."]


@pytest.mark.parametrize(
    "id_",
    [
        CASES["DSR-03"]["given"]["subject_request_id"],
        "a7551968-d5d6-14b2-9831-815ac9017798",  # version 1
        "a7551968-d5d6-44b2-7831-815ac9017798",  # another variant
        "a7551968d5d644b29831815ac9017798",
        "{a7551968-d5d6-44b2-9831-815ac9017798}",
        "a7551968-d5d6-44b2-9831-815ac9017798\n",
        "1",
    ],
)
def test_an_id_is_a_uuid_of_version_4_in_lower_case(id_: str) -> None:
    assert not is_request_id(id_)
    assert wrong_with(dsr(subject_request_id=id_)) == ["subject_request_id is not a UUID v4 in lower case."]


@pytest.mark.parametrize(
    "name", ["subject_request_id", "subject_request_type", "submitted_time", "subject_identities", "regulation"]
)
def test_each_required_field_is_asked_for_in_the_specifications_words(name: str) -> None:
    assert wrong_with(dsr(**{name: None})) == [f"{name} field is required."]


def test_everything_that_is_wrong_is_said_at_once_and_repeats_no_value() -> None:
    body = dsr(
        subject_request_type="rectification",
        submitted_time="2026 03 01",
        subject_identities=[identity("email", "secret@example.com", "rot13"), identity("passport", "X-SECRET")],
    )
    sentences = wrong_with(body)
    assert sentences == [
        "subject_request_type is not supported; it is one of: access, portability, erasure.",
        "submitted_time is not a date and time as RFC 3339 has it.",
        "subject_identities[0].identity_format is not supported; it is one of: raw, sha1, md5, sha256.",
        f"subject_identities[1].identity_type is not supported; it is one of: {', '.join(IDENTITY_TYPES)}.",
    ]


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "raw"])
def test_hashes_are_refused_as_discovery_says(form: str) -> None:
    [sentence] = wrong_with(dsr(subject_identities=[identity(form=form)]))
    assert sentence.startswith("subject_identities[0].identity_format is not supported here")
    formats = {
        one["identity_format"] for one in discovery_body(dialect=OPENDSR, certificate_url="u")["supported_identities"]
    }
    assert formats == {"raw"}


@pytest.mark.parametrize(("type_", "ours"), IDENTITY_TYPES.items())
def test_each_type_of_identity_is_one_of_ours(type_: str, ours: str) -> None:
    assert read(dsr(subject_identities=[identity(type_, "value-1")])).identities == [(ours, "value-1")]
    listed = discovery_body(dialect=OPENDSR, certificate_url="u")["supported_identities"]
    assert {"identity_type": type_, "identity_format": "raw"} in listed


@pytest.mark.parametrize(
    ("time", "read_as"),
    [
        ("2018-10-02T15:00:00Z", datetime(2018, 10, 2, 15, tzinfo=UTC)),
        ("2018-10-02t17:00:00.5+02:00", datetime(2018, 10, 2, 15, 0, 0, 500_000, tzinfo=UTC)),
        ("2018-10-02T15:00:00", None),
        ("2018-10-02", None),
        ("2018-13-02T15:00:00Z", None),
        ("0001-01-01T00:00:00+10:00", None),
        (1_538_492_400, None),
        ("", None),
    ],
)
def test_times_are_those_of_rfc_3339(time: Any, read_as: datetime | None) -> None:
    if read_as is None:
        assert len(wrong_with(dsr(submitted_time=time))) == 1
    else:
        assert read(dsr(submitted_time=time)).submitted_at == read_as


def test_an_extension_of_this_processor_names_identities_that_the_protocol_has_no_type_for() -> None:
    own = {DOMAIN: {"identities": [identity("phone", "+49301234567")]}, "other.example": {"mpids": [1]}}
    assert read(dsr(subject_identities=None, extensions=own)).identities == [("phone", "+49301234567")]
    assert read(dsr(extensions=own)).identities == [("email", "johndoe@example.com"), ("phone", "+49301234567")]


@pytest.mark.parametrize(
    "extensions",
    [
        [],
        {"other.example": 1},
        {DOMAIN: {"identities": [], "token": "x"}},
        {DOMAIN: {"identities": [identity("email")]}},
        {DOMAIN: {}},
    ],
)
def test_an_extension_that_is_none_is_refused(extensions: Any) -> None:
    assert wrong_with(dsr(extensions=extensions))


def test_an_extension_of_another_processor_alone_names_nobody() -> None:
    only_others = dsr(subject_identities=None, extensions={"other.example": {"mpids": [1]}})
    assert wrong_with(only_others) == ["subject_identities field is required."]


@pytest.mark.parametrize("version", ["2.0", "2", "2.1", "1.0", "0.1"])
def test_versions_up_to_this_one_are_taken(version: str) -> None:
    assert read(dsr(api_version=version)).type == "erasure"


@pytest.mark.parametrize("version", ["3.0", "two", "", 2, "2.0 "])
def test_later_versions_and_what_is_none_are_refused(version: Any) -> None:
    assert wrong_with(dsr(api_version=version)) == ["api_version is not supported; the newest is 2.0."]


@pytest.mark.parametrize(
    "urls", ["https://a.example/", [1], [""], ["ftp://a.example"], ["https://"], ["https://a.example:x/"], ["x"] * 11]
)
def test_callbacks_are_urls(urls: Any) -> None:
    assert wrong_with(dsr(status_callback_urls=urls))


@pytest.mark.parametrize(
    "identities", [{}, [], [1], [{}], "x", [identity()] * 51, [identity(value="")], [identity(value="x" * 501)]]
)
def test_identities_are_a_list_of_whole_identities(identities: Any) -> None:
    assert wrong_with(dsr(subject_identities=identities))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": NaN}',
        b'{"a": "\\ud800"}',
        b'{"a": 1e3, "b": 9223372036854775808}',
        b'{"a":' * 33 + b"1" + b"}" * 33,
    ],
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    assert len(wrong_with(body)) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*dsr(), "extensions"]), JSON))
def test_whatever_is_sent_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        found = read(dsr(**changes))
    except Malformed as refused:
        assert refused.sentences
    else:
        assert found.identities


@pytest.mark.parametrize(
    ("state", "reason", "word"),
    [
        ("received", "", "pending"),
        ("identity_check", "", "pending"),
        ("in_progress", "", "pending"),
        ("awaiting_approval", "", "pending"),
        ("executing", "", "in_progress"),
        ("partially_completed", "", "in_progress"),
        ("completed", "", "completed"),
        ("denied", "no_match", "completed"),
        ("denied", "suspected_fraud", "cancelled"),
        ("cancelled", "", "cancelled"),
        ("expired", "", "cancelled"),
    ],
)
def test_each_state_is_one_of_the_four_words(state: str, reason: str, word: str) -> None:
    assert word_of(replace(STANDING, state=state, reason=reason)) == word


def test_a_status_tells_the_results_only_where_there_are_some() -> None:
    until = datetime(2026, 4, 1, tzinfo=UTC)
    done = replace(STANDING, state="completed", rows=103, package_until=until)
    assert status_body(done, results_url="https://u")["results_url"] == "https://u"
    assert status_body(done, results_url="https://u")["results_count"] == 103
    assert "results_url" not in status_body(replace(done, fetched=True), results_url="https://u")
    assert "results_url" not in status_body(replace(done, state="executing"), results_url="https://u")
    assert "results_url" not in callback_body(done, url="https://c.example/", word="completed")


def test_more_time_moves_the_expected_completion() -> None:
    assert status_body(STANDING)["expected_completion_time"] == "2026-03-31T23:59:59Z"
    extended = replace(STANDING, extended_because="many requests", due_on=date(2026, 6, 1))
    assert status_body(extended)["expected_completion_time"] == "2026-06-01T23:59:59Z"
