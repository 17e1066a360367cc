"""What the Data Rights Protocol reads of signed messages, and what it says of how a request stands."""

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.protocols.drp import (
    BadVerifyKey,
    MessageRefused,
    check_claims,
    check_told_claims,
    open_message,
    presented,
    read_exercise,
    read_verify_key,
    status_body,
    told_of,
    word_of,
)
from consent.protocols.standing import Standing
from consent.requests.kinds import DENIALS
from tests.factories.protocols import (
    AGENT,
    AGENT_SEED,
    BUSINESS,
    CASES,
    OTHER_SEED,
    claims,
    exercise,
    key_of,
    signed,
)

KEY = key_of(AGENT_SEED)
NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
STANDING = Standing(
    id=UUID(int=1),
    type="access",
    state="in_progress",
    received_at=NOW,
    due_on=date(2026, 4, 15),
    external_id="x",
    answer={"agent_request_id": "foo"},
)


def refused(message: Any, now: datetime = NOW) -> tuple[int, str]:
    with pytest.raises(MessageRefused) as caught:
        check_claims(message, agent=AGENT, business=BUSINESS, now=now)
    return caught.value.status, str(caught.value)


def test_the_vector_gives_the_message() -> None:
    case = CASES["DRP-01"]
    message = open_message(case["given"]["body_text_plain"].encode(), case["given"]["verify_key_b64"])
    assert message.items() >= case["expected"].items()
    assert key_of(AGENT_SEED) == case["given"]["verify_key_b64"]
    check_claims(message, agent="AA_DEMO", business="CB_DEMO", now=NOW)


def test_an_expired_message_is_refused() -> None:
    case = CASES["DRP-02"]["given"]
    message = claims(NOW) | {"expires-at": case["expires-at"]}
    status, sentence = refused(message, datetime.fromisoformat(case["now"]))
    assert (400 <= status < 500, sentence) == (True, "expires-at is over.")


def test_a_message_counts_from_its_first_instant_to_the_last_before_its_end() -> None:
    message = claims(NOW) | {"issued-at": NOW.isoformat(), "expires-at": (NOW + timedelta(minutes=1)).isoformat()}
    check_claims(message, agent=AGENT, business=BUSINESS, now=NOW)
    assert refused(message, NOW - timedelta(microseconds=1))[1] == "issued-at is in the future."
    assert refused(message, NOW + timedelta(minutes=1))[1] == "expires-at is over."


def test_the_claims_are_held_against_what_is_so_in_the_order_of_the_specification() -> None:
    message = claims(
        NOW, **{"agent-id": "B", "business-id": "B", "issued-at": "x", "expires-at": "x", "drp.version": "7"}
    )
    said = []
    for name in ("agent-id", "business-id", "issued-at", "expires-at", "drp.version"):
        said.append(refused(message)[1].partition(" ")[0])
        message[name] = claims(NOW)[name]
    assert said == ["agent-id", "business-id", "issued-at", "expires-at", "drp.version"]
    check_claims(message, agent=AGENT, business=BUSINESS, now=NOW)


@pytest.mark.parametrize("name", ["agent-id", "business-id", "issued-at", "expires-at", "drp.version"])
@pytest.mark.parametrize("value", [None, 1, "", [], {}])
def test_each_claim_is_needed(name: str, value: Any) -> None:
    assert refused({**claims(NOW), name: value})[1].startswith(name)


def test_a_business_without_a_name_takes_no_message() -> None:
    with pytest.raises(MessageRefused, match="business-id"):
        check_claims(claims(NOW, **{"business-id": ""}), agent=AGENT, business="", now=NOW)


@pytest.mark.parametrize(
    "time", ["2026-03-01T10:00:00", "2026-03-01", "yesterday", "9999-99-99T00:00:00Z", "0001-01-01T00:00:00+09:00"]
)
def test_times_have_an_offset(time: str) -> None:
    assert refused(claims(NOW, **{"issued-at": time}))[0] == 400


