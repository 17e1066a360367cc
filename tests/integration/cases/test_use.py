"""Consent at the moment of use: recognition, reads, exports, replays. Cases USE-*, and their neighbours."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consent.delivery_sending import send_due
from tests.factories.recipients import TestRecipient, recipient
from tests.integration.cases.service import (
    CHANGED,
    PROOF,
    Identifier,
    Json,
    Service,
    email,
    expected,
    given,
    instant,
    named,
    stamped,
    track,
    user,
)

BLOCKED = "blocked"


class Recipients:
    """Registered recipients, all of them at one address: each message verifies by the secret of one."""

    def __init__(self, server: TestRecipient) -> None:
        self._server = server
        self._count = 0

    def register(self, service: Service, *purposes: str, **fields: Any) -> str:
        """A recipient that has data for some purposes, none: for all; its secret."""
        self._count += 1
        body = {"url": self._server.url, "purposes": list(purposes), **fields}
        answered = service.ask("PUT", f"/v1/privacy/recipients/recipient-{self._count}", body)
        assert answered.status == 201, answered.body
        secret: str = answered.content["secret"]
        return secret

    def verified(self, secret: str) -> list[Json]:
        """Have the workers send what is due; all that came, signed by this recipient's secret alone."""
        while send_due():
            pass
        return self._server.verified(secret)


@pytest.fixture
def sent_to(service: Service, settings: Any) -> Iterator[Recipients]:
    settings.OUTGOING_PRIVATE = True
    with recipient() as server:
        yield Recipients(server)


def exported(service: Service, purpose: str, *people: Identifier) -> list[bool]:
    """For whom an export may hold a row."""
    body = {"purpose": purpose, "subjects": [{"identifiers": [named(one)]} for one in people]}
    found: list[bool] = service.post("/v1/consents/check/batch", body)["allowed"]
    return found


def allowed(service: Service, who: Identifier, *purposes: str) -> list[str]:
    """Which of some purposes may be used for somebody."""
    found = service.check(identifiers=[named(who)], purposes=list(purposes))["purposes"]
    return [key for key in purposes if found[key]["allowed"]]


def test_who_withdraws_is_out_of_the_next_export(service: Service) -> None:
    case = given("USE-01")
    member, other = user(case["member"]), user("other")
    service.decide([member], {case["purpose"]: "granted"})
    service.decide([other], {case["purpose"]: "granted"})
    assert exported(service, case["purpose"], member, other) == [True, True]
    service.decide([member], {case["purpose"]: "withdrawn"})
    contains, still = exported(service, case["purpose"], member, other)
    assert contains is expected("USE-01")["export_contains"]
    assert still
    assert service.recognise(member, purpose=case["purpose"])["status"] == "withheld"


def test_recipients_of_the_purpose_get_a_removal_at_once(service: Service, sent_to: Recipients) -> None:
    case = given("USE-01")
    member = user(case["member"])
    service.decide([member], {case["purpose"]: "granted"})
    [secret, _] = [sent_to.register(service, *purposes) for purposes in ((case["purpose"],), ("research",))]
    service.decide([member], {case["purpose"]: "withdrawn"})
    removals = sent_to.verified(secret)
    assert bool(removals) is expected("USE-01")["removal_sent"]
    [removal] = removals
    assert removal["type"] == "privacy.withdraw_consent"
    assert removal["data"]["identifiers"] == [named(member)]
    assert removal["data"]["purposes"] == [case["purpose"]]


def test_a_grant_is_told_to_nobody(service: Service, sent_to: Recipients) -> None:
    secret = sent_to.register(service)
    service.decide([user("u-1")], {"marketing.email": "granted", "ads": "requested"})
    assert sent_to.verified(secret) == []


