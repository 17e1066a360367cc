"""The life of requests at the doors: identity, clocks, extension, duplicates, cancelling, review and appeal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from time_machine import travel

from tasks.privacy import sweep
from tests.integration.cases.requests import PATH, VOUCHED, Officer
from tests.integration.cases.service import Json, Service, browser, email, track, user

ANN, BEN, FAMILY = user("ann"), user("ben"), email("family@example.org")
NOBODY = email("nobody@example.org")
NOT_VOUCHED = {"level": "none"}
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def officer(service: Service) -> Officer:
    """Ann is known by her account, her address and her browser; Ben by his account and address."""
    service.tell(
        track(userId="ann", anonymousId="a-ann", context={"traits": {"email": "ann@example.org", "city": "Gent"}}),
        track(userId="ben", context={"traits": {"email": "ben@example.org"}}),
    )
    return Officer(service)


def days(officer: Officer, received: str, regulation: str, kind: str = "access", region: str = "") -> Json:
    asked = {"received": received, "regulation": regulation, "type": kind, "region": region}
    return officer.service.get("/v1/privacy/deadlines", **asked)


@pytest.mark.parametrize(
    ("received", "regulation", "kind", "region", "expected"),
    [
        # Three months from receipt, not from the extension; a short month ends it.
        ("2026-01-31", "gdpr", "access", "", {"due_on": "2026-03-02", "extended_due_on": "2026-04-30"}),
        ("2026-11-30", "gdpr", "access", "", {"due_on": "2026-12-30", "extended_due_on": "2027-03-01"}),
        # Christmas: 25 and 26 December are holidays in Germany, 27 is a Sunday.
        ("2026-11-25", "gdpr", "erasure", "DE", {"due_on": "2026-12-28", "internal_due_on": "2026-12-24"}),
        # Reformation day is a holiday in the north of Germany alone.
        ("2025-09-30", "gdpr", "erasure", "DE-BY", {"due_on": "2025-10-30"}),
        ("2028-01-31", "gdpr", "erasure", "", {"due_on": "2028-02-29"}),
        # Thanksgiving is 26 November 2026; receipt on Friday the 20th.
        ("2026-11-20", "ccpa", "erasure", "US", {"acknowledge_by": "2026-12-07", "due_on": "2027-01-04"}),
        ("2026-12-21", "ccpa", "access", "US", {"acknowledge_by": "2027-01-06"}),
        # Independence day falls on a Saturday in 2026 and is observed on Friday the 3rd.
        ("2026-07-01", "ccpa", "opt_out_sale_share", "US", {"due_on": "2026-07-23", "extended_due_on": None}),
        ("2026-03-02", "ccpa", "limit_sensitive", "US", {"due_on": "2026-03-23", "extended_due_on": None}),
        ("2026-02-28", "ccpa", "access", "US", {"due_on": "2026-04-14", "latest_on": "2026-05-29"}),
    ],
)
def test_the_days(officer: Officer, received: str, regulation: str, kind: str, region: str, expected: Json) -> None:
    found = days(officer, received, regulation, kind, region)
    assert {name: found[name] for name in expected} == expected


def test_more_time_is_noticed_within_the_first_period_or_not_at_all(officer: Officer) -> None:
    early = officer.make("access", ANN, identity=NOT_VOUCHED)
    extended = officer.move(early, "extend", {"reason": "Many systems."})
    assert (extended.status, extended.content["extension"]["reason"]) == (200, "Many systems.")
    assert extended.content["due_on"] == extended.content["latest_on"]
    assert officer.move(early, "extend", {"reason": "Still many."}).status == 409
    long_ago = (datetime.now(UTC) - timedelta(days=40)).isoformat()
    late = officer.make("access", BEN, identity=NOT_VOUCHED, received_at=long_ago)
    assert (late["overdue"], officer.move(late, "extend", {"reason": "Late."}).status) == (True, 409)
    assert officer.move(late, "extend", {"reason": ""}).status in (400, 422)


def test_checking_the_identity_does_not_stop_the_clock(officer: Officer) -> None:
    for regulation in ("gdpr", "ccpa"):
        with travel(START, tick=False):
            made = officer.make("access", ANN, identity=NOT_VOUCHED, regulation=regulation)
        with travel(START + timedelta(days=20), tick=False):
            verified = officer.move(made, "verify", {"level": "verified", "method": "code"}).content
            assert (verified["state"], verified["due_on"]) == ("in_progress", made["due_on"])
            officer.move(made, "cancel")


def test_a_check_that_is_not_enough_leaves_the_request_waiting_until_it_runs_out(officer: Officer) -> None:
    with travel(START, tick=False):
        made = officer.make("erasure", ANN, identity=NOT_VOUCHED)
        tried = officer.move(made, "verify", {"level": "none", "method": "nothing"})
        assert tried.status in (200, 409, 422)
        assert officer.read(made)["state"] == "identity_check"
    with travel(START + timedelta(days=31), tick=False):
        sweep()
        assert (officer.read(made)["state"], officer.read(made)["reason"]) == ("expired", "not_verified_in_time")
        assert officer.move(made, "verify", {"level": "document", "method": "passport"}).status == 409
        assert officer.service.recognise(ANN)["status"] == "known"


def test_who_cannot_be_verified_is_denied_with_that_reason(officer: Officer) -> None:
    made = officer.make("access", ANN, identity=NOT_VOUCHED)
    body = {"reason": "insuf_verification", "explanation": "The document did not match."}
    denied = officer.move(made, "deny", body).content
    assert (denied["state"], denied["reason"]) == ("denied", "insuf_verification")
    assert denied["processing_details"] == "The document did not match."
    assert officer.move(made, "deny", body).status == 409
    assert officer.move(made, "verify", {"level": "document", "method": "passport"}).status == 409


@pytest.mark.parametrize(
    "reason", ["suspected_fraud", "no_match", "claim_not_covered", "outside_jurisdiction", "too_many_requests", "other"]
)
def test_every_reason_of_the_protocol_is_one(officer: Officer, reason: str) -> None:
    made = officer.make("erasure", ANN, identity=NOT_VOUCHED)
    assert officer.move(made, "deny", {"reason": reason, "explanation": "No."}).content["reason"] == reason


def test_a_reason_that_nobody_knows_and_one_without_words_are_refused(officer: Officer) -> None:
    made = officer.make("erasure", ANN, identity=NOT_VOUCHED)
    assert officer.move(made, "deny", {"reason": "we_do_not_like_it", "explanation": "No."}).status in (400, 422)
    assert officer.move(made, "deny", {"reason": "other", "explanation": ""}).status in (400, 422)
    assert officer.read(made)["state"] == "identity_check"


@pytest.mark.parametrize(
    ("kind", "regulation", "asked"),
    [("erasure", "ccpa", True), ("erasure", "gdpr", False), ("access", "ccpa", False)],
)
def test_whom_california_lets_nothing_be_erased_for_is_asked_to_opt_out(
    officer: Officer, kind: str, regulation: str, asked: bool
) -> None:
    made = officer.make(kind, ANN, identity=NOT_VOUCHED, regulation=regulation)
    officer.move(made, "deny", {"reason": "insuf_verification", "explanation": "The code was wrong."})
    fields = officer.service.get(f"{PATH}/{made['id']}/letter")["fields"]
    assert ("opt_out_offer" in fields) is asked
    if asked:
        path = "/privacy/opt-out" + fields["opt_out_offer"].partition("/privacy/opt-out")[2]
        assert officer.service.anyone("GET", path).status == 200


def test_after_the_first_is_answered_the_same_question_is_a_new_request(officer: Officer) -> None:
    first = officer.done("access", ANN)
    second = officer.done("access", ANN)
    assert (first["state"], second["state"]) == ("completed", "completed")
    assert (second["id"] != first["id"], second["duplicate_of"]) == (True, None)


def test_after_the_first_is_cancelled_or_denied_the_same_question_is_a_new_request(officer: Officer) -> None:
    first = officer.make("erasure", ANN, cooling_off_days=7)
    assert officer.make("erasure", email("ann@example.org"))["duplicate_of"] == first["id"]
    assert officer.move(first, "cancel").content["state"] == "cancelled"
    assert officer.move(first, "cancel").status == 409
    second = officer.make("erasure", ANN, cooling_off_days=7)
    assert second["state"] == "in_progress"
    officer.move(second, "deny", {"reason": "legal_claims", "explanation": "A claim is open."})
    assert officer.done("erasure", ANN)["state"] == "completed"


def test_two_that_are_not_verified_are_no_duplicates_until_both_are(officer: Officer) -> None:
    first, second = (officer.make("access", ANN, identity=NOT_VOUCHED) for _ in range(2))
    assert {officer.read(one)["state"] for one in (first, second)} == {"identity_check"}
    officer.move(second, "verify", {"level": "verified", "method": "code"})
    officer.move(first, "verify", {"level": "verified", "method": "code"})
    states = {officer.read(one)["id"]: officer.read(one)["state"] for one in (first, second)}
    assert states == {first["id"]: "in_progress", second["id"]: "duplicate"}
    assert officer.read(second)["duplicate_of"] == first["id"]


def test_another_type_another_person_and_the_lifting_are_no_duplicates(officer: Officer) -> None:
    officer.make("access", ANN)
    assert officer.make("portability", ANN)["state"] == "in_progress"
    assert officer.make("access", BEN)["state"] == "in_progress"
    assert officer.make("restriction", ANN)["state"] == "completed"
    assert officer.make("restriction", ANN, details={"lift": True})["state"] == "completed"


def test_what_was_done_cannot_be_cancelled(officer: Officer) -> None:
    for kind in ("erasure", "opt_out_sale_share"):
        ended = officer.done(kind, ANN if kind == "erasure" else BEN)
        assert ended["state"] == "completed"
        assert officer.move(ended, "cancel").status == 409


def test_an_approval_is_waited_for_and_the_refusal_of_it_deletes_nothing(officer: Officer, settings: Any) -> None:
    settings.PRIVACY_APPROVAL = ["erasure"]
    made = officer.done("erasure", ANN)
    assert made["state"] == "awaiting_approval"
    assert officer.service.recognise(ANN)["status"] == "known"
    approved = officer.move(made, "approve").content
    sweep()
    assert (approved["approved_by"] != "", officer.read(made)["state"]) == (True, "completed")
    other = officer.done("erasure", BEN)
    officer.move(other, "deny", {"reason": "legal_obligation", "explanation": "Article 17(3)(b)."})
    assert officer.service.recognise(BEN)["status"] == "known"


def test_a_shared_mailbox_deletes_nobody_and_opts_everybody_out(officer: Officer) -> None:
    service = officer.service
    people = [f"member-{n}" for n in range(6)]
    service.tell(*(track(userId=one, context={"traits": {"email": FAMILY[1]}}) for one in people))
    service.decide([user(people[0])], {"marketing.email": "granted", "ads.sale_share": "granted"})
    ended = officer.done("erasure", FAMILY)
    assert (ended["state"], [gap["group"] for gap in ended["gaps"]] != []) == ("partially_completed", True)
    for one in people:
        assert service.recognise(user(one))["status"] == "known"
        assert not service.allows(user(one), "marketing.email")
        assert not service.allows(user(one), "ads.sale_share")


def test_what_a_device_alone_ties_awaits_review_and_is_done_when_included(officer: Officer) -> None:
    service = officer.service
    service.tell(
        track(anonymousId="tablet", userId="cy"),
        track(anonymousId="tablet", context={"traits": {"email": "dee@example.org"}}),
    )
    ended = officer.done("erasure", user("cy"))
    assert ended["state"] == "partially_completed"
    groups = {gap["group"] for gap in ended["gaps"]}
    assert service.recognise(email("dee@example.org"))["status"] == "known"
    officer.move(ended, "review", {"groups": dict.fromkeys(groups, "leave")})
    assert officer.read(ended)["state"] == "completed"
    assert service.recognise(email("dee@example.org"))["status"] == "known"


@pytest.mark.parametrize("kind", ["opt_out_sale_share", "limit_sensitive", "objection", "withdraw_consent"])
def test_a_choice_of_somebody_unknown_is_taken_and_waits_for_them(officer: Officer, kind: str) -> None:
    made = officer.make(kind, NOBODY, identity=NOT_VOUCHED)
    assert made["state"] == "completed"
    officer.service.tell(track(context={"traits": {"email": NOBODY[1]}}))
    purpose = {"opt_out_sale_share": "ads.sale_share", "limit_sensitive": "sensitive"}.get(kind, "marketing")
    found = officer.service.in_force(NOBODY, purpose)
    assert (found["state"] in ("denied", "objected", "withdrawn"), found["allowed"]) == (True, False)


def test_known_and_unknown_people_get_the_same_first_answer(officer: Officer) -> None:
    different = {"id", "certificate_url", "received_at", "acknowledged_at"}
    for kind in ("access", "erasure", "rectification"):
        details = {"traits": {"city": "Ulm"}} if kind == "rectification" else None
        known, unknown = (
            officer.make(kind, who, identity=NOT_VOUCHED, details=details) for who in (email("ann@example.org"), NOBODY)
        )
        assert {k: v for k, v in known.items() if k not in different} == {
            k: v for k, v in unknown.items() if k not in different
        }


def test_an_identifier_that_moved_to_somebody_else_gives_its_new_holders_data(officer: Officer) -> None:
    service = officer.service
    first = service.same(user("ann"), user("old-account"))
    service.take_back(first)
    service.same(user("ben"), user("old-account"))
    files = officer.package("access", user("old-account"))
    everything = b"".join(files.values())
    assert b"ben@example.org" in everything
    assert b"ann@example.org" not in everything


def test_an_appeal_has_its_own_clock_and_may_be_right(officer: Officer) -> None:
    made = officer.make("access", ANN, identity=NOT_VOUCHED, regulation="ccpa")
    assert officer.move(made, "appeal", {"reason": "Too slow."}).status == 409
    officer.move(made, "deny", {"reason": "suspected_fraud", "explanation": "No."})
    appealed = officer.move(made, "appeal", {"reason": "It is me."})
    assert (appealed.status, appealed.content["appeals"][0]["state"]) == (201, "received")
    due = datetime.fromisoformat(appealed.content["appeals"][0]["due_on"]).date()
    assert due == datetime.now(UTC).date() + timedelta(days=45)
    assert officer.move(made, "appeal", {"reason": "Again."}).status == 409
    decided = officer.move(made, "appeal/decision", {"upheld": True, "outcome": "You are right."}).content
    assert (decided["appeals"][0]["state"], decided["state"]) == ("upheld", "denied")


def test_what_awaits_an_answer_is_listed_by_its_day_and_what_is_late_too(officer: Officer) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=60)).isoformat()
    late = officer.make("access", ANN, identity=NOT_VOUCHED, received_at=long_ago)
    fresh = officer.make("access", BEN, identity=NOT_VOUCHED)
    listed = officer.service.get(PATH, overdue="true")["items"]
    assert [one["id"] for one in listed] == [late["id"]]
    soon = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    assert {one["id"] for one in officer.service.get(PATH, due_before=soon)["items"]} == {late["id"], fresh["id"]}


@pytest.mark.parametrize(
    "body",
    [
        {"type": "erase"},
        {"identifiers": []},
        {"identifiers": [{"type": "no_such_type", "value": "x"}]},
        {"identifiers": [{"type": "email", "value": "not an address"}]},
        {"identifiers": [{"type": "email", "value": ""}]},
        {"regulation": "lgpd"},
        {"received_at": "2999-01-01T00:00:00Z"},
        {"received_at": "2026-01-01"},
        {"cooling_off_days": 31},
        {"cooling_off_days": -1},
        {"identity": {"level": "certain"}},
        {"source": "gpc"},
        {"surprise": 1},
        {"details": {"lift": True}},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(officer: Officer, body: Json) -> None:
    usual = {"type": "access", "identifiers": [{"type": "email", "value": "ann@example.org"}], "identity": VOUCHED}
    answered = officer.service.ask("POST", PATH, {**usual, **body})
    assert answered.status in (400, 422), answered.body
    assert b"ann@example.org" not in answered.body
    assert officer.service.get(PATH)["items"] == []


def test_a_browser_alone_can_be_asked_for(officer: Officer) -> None:
    officer.service.tell(track(anonymousId="only-a-browser"))
    assert officer.done("erasure", browser("only-a-browser"))["state"] == "completed"
    assert officer.service.recognise(browser("only-a-browser"))["status"] == "unknown"