def test_a_revocation_needs_no_claims_but_those_that_it_has_must_hold() -> None:
    check_told_claims({"reason": "x"}, agent=AGENT, business=BUSINESS, now=NOW)
    with pytest.raises(MessageRefused):
        check_told_claims({"reason": "x", "agent-id": "B"}, agent=AGENT, business=BUSINESS, now=NOW)
    with pytest.raises(MessageRefused):
        check_told_claims({"expires-at": "2020-01-01T00:00:00Z"}, agent=AGENT, business=BUSINESS, now=NOW)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not base64!", 400),
        (base64.b64encode(b"short"), 400),
        (base64.urlsafe_b64encode(b"\xff" * 80), 400),
        (base64.b64encode(b"\x00" * 200), 403),
        (signed(claims(), OTHER_SEED), 403),
        (base64.b64encode(base64.b64decode(signed(claims()))[:-1] + b"]"), 403),
        (signed(b"not json"), 400),
        (signed(b"[]"), 400),
        (signed(b"\xff"), 400),
        (signed(b"[" * 100_000), 400),
        (json.dumps(claims()).encode(), 400),
    ],
)
def test_what_is_no_signed_message_is_refused(body: bytes, status: int) -> None:
    with pytest.raises(MessageRefused) as caught:
        open_message(body, KEY)
    assert caught.value.status == status


def test_line_breaks_do_not_matter() -> None:
    body = signed({"a": 1})
    assert open_message(body[:70] + b"\r\n" + body[70:] + b"\n", KEY) == {"a": 1}


@given(st.binary(max_size=300))
def test_whatever_is_sent_is_opened_or_refused(body: bytes) -> None:
    with pytest.raises(MessageRefused):
        open_message(body, KEY)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from([*exercise(), "phone_number", "address", "relationships", "status_callback"]), JSON)
)
def test_whatever_an_agent_signs_is_read_or_refused(changes: dict[str, Any]) -> None:
    message = {**exercise(), **changes}
    try:
        check_claims(message, agent=AGENT, business=BUSINESS, now=datetime.now(UTC))
        found = read_exercise(message)
    except MessageRefused as error:
        assert 400 <= error.status < 500
    else:
        assert found.identifiers


@pytest.mark.parametrize(
    ("action", "type_"),
    [
        ("sale:opt_out", "opt_out_sale_share"),
        ("sale:opt-out", "opt_out_sale_share"),
        ("deletion", "erasure"),
        ("access", "access"),
        ("access:categories", "access"),
        ("access:specific", "access"),
    ],
)
def test_each_supported_action_is_a_type_of_ours(action: str, type_: str) -> None:
    assert read_exercise(exercise(action)).type == type_


@pytest.mark.parametrize("action", ["sale:opt_in", "rectify", "", None, ["access"], 1])
def test_other_actions_are_refused_in_the_specifications_words(action: Any) -> None:
    with pytest.raises(MessageRefused, match=r"^Unsupported rights actions submitted\.$"):
        read_exercise({**exercise(), "exercise": action})


@pytest.mark.parametrize(("regime", "regulation"), [("ccpa", "ccpa"), ("voluntary", ""), (None, "")])
def test_a_request_is_made_under_the_ccpa_or_voluntarily(regime: str | None, regulation: str) -> None:
    assert read_exercise({**exercise(), "regime": regime}).regulation == regulation