def test_what_forbids_is_told_as_what_it_is_and_so_is_its_end(service: Service, sent_to: Recipients) -> None:
    secret = sent_to.register(service)
    service.decide([user("u-1")], {"ads.sale_share": "denied", "ads": "denied", "marketing": "objected"})
    service.decide([user("u-1")], {"*": "restricted"})
    service.decide([user("u-1")], {"*": "restriction_lifted", "marketing": "objection_lifted"})
    told = [(one["type"].removeprefix("privacy."), one["data"]["purposes"]) for one in sent_to.verified(secret)]
    assert sorted(told) == [
        ("objection", ["marketing"]),
        ("objection_lifted", ["marketing"]),
        ("opt_out_sale_share", ["ads.sale_share"]),
        ("restriction", ["*"]),
        ("restriction_lifted", ["*"]),
        ("withdraw_consent", ["ads"]),
    ]


def test_the_same_act_again_tells_nobody_again(service: Service, sent_to: Recipients) -> None:
    secret = sent_to.register(service)
    act = {"id": "0190a6e0-0000-7000-8000-000000000001"}
    for _ in range(2):
        service.decide([user("u-1")], {"ads": "denied"}, **act)
    assert len(sent_to.verified(secret)) == 1


def test_a_recipient_that_knows_people_by_mail_is_told_the_address_of_who_was_signed_in(
    service: Service, sent_to: Recipients
) -> None:
    service.tell({"type": "identify", "userId": "u-1", "traits": {"email": "ann@x.test"}})
    service.tell({"type": "identify", "userId": "u-2", "traits": {"email": "bob@x.test"}})
    secret = sent_to.register(service, identifier_types=["email"])
    service.decide([user("u-1")], {"marketing.email": "withdrawn"})
    [removal] = sent_to.verified(secret)
    assert removal["data"]["identifiers"] == [named(email("ann@x.test"))]


def test_an_event_whose_job_is_to_change_consent_is_told_and_a_stamp_is_not(
    service: Service, sent_to: Recipients
) -> None:
    secret = sent_to.register(service)
    now = datetime.now(UTC)
    for name in ("Seen", CHANGED):
        service.tell(stamped({"ads": False, "research": True}, at=now.isoformat(), event=name, userId="u-1"))
    [removal] = sent_to.verified(secret)
    assert (removal["type"], removal["data"]["purposes"]) == ("privacy.withdraw_consent", ["ads"])
    assert removal["data"]["identifiers"] == [named(user("u-1"))]


def test_history_that_is_imported_is_told_to_nobody(service: Service, sent_to: Recipients) -> None:
    secret = sent_to.register(service)
    long_ago = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    service.tell(stamped({"ads": False}, at=long_ago, event=CHANGED, userId="u-1"))
    assert sent_to.verified(secret) == []
    assert not service.allows(user("u-1"), "ads")


def test_an_old_event_is_checked_against_today(service: Service) -> None:
    case = given("USE-02")
    stored = stamped(case["event"]["consent"], at=instant(case["event"]["at"]), userId="u-1")
    service.tell(stored)
    event = {"context": stored["context"], "timestamp": stored["timestamp"]}
    recipients = {"shop": ["ads"]}
    before = service.check(identifiers=[named(user("u-1"))], recipients=recipients, event=event)
    assert before["recipients"] == {"shop": "send"}
    service.decide([user("u-1")], {"ads": ("withdrawn", case["withdrawn"])})
    after = service.check(identifiers=[named(user("u-1"))], recipients=recipients, event=event)
    assert (after["recipients"]["shop"] == "send") is expected("USE-02")["sent"]
    assert after["reasons"]["shop"]


def test_delivering_an_old_event_again_brings_its_consent_not_back(service: Service) -> None:
    event = stamped({"ads": True}, at="2026-01-01T00:00:00Z", userId="u-1", messageId="old")
    service.tell(event)
    service.decide([user("u-1")], {"ads": ("withdrawn", "2026-02-01")})
    service.tell(event, {**event, "messageId": "replayed"})
    assert service.state(user("u-1"), "ads") == "withdrawn"


def test_a_stamp_of_an_old_event_can_only_narrow(service: Service) -> None:
    service.decide([user("u-1")], {"ads": "granted"})
    event = {"context": {"consent": {"categoryPreferences": {"ads": False}}}, "timestamp": "2026-01-01T00:00:00Z"}
    found = service.check(identifiers=[named(user("u-1"))], recipients={"shop": ["ads"]}, event=event)
    assert found["recipients"] == {"shop": "block"}


