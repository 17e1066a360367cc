"""The consent tab: what is in force, how it came to that, the proof of each record, and what staff write down."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from consent.in_force import REASONS, in_force
from consent.ledger import Decided, append_decisions
from consent.models import AccessLog, ConsentDecision, SigningKey
from consent.signing import rotate_key
from consent.times import microseconds
from cxprofiles.backoffice import consent_words as words
from profiles.configuration import configuration
from profiles.consents.over_time import consents_of, read_past
from profiles.consents.reading import read_consents
from profiles.models import Identifier
from profiles.profile import read_profile
from profiles.purpose_changes import publish_notice
from tests.factories.callers import Caller
from tests.factories.consents import ANN, PHONE, decision, tell_consents

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]


def row_of(identifier: dict[str, str] = ANN) -> Identifier:
    return Identifier.objects.get(type__name=identifier["type"], value=identifier["value"])


def tab_of(identifier: dict[str, str] = ANN) -> str:
    return f"/backoffice/profiles/{row_of(identifier).profile_id}/consent/"


def page_at(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    return answer.content.decode()


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


@pytest.fixture
def ann() -> Caller:
    """Ann allowed analytics, refused news by mail, and one phone of hers said nothing."""
    publish_notice(key="news", version="3", language="de", text="Wir schreiben Ihnen.", actor="test")
    service = Caller()
    tell_consents(service, decision("analytics", at=ago(90)), by=ANN)
    tell_consents(service, decision("marketing.email", at=ago(60)), by=ANN)
    tell_consents(service, decision("marketing.email", "withdrawn", at=ago(30)), by=ANN)
    return service


def test_the_tab_says_what_is_in_force_and_masks_the_address(ann: Caller, staff: Staff) -> None:
    page = page_at(staff("privacy_officer"), tab_of())
    assert "Learning how our service is used" in page
    assert "Consent was given and has not been refused since." in page
    assert "Consent was withdrawn and has not been given again since." in page
    assert "a••@e••.org" in page
    assert "ann@example.org" not in page
    read = AccessLog.objects.get(operation="staff.consents")
    assert (read.profile_id, read.fields) == (row_of().profile_id, "consents,identifiers")


def test_what_is_refused_is_told_by_identifier(ann: Caller, staff: Staff) -> None:
    page = page_at(staff("privacy_officer"), tab_of())
    below = page[page.index("What was refused, by identifier") :]
    assert "Consent is never merged." in below
    assert "It stands: no later yes of equal or better assurance answers it." in below
    assert "News and offers by email" in below or "marketing.email" in page


def test_an_earlier_day_shows_what_was_in_force_then(ann: Caller, staff: Staff) -> None:
    day = (datetime.now(UTC) - timedelta(days=45)).date().isoformat()
    then = page_at(staff("privacy_officer"), tab_of(), at=day, purpose="marketing.email")
    assert "Consent was given and has not been refused since." in then
    assert "Consent was withdrawn" not in then
    known = page_at(staff("privacy_officer"), tab_of(), at=day, mode="then", purpose="marketing.email")
    assert "Nobody was asked. Without consent the answer is no." in known, "all of it was received today"


def test_a_restriction_stands_above_everything(ann: Caller, staff: Staff) -> None:
    tell_consents(ann, decision("*", "restricted"), by=ANN)
    page = page_at(staff("privacy_officer"), tab_of())
    assert "All processing is restricted" in page
    assert page.count("Processing restricted") > 10


def test_two_accounts_that_disagree_are_a_conflict_and_what_settles_it_is_said(staff: Staff) -> None:
    service = Caller()
    tell_consents(service, decision("analytics", at=ago(2)), decision("research", at=ago(2)), by=ANN)
    row = row_of()
    at = datetime.now(UTC) - timedelta(days=1)
    append_decisions([made(row.id, "research", "ConsentRefused", at), made(row.id, "research", "ConsentGiven", at)])
    day = datetime.now(UTC).date().isoformat()
    page = page_at(staff("privacy_officer"), tab_of(), at=day)
    assert "The person's identifiers disagree" in page
    assert "Until the person is asked, the answer is no." in page


def made(identifier_id: int, purpose: str, state: str, at: datetime, **more: Any) -> Decided:
    told: dict[str, Any] = {
        "identifier_id": identifier_id,
        "purpose": purpose,
        "act_id": uuid4(),
        "state": state,
        "decided_at": at,
        "received_at": at,
        "expires_at": None,
        "ends_by_choice": False,
        "verified": True,
        "with_account": False,
        "guardian": False,
        "problem": "",
        "signal": "api",
        "source_id": None,
        "actor": "token:test",
        "proof": None,
    }
    return Decided(**{**told, **more})


STATES = ("ConsentGiven", "ConsentRefused", "ConsentWithdrawn", "RenewedConsentGiven", "ConsentRequested")
# What is said in turn: of the purpose, of the one above it, and of all processing.
SAID = (
    ("ads.personalised", "ConsentGiven"),
    ("*", "ProcessingRestricted"),
    ("*", "RestrictionLifted"),
    ("ads", "ConsentRefused"),
    ("ads.personalised", "RenewedConsentGiven"),
    ("ads.personalised", "ObjectionRaised"),
    ("ads.personalised", "ObjectionLifted"),
    ("ads.personalised", "ConsentRequested"),
    ("ads.personalised", "ConsentWithdrawn"),
)


def test_the_line_is_what_the_ledger_says_at_every_instant() -> None:
    tell_consents(Caller(), decision("analytics", at=ago(400)), by=[ANN, PHONE])
    begun = datetime.now(UTC) - timedelta(days=300)
    rows = [
        made(
            row_of((ANN, PHONE)[n // 9 % 2]).id,
            *SAID[n % 9],
            begun + timedelta(days=n * 5),
            expires_at=begun + timedelta(days=n * 5 + 3) if n % 9 in (0, 4) and n % 2 else None,
        )
        for n in range(48)
    ]
    append_decisions(rows)
    held = configuration()
    profile = read_profile(row_of().root_id, held)
    assert profile is not None
    past = read_past(consents_of(profile, held), held, purpose="ads.personalised")
    steps = past.courses[0].steps
    assert len(steps) > 10, "a world in which much changes"
    for day in range(301):
        at = begun + timedelta(days=day, hours=6)
        then = read_consents(profile.profile_id, held, at=at)
        assert then is not None
        ruling = in_force(held.purposes.find("ads.personalised"), then.standing, microseconds(at))
        drawn = [step for step in steps if step.since <= microseconds(at)]
        if drawn:
            assert drawn[-1].ruling == ruling, f"on day {day}"


def test_a_line_of_very_many_records_begins_with_what_stood_then() -> None:
    tell_consents(Caller(), decision("analytics", "denied", at=ago(4000)), by=ANN)
    begun = datetime.now(UTC) - timedelta(days=3000)
    one = row_of().id
    append_decisions(
        [made(one, "ads", ("ConsentGiven", "ConsentRefused")[n % 2], begun + timedelta(days=n)) for n in range(700)]
    )
    held = configuration()
    profile = read_profile(row_of().root_id, held)
    assert profile is not None
    past = read_past(consents_of(profile, held), held)
    assert (past.whole, len(past.rows)) == (False, 300)
    of = {course.purpose.key: course.steps for course in past.courses}
    assert of["analytics"][0].ruling.state == "denied", "said before, and not among the records"
    assert of["ads"][-1].ruling.state == "denied"


def test_the_proof_shows_the_notice_and_a_receipt_that_is_checked(ann: Caller, staff: Staff) -> None:
    row = ConsentDecision.objects.get(purpose="analytics")
    path = f"{tab_of()}{row.act_id}/{row.identifier_id}/analytics/"
    page = page_at(staff("privacy_officer"), path)
    assert "Wir schreiben Ihnen." in page
    assert "Checked now: the signature is good." in page
    assert "the key that signs now" in page
    assert "It says the same as the record." in page
    assert "ann@example.org" not in page
    rotate_key()
    assert "an earlier key of this service" in page_at(staff("privacy_officer"), path)
    SigningKey.objects.update(jwk={})
    assert "Checked now: the signature is not good." in page_at(staff("privacy_officer"), path)


def test_a_record_of_somebody_else_is_not_here(ann: Caller, staff: Staff) -> None:
    tell_consents(ann, decision("research"), by={"type": "email", "value": "bob@example.org"})
    row = ConsentDecision.objects.get(purpose="research")
    for path in (
        f"{tab_of()}{row.act_id}/{row.identifier_id}/research/",
        f"{tab_of()}{uuid4()}/{row_of().id}/analytics/",
        f"{tab_of()}{row.act_id}/{2**70}/research/",
    ):
        assert staff("privacy_officer").get(path).status_code == 404


def tell(client: Client, **fields: Any) -> Any:
    told = {"purpose": "research", "state": "granted", "identifier": str(row_of().id), "method": "phone", **fields}
    return client.post(f"{tab_of()}tell/", told, follow=True)


def test_a_choice_said_by_phone_is_in_force_at_once_with_who_wrote_it(ann: Caller, staff: Staff) -> None:
    officer = staff("privacy_officer")
    page = tell(officer, notice="news|3|de", note="call 17").content.decode()
    assert "Recorded and in force. A receipt was issued." in page
    row = ConsentDecision.objects.get(purpose="research")
    assert (row.state, row.signal, row.problem) == ("ConsentGiven", "staff", "")
    assert row.actor == f"staff:{officer.session['_auth_user_id']}"
    assert row.proof is not None
    assert (row.proof["method"], row.proof["notice_version"], row.proof["note"]) == ("phone", "3", "call 17")
    profile = read_profile(row_of().root_id, configuration())
    assert profile is not None
    assert in_force(
        configuration().purposes.find("research"), profile.standing, microseconds(datetime.now(UTC))
    ).allowed


def test_a_mistaken_yes_is_put_right_by_a_further_record(ann: Caller, staff: Staff) -> None:
    officer = staff("privacy_officer")
    page = tell(officer, notice="news|3|de").content.decode()
    token = page.split('name="token" value="')[1].split('"')[0]
    said = officer.post("/backoffice/undo/", {"token": token, "next": tab_of()}, follow=True).content.decode()
    assert "Both records stay, and from now on the answer is no" in said
    states = ConsentDecision.objects.filter(purpose="research").order_by("received_at").values_list("state", flat=True)
    assert list(states) == ["ConsentGiven", "ConsentInvalidated"]


def test_a_no_cannot_be_undone_and_that_is_said(ann: Caller, staff: Staff) -> None:
    page = tell(staff("privacy_officer"), state="denied").content.decode()
    assert "only the person can say yes again" in page
    assert 'action="/backoffice/undo/"' not in page


def test_a_yes_without_a_notice_is_kept_and_said_to_be_unusable(ann: Caller, staff: Staff) -> None:
    assert "it cannot be used" in tell(staff("privacy_officer")).content.decode()
    assert ConsentDecision.objects.get(purpose="research").problem == "unproven"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"purpose": "nonsense"}, "Choose the purpose"),
        ({"purpose": ""}, "Choose the purpose"),
        ({"state": "restricted"}, "Choose what the person said"),
        ({"method": "telepathy"}, "Choose how the person said it"),
        ({"identifier": "999999"}, "Choose the identifier"),
        ({"identifier": "x" * 20}, "Choose the identifier"),
        ({"purpose": "marketing.sms"}, "about an address"),
        ({"notice": "news|99|de"}, "notice of this version"),
        ({"notice": "|||||"}, ""),
        ({"note": "x" * 900}, "up to 500 characters"),
        ({"note": "a\x00b"}, "cannot be stored"),
        ({"note": "x" * 1_000_000}, "too long"),
    ],
)
def test_what_cannot_be_recorded_is_refused_on_the_form(
    ann: Caller, staff: Staff, fields: dict[str, str], said: str
) -> None:
    before = ConsentDecision.objects.count()
    answer = tell(staff("privacy_officer"), **fields)
    assert answer.status_code == (200 if said == "" else 422)
    assert said in answer.content.decode()
    assert ConsentDecision.objects.count() == before + (said == "")


@pytest.mark.parametrize(
    "query",
    [
        {"at": "yesterday"},
        {"at": "0000-99-99"},
        {"at": "2999-01-01"},
        {"cursor": "%%%"},
        {"cursor": "e30"},
        {"at": "9" * 5000},
    ],
)
def test_a_bad_question_is_answered_with_a_sentence(ann: Caller, staff: Staff, query: dict[str, str]) -> None:
    assert staff("privacy_officer").get(tab_of(), query).status_code == 422


@pytest.mark.parametrize("purpose", ["nonsense", "a\x00b", "x" * 9000])
def test_a_purpose_that_is_none_is_not_here(ann: Caller, staff: Staff, purpose: str) -> None:
    assert staff("privacy_officer").get(tab_of(), {"purpose": purpose}).status_code == 404


def test_only_who_handles_requests_may_record(ann: Caller, staff: Staff) -> None:
    steward = staff("steward")
    assert "Record what the person says" not in page_at(steward, tab_of())
    assert steward.get(f"{tab_of()}tell/").status_code == 403
    assert tell(steward).status_code == 403
    assert staff("auditor").get(tab_of()).status_code == 403


def test_thousands_of_records_cost_no_more_queries(
    ann: Caller, staff: Staff, django_assert_max_num_queries: Any
) -> None:
    one, begun = row_of().id, datetime.now(UTC) - timedelta(days=900)
    keys = [purpose.key for purpose in configuration().purposes]
    append_decisions(
        [
            made(one, keys[n % len(keys)], STATES[n % 5], begun + timedelta(hours=n * 6), proof={"notice_version": "3"})
            for n in range(3000)
        ]
    )
    officer, tab = staff("privacy_officer"), tab_of()
    page_at(officer, tab)  # the configuration is held from now on
    with django_assert_max_num_queries(15):
        page = page_at(officer, tab)
    assert "There are more records than are drawn" in page
    older = page.split('href="?cursor=')[1].split('"')[0]
    with django_assert_max_num_queries(15):
        assert officer.get(f"{tab}?cursor={older}").status_code == 200
    with django_assert_max_num_queries(15):
        page_at(officer, tab, at="2026-01-01", purpose="marketing.email")
    row = ConsentDecision.objects.filter(purpose="analytics", proof__isnull=False).first()
    assert row is not None
    with django_assert_max_num_queries(15):
        page_at(officer, f"{tab}{row.act_id}/{row.identifier_id}/analytics/")
    with django_assert_max_num_queries(15):
        page_at(officer, f"{tab}tell/")


def test_every_state_and_sentence_of_the_domain_has_words_here() -> None:
    import ast
    import inspect

    from consent import explaining

    assert {reason.state for reason in REASONS.values()} <= set(words.IN_FORCE)
    assert {reason.state for reason in REASONS.values()} <= {*words.REASONS, "not_asked"}
    assert set(words.RULES) == set(explaining.RULES)
    told = {node.value for node in ast.walk(ast.parse(inspect.getsource(explaining))) if isinstance(node, ast.Constant)}
    sentences = {one for one in told if isinstance(one, str) and one.startswith(("It ", "Its ", "A ", "An ", "All "))}
    said = {one for one in sentences if one.endswith(".")} - set(explaining.RULES.values())
    assert {one for one in said if len(one) < 90 and "\n" not in one} - set(words.WHY) <= {
        one for one in said if one in str(explaining.__doc__)
    }