@pytest.mark.parametrize(
    "changes",
    [
        {"regime": "hipaa"},
        {"regime": ["ccpa"]},
        {"email": 1},
        {"email_verified": "yes"},
        {"email": None, "name": "John Doe"},
        {"phone_number_verified": 1},
        {"address": [1]},
        {"relationships": "customer"},
        {"relationships": [1]},
        {"status_callback": "not a url"},
        {"agent-request-id": 5},
        {"agent-request-id": "x" * 201},
        {"name": "a\x00b"},
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MessageRefused):
        read_exercise({**exercise(), **changes})


def test_what_is_only_claimed_never_widens_what_is_given_out() -> None:
    both = read_exercise(exercise("access", phone_number="+15550100", phone_number_verified=False))
    assert presented(both, identity_needed=True) == ([("email", "johndoe@example.com")], True)
    neither = read_exercise(exercise("access", email_verified=False))
    assert presented(neither, identity_needed=True) == ([("email", "johndoe@example.com")], False)
    opt_out = read_exercise(exercise("sale:opt_out", phone_number="+15550100"))
    found, sure = presented(opt_out, identity_needed=False)
    assert (found, sure) == ([("email", "johndoe@example.com"), ("phone", "+15550100")], False)


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("received", "", ("open", "")),
        ("identity_check", "", ("in_progress", "need_user_verification")),
        ("in_progress", "", ("in_progress", "")),
        ("awaiting_approval", "", ("in_progress", "")),
        ("executing", "", ("in_progress", "")),
        ("partially_completed", "", ("in_progress", "")),
        ("completed", "", ("fulfilled", "")),
        ("cancelled", "cancelled_by_person", ("revoked", "")),
        ("expired", "not_verified_in_time", ("denied", "insuf_verification")),
        ("denied", "no_match", ("denied", "no_match")),
        ("denied", "suspected_fraud", ("denied", "suspected_fraud")),
        ("denied", "outside_jurisdiction", ("denied", "outside_jurisdiction")),
        ("denied", "too_many_requests", ("denied", "too_many_requests")),
        ("denied", "legal_claims", ("denied", "claim_not_covered")),
        ("denied", "manifestly_unfounded", ("denied", "other")),
    ],
)
def test_each_state_has_the_protocols_words(state: str, reason: str, words: tuple[str, str]) -> None:
    assert word_of(replace(STANDING, state=state, reason=reason), now=NOW) == words


@pytest.mark.parametrize("reason", DENIALS)
def test_every_denial_is_a_reason_of_the_protocol_with_details(reason: str) -> None:
    body = status_body(replace(STANDING, state="denied", reason=reason), now=NOW)
    known = {"suspected_fraud", "insuf_verification", "no_match", "claim_not_covered", "outside_jurisdiction"}
    assert body["reason"] in known | {"too_many_requests", "other"}
    assert body["processing_details"]


def test_a_status_in_progress_says_when_and_what() -> None:
    assert status_body(STANDING, now=NOW) == {
        "request_id": str(UUID(int=1)),
        "received_at": "2026-03-01T10:05:00Z",
        "expected_by": "2026-04-15T23:59:59Z",
        "status": "in_progress",
        "agent_request_id": "foo",
        "processing_details": "The request was received and will be carried out.",
    }


def test_who_must_be_verified_is_sent_where() -> None:
    body = status_body(replace(STANDING, state="identity_check"), now=NOW, verification_url="https://v")
    assert (body["reason"], body["user_verification_url"]) == ("need_user_verification", "https://v")
    assert body["expires_at"] == "2026-03-31T10:05:00Z"


def test_a_package_is_told_until_it_expires_and_then_the_request_is_expired() -> None:
    until = NOW + timedelta(days=7)
    done = replace(STANDING, state="completed", closed_at=NOW, package_until=until)
    body = status_body(done, now=NOW, results_url="https://r")
    assert (body["status"], body["results_url"], body["expires_at"]) == (
        "fulfilled",
        "https://r",
        "2026-03-08T10:05:00Z",
    )
    late = status_body(done, now=until, results_url="https://r")
    assert (late["status"], "results_url" in late) == ("expired", False)


def test_what_is_fulfilled_without_a_package_is_kept_sixty_days() -> None:
    done = replace(STANDING, type="erasure", state="completed", closed_at=NOW)
    assert status_body(done, now=NOW)["expires_at"] == "2026-04-30T10:05:00Z"


def test_more_time_is_told_with_its_reason() -> None:
    extended = replace(STANDING, extended_because="this user has many records", due_on=date(2026, 5, 30))
    body = status_body(extended, now=NOW)
    assert (body["expected_by"], body["processing_details"]) == ("2026-05-30T23:59:59Z", "this user has many records")
    assert told_of(extended, now=NOW) != told_of(STANDING, now=NOW)


def test_a_verify_key_is_base64_or_as_it_was_before_hexadecimal() -> None:
    raw = base64.b64decode(KEY)
    assert read_verify_key(KEY) == KEY
    assert read_verify_key(raw.hex()) == KEY
    for bad in ("", "x", KEY[:-4], raw.hex()[:-2], "ü"):
        with pytest.raises(BadVerifyKey):
            read_verify_key(bad)