@pytest.fixture
def restricted(service: Service) -> Identifier:
    """Somebody who had consented to everything, and whose processing is restricted."""
    [(name, state)] = given("USE-03").items()
    who = user(name)
    service.tell({"type": "identify", "userId": name, "traits": {"first_name": "Ann", "email": "ann@x.test"}})
    service.decide([who], {"personalisation": "granted", "analytics": "granted"})
    assert state == {"restricted": True}
    assert service.recognise(who, purpose="personalisation")["traits"]
    service.decide([who], {"*": "restricted"})
    return who


def test_of_whom_processing_is_restricted_recognition_tells_only_that(service: Service, restricted: Identifier) -> None:
    for purpose in ("service", "personalisation", "security"):
        for identifier in (restricted, email("ann@x.test")):
            found = service.recognise(identifier, purpose=purpose)
            assert found["status"] == "withheld"
            assert (found.get("traits") or None) is expected("USE-03")["attributes"]
            assert found["decision"]["restricted"] is expected("USE-03")["restricted"]
            assert "ann" not in str(found).lower()


def test_what_arrives_about_them_is_kept_aside_until_the_restriction_is_lifted(
    service: Service, restricted: Identifier
) -> None:
    before = service.get("/v1/status")["quarantined"]
    service.tell(track(userId=restricted[1], event="Bought"))
    assert expected("USE-03")["events_stored"] == "quarantined"
    assert service.get("/v1/status")["quarantined"] == before + 1
    service.decide([restricted], {"*": "restriction_lifted"})
    assert service.recognise(restricted, purpose="personalisation")["traits"]["first_name"] == "Ann"


def test_they_are_in_no_merge_no_export_and_no_read(service: Service, restricted: Identifier) -> None:
    assert exported(service, "analytics", restricted) == [False]
    assert allowed(service, restricted, "service", "analytics", "security", "marketing.email") == []
    body = {"identifier": named(restricted), "purpose": "service"}
    assert service.ask("POST", "/v1/profiles/lookup", body).status == 403
    service.tell(track(userId=restricted[1], anonymousId="new-device"))
    assert service.recognise(("anonymous_id", "new-device"))["status"] == "unknown"
    service.tell(track(userId="other"))
    answered = service.ask("POST", "/v1/identity/decisions", judgement(restricted, "same"))
    assert (answered.status, answered.headers["content-type"]) == (409, "application/problem+json")
    assert service.recognise(user("other"))["status"] == "known"
    assert service.ask("POST", "/v1/identity/decisions", judgement(restricted, "different")).status == 201
    service.decide([restricted], {"*": "restriction_lifted"})
    assert service.ask("POST", "/v1/identity/decisions", judgement(email("late@x.test"), "same")).status == 201


def judgement(whom: Identifier, verdict: str) -> Json:
    """What a steward says of somebody and `other`."""
    return {"a": named(whom), "b": named(user("other")), "verdict": verdict, "reason": "case"}


def test_what_they_decided_is_readable_for_those_who_see_to_their_rights(
    service: Service, restricted: Identifier
) -> None:
    receipt = service.decide([restricted, email("ann@x.test")], {"ads": "denied"})["id"]
    assert service.get(f"/v1/receipts/{receipt}")["decision"]["restricted"] is True
    reader = service.with_scopes("profiles:read", "consent:write")
    assert reader.ask("GET", f"/v1/receipts/{receipt}").status == 403


def test_lifting_a_restriction_grants_nothing_that_was_not_granted(service: Service, restricted: Identifier) -> None:
    service.decide([restricted], {"*": "restriction_lifted"})
    purposes = service.consents(restricted)["purposes"]
    resting = [key for key, one in purposes.items() if one["basis"] == "consent" and one["allowed"]]
    assert sorted(resting) == ["analytics", "personalisation"]


def test_an_objection_to_direct_marketing_blocks_all_of_it(service: Service) -> None:
    [(name, objection)] = given("USE-04").items()
    who = user(name)
    assert objection == {"objection": "direct_marketing"}
    purposes = [item["key"] for item in service.get("/v1/consent/purposes")["items"]]
    marketing = [key for key in purposes if key.split(".")[0] == "marketing"]
    service.decide([who], dict.fromkeys(marketing, "granted"))
    assert allowed(service, who, *marketing) == marketing
    service.decide([who], {"marketing": "objected"})
    assert expected("USE-04") == {"marketing.*": BLOCKED}
    assert allowed(service, who, *marketing) == []
    service.decide([who], dict.fromkeys(marketing, "granted"))
    assert allowed(service, who, *marketing) == []
    service.new_purpose("marketing.profiling", legal_basis="legitimate_interest")
    assert allowed(service, who, "marketing.profiling") == []


def test_only_taking_the_objection_back_lifts_it(service: Service) -> None:
    service.decide([user("u-1")], {"marketing": "objected", "marketing.email": "granted"})
    assert not service.allows(user("u-1"), "marketing.email")
    service.decide([user("u-1")], {"marketing": "objection_lifted"})
    assert service.allows(user("u-1"), "marketing.email")


def test_a_legitimate_interest_holds_until_somebody_objects(service: Service) -> None:
    service.tell(track(userId="u-1"))
    assert service.allows(user("u-1"), "security")
    service.decide([user("u-1")], {"security": "objected"})
    assert service.state(user("u-1"), "security") == "objected"
    assert service.recognise(user("u-1"), purpose="security")["status"] == "withheld"
    assert service.allows(user("u-1"), "service")


def test_a_contract_is_not_refused_by_refusing_it(service: Service) -> None:
    service.decide([user("u-1")], {"service": "denied"})
    assert service.allows(user("u-1"), "service")


def test_a_parent_that_is_refused_refuses_its_children_and_not_the_other_way_round(service: Service) -> None:
    decision, [child] = given("USE-06")["decision"], given("USE-06")["recipient_uses"]
    parent = decision["use"]
    for key in ("marketing.advertising", child):
        service.new_purpose(key)
    assert decision["v"] == "opt_out"
    service.decide([user("u-1")], {parent: ("granted", "2026-01-01"), child: ("granted", "2026-01-01")})
    service.decide([user("u-1")], {parent: ("denied", "2026-02-01")})
    assert (allowed(service, user("u-1"), child) == []) is (expected("USE-06")[child] == BLOCKED)
    service.decide([user("u-2")], {parent: ("granted", "2026-01-01"), child: ("denied", "2026-02-01")})
    assert (allowed(service, user("u-2"), parent) == [parent]) is (expected("USE-06")["reverse"] != BLOCKED)


def test_a_grant_of_the_parent_grants_no_child_and_lifts_no_refusal_of_one(service: Service) -> None:
    service.decide([user("u-1")], {"marketing.sms": ("denied", "2026-01-01"), "marketing": ("granted", "2026-02-01")})
    assert allowed(service, user("u-1"), "marketing", "marketing.email", "marketing.sms") == ["marketing"]


def test_a_later_grant_of_the_child_answers_the_refusal_of_its_parent(service: Service) -> None:
    """Whoever says no to all and yes to one thing later has been asked about that one thing."""
    service.decide([user("u-1")], {"marketing": ("denied", "2026-01-01")})
    service.decide([user("u-1")], {"marketing.email": ("granted", "2026-02-01")})
    assert allowed(service, user("u-1"), "marketing", "marketing.email", "marketing.sms") == ["marketing.email"]


def test_siblings_and_names_that_only_begin_alike_are_strangers(service: Service) -> None:
    service.new_purpose("marketingx")
    service.decide([user("u-1")], {"marketingx": "granted", "analytics": "granted", "marketing": "denied"})
    assert allowed(service, user("u-1"), "marketingx", "analytics") == ["marketingx", "analytics"]


def test_a_withdrawal_counts_for_the_very_next_question(service: Service) -> None:
    service.tell({"type": "identify", "userId": "u-1", "traits": {"first_name": "Ann"}})
    for _ in range(3):
        service.decide([user("u-1")], {"personalisation": "granted"})
        assert service.recognise(user("u-1"), purpose="personalisation")["status"] == "known"
        service.decide([user("u-1")], {"personalisation": "withdrawn"})
        assert service.recognise(user("u-1"), purpose="personalisation")["status"] == "withheld"


def test_reads_of_a_profile_and_its_timeline_are_refused_once_it_is_withdrawn(service: Service) -> None:
    service.tell({"type": "identify", "userId": "u-1", "traits": {"first_name": "Ann"}})
    service.decide([user("u-1")], {"personalisation": "granted"})
    profile = service.profile_of(user("u-1"))
    paths = [f"/v1/profiles/{profile}", f"/v1/profiles/{profile}/timeline"]
    assert [service.ask("GET", path, purpose="personalisation").status for path in paths] == [200, 200]
    service.decide([user("u-1")], {"personalisation": "withdrawn"})
    for path in paths:
        answered = service.ask("GET", path, purpose="personalisation")
        assert answered.status == 403
        assert b"Ann" not in answered.body


@pytest.mark.parametrize("purpose", ["nothing", "marketing.nothing", "Marketing", "*", "", "marketing."])
def test_an_unknown_purpose_is_refused_and_never_allowed(service: Service, purpose: str) -> None:
    service.decide([user("u-1")], {"marketing": "granted"})
    body: Json = {"identifiers": [named(user("u-1"))], "purpose": purpose}
    assert service.ask("POST", "/v1/recognise", body).status in (400, 422)
    asked = {"identifiers": [named(user("u-1"))], "purposes": [purpose]}
    assert service.ask("POST", "/v1/consents/check", asked).status in (400, 422)


def test_whom_nobody_knows_has_consented_to_nothing(service: Service) -> None:
    assert allowed(service, user("nobody"), "ads", "marketing.email", "analytics") == []
    assert exported(service, "analytics", user("nobody")) == [False]
    assert service.recognise(user("nobody"), purpose="analytics")["status"] == "unknown"


def test_where_a_state_lets_people_opt_out_it_is_allowed_until_they_do(service: Service) -> None:
    for name, traits in (("ca", {"country": "US", "state": "CA"}), ("de", {"country": "DE"}), ("xx", {})):
        service.tell({"type": "identify", "userId": name, "traits": traits})
    assert exported(service, "ads.sale_share", user("ca"), user("de"), user("xx")) == [True, False, False]
    service.decide([user("ca")], {"ads": "denied"}, proof=PROOF)
    assert exported(service, "ads.sale_share", user("ca")) == [False]


def test_an_identifier_is_the_same_however_it_is_written(service: Service) -> None:
    service.decide([email(" Ann@X.TEST ")], {"marketing.email": "granted"})
    service.tell({"type": "identify", "userId": "u-1", "traits": {"email": "ann@x.test"}})
    assert service.state(user("u-1"), "marketing.email") == "granted"
    assert allowed(service, email("ANN@x.test"), "marketing.email") == ["marketing.email"]


def test_a_purpose_about_addresses_is_asked_for_the_one_that_is_written_to(service: Service) -> None:
    one, other = email("a@x.test"), email("b@x.test")
    service.tell(*({"type": "identify", "userId": "u-1", "traits": {"email": value}} for _, value in (one, other)))
    service.decide([one, other], {"marketing.email": ("granted", "2026-05-01")})
    assert [allowed(service, who, "marketing.email") for who in (one, other)] == [["marketing.email"]] * 2
    service.decide([one], {"marketing.email": ("withdrawn", "2026-06-01")})
    assert exported(service, "marketing.email", one, other) == [False, True]
    service.decide([user("u-1")], {"marketing.email": ("withdrawn", "2026-06-02")})
    assert exported(service, "marketing.email", one, other) == [False, False]


def test_an_objection_under_any_address_is_about_all_of_them(service: Service) -> None:
    one, other = email("a@x.test"), email("b@x.test")
    service.tell(*({"type": "identify", "userId": "u-1", "traits": {"email": value}} for _, value in (one, other)))
    service.decide([one, other], {"marketing.email": ("granted", "2026-05-01")})
    service.decide([one], {"marketing": ("objected", "2026-06-01")})
    assert exported(service, "marketing.email", one, other) == [False, False]
