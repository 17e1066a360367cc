"""Beside the requests: a profile's privacy tab, tasks, holds, recipients, retention and suppression."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from consent.hold_writing import list_holds
from consent.models import AccessLog, Delivery, PrivacyRequest, PrivacyTask, Recipient
from consent.privacy_tasks import open_task
from consent.suppressed_counts import count_suppressed
from profiles.models import Identifier, Source
from profiles.privacy.requests import execute_request, read_request
from tests.factories.desk import request_of, tell_of_ann
from tests.factories.staff import make_staff, sign_in
from tests.integration.api.conftest import default_types, service, shop, unseen_configuration
from tests.integration.recipients.registered import register, tell

__all__ = ["default_types", "service", "shop", "unseen_configuration"]

Staff = Callable[[str], Client]
DESK = "/backoffice/privacy/"
HOLD = {"name": "tax", "basis": "HGB 257", "keep_for": "P10Y", "fields": "properties.order_id", "events": "Order"}
RECIPIENT = {"name": "crm", "url": "https://crm.example/in", "title": "CRM", "country": "DE", "kinds": ["erasure"]}


@pytest.fixture
def ann(shop: Source) -> str:
    """The path of Ann's privacy tab."""
    tell_of_ann(shop)
    return f"/backoffice/profiles/{profile_id()}/privacy/"


@pytest.fixture
def officer(staff: Staff) -> Client:
    """A privacy officer, signed in."""
    return staff("privacy_officer")


def profile_id() -> Any:
    root = Identifier.objects.get(value="ann@example.org").root_id
    return Identifier.objects.get(id=root).profile_id


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_the_tab_shows_open_and_closed_requests_and_what_stands(
    ann: str, officer: Client, django_assert_max_num_queries: Any
) -> None:
    execute_request(request_of("access").id)
    waiting = request_of("erasure", verified=False)
    request_of("restriction")
    with django_assert_max_num_queries(15):
        page = officer.get(ann)
    assert [line.one.id for line in page.context["open_lines"]] == [waiting.id]
    assert len(page.context["closed_lines"]) == 2
    assert page.context["affairs"].restricted
    assert page.context["packages"]
    assert "ann@example.org" not in text(page)
    assert AccessLog.objects.filter(operation="staff.privacy").exists()


def test_objections_and_retention_are_told(ann: str, officer: Client, django_assert_max_num_queries: Any) -> None:
    from consent.retention import Rule
    from profiles.privacy.keeping import change_rule

    request_of("objection", details={"purposes": ["personalisation"]})
    change_rule(rule=Rule("interaction", keep_for="P2Y"), actor="test")
    assert officer.get(ann).context["affairs"].objections == ["personalisation"]
    with django_assert_max_num_queries(15):
        page = officer.get(f"{ann}keeping/")
    [(what, _source, kept, _at)] = page.context["endings"]
    assert (what, kept) == ("Interactions", "2 years")


def test_who_was_erased_and_came_back_is_told_so(ann: str, officer: Client, shop: Source) -> None:
    from datetime import UTC, datetime

    from consent.suppression import suppress

    suppress([("email", "ann@example.org")], at=datetime(2020, 1, 1, tzinfo=UTC), request_id=None)
    assert "erased" in text(officer.get(ann))
    assert len(officer.get(ann).context["suppressed"]) == 1


def test_a_request_is_started_from_the_profile_by_identifiers_that_the_form_never_names(
    ann: str, officer: Client
) -> None:
    page = officer.get(ann)
    ids = [str(id_) for id_, _kind, _value, person in page.context["presentable"] if person]
    form = {"type": "access", "level": "verified", "method": "phone call", "identifier": ids, "language": "en"}
    answer = officer.post(f"{ann}start/", form)
    assert answer.status_code == 303
    made = PrivacyRequest.objects.get()
    assert (made.source, made.identity_level, made.state) == ("staff", "verified", "in_progress")


def started(officer: Client, ann: str, **form: Any) -> Any:
    ids = [str(id_) for id_, _kind, _value, person in officer.get(ann).context["presentable"] if person]
    return officer.post(f"{ann}start/", {"level": "verified", "method": "phone call", "identifier": ids, **form})


def test_a_correction_is_started_from_the_profile_and_carried_out(ann: str, officer: Client) -> None:
    exchange = {"exchange_type": "email", "exchange_from": "ann@example.org", "exchange_to": "anna@example.org"}
    form = {"type": "rectification", "trait": ["city"], "right": ["Ulm"], **exchange}
    assert started(officer, ann, **form).status_code == 303
    assert PrivacyRequest.objects.get().type == "rectification"
    assert "Ulm" in text(officer.get(ann.replace("privacy/", "traits/")))
    assert Identifier.objects.filter(value="anna@example.org").exists()


def test_an_objection_to_one_purpose_is_started_from_the_profile_and_taken_back(ann: str, officer: Client) -> None:
    assert started(officer, ann, type="objection", purposes="analytics").status_code == 303
    assert officer.get(ann).context["affairs"].objections == ["analytics"]
    assert started(officer, ann, type="objection", purposes="analytics", lift="yes").status_code == 303
    assert officer.get(ann).context["affairs"].objections == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "rectification"},
        {"type": "rectification", "trait": "city", "right": "\x00"},
        {"type": "objection", "purposes": "nothing"},
        {"type": "withdraw_consent", "purposes": "x" * 5_000},
        {"type": "access", "method": ""},
    ],
)
def test_what_cannot_be_started_is_said_on_the_tab(ann: str, officer: Client, wrong: dict[str, str]) -> None:
    answer = started(officer, ann, **wrong)
    assert answer.status_code == 422
    assert 'class="wrong"' in text(answer)
    assert "Start a request for them" in text(answer)
    assert not PrivacyRequest.objects.exists()


def test_identifiers_of_others_start_nothing(ann: str, officer: Client, shop: Source) -> None:
    from tests.factories.channels import event, tell

    tell(shop, event(9, userId="bob-1", context={"traits": {"email": "bob@example.org"}}))
    bob = Identifier.objects.get(value="bob@example.org").id
    for chosen in ([str(bob)], ["x"], ["\x00"], [], ["9" * 100_000]):
        answer = officer.post(f"{ann}start/", {"type": "erasure", "identifier": chosen})
        assert answer.status_code == 422, chosen
    assert not PrivacyRequest.objects.exists()
    assert officer.get(f"/backoffice/profiles/{uuid4()}/privacy/").status_code == 404


def test_an_analyst_sees_the_tab_without_requests_and_starts_none(ann: str, staff: Staff) -> None:
    made, analyst = request_of("access"), staff("analyst")
    assert str(made.id) not in text(analyst.get(ann))
    assert analyst.post(f"{ann}start/", {"type": "access"}).status_code == 403


def test_a_task_is_closed_and_taken_back(officer: Client, service: Any, staff: Staff) -> None:
    open_task(kind="upstream_keeps_sending", subject="shop", times=3)
    number = PrivacyTask.objects.get().pk
    assert "A source keeps sending" in text(officer.get(f"{DESK}tasks/"))
    assert staff("auditor").post(f"{DESK}tasks/{number}/close/").status_code == 403
    officer.post(f"{DESK}tasks/{number}/close/")
    page = officer.get(f"{DESK}tasks/?show=closed")
    assert PrivacyTask.objects.get().closed_by.startswith("staff:")
    token = text(page).split('name="token" value="')[1].split('"')[0]
    officer.post("/backoffice/undo/", {"token": token, "next": f"{DESK}tasks/"})
    assert PrivacyTask.objects.get().closed_at is None
    assert officer.post(f"{DESK}tasks/999999/close/").status_code == 404


def test_many_tasks_have_pages(officer: Client, service: Any) -> None:
    for n in range(60):
        open_task(kind="recipient_failed", subject=f"system-{n}")
    first = officer.get(f"{DESK}tasks/")
    second = officer.get(f"{DESK}tasks/{first.context['more']}")
    assert (len(first.context["tasks"]), len(second.context["tasks"])) == (50, 10)
    assert officer.get(f"{DESK}tasks/?cursor=x").status_code == 422


def test_a_hold_is_set_lifted_and_set_again(officer: Client, service: Any, staff: Staff) -> None:
    assert staff("auditor").post(f"{DESK}holds/set/", HOLD).status_code == 403
    assert officer.post(f"{DESK}holds/set/", HOLD).status_code == 303
    assert [name for name, _made, _hold in list_holds()] == ["tax"]
    officer.get(f"{DESK}holds/")  # the message about it is read
    officer.post(f"{DESK}holds/tax/lift/")
    assert list_holds() == []
    token = text(officer.get(f"{DESK}holds/")).split('name="token" value="')[1].split('"')[0]
    officer.post("/backoffice/undo/", {"token": token})
    [(name, _made, held)] = list_holds()
    assert (name, held.basis, held.fields) == ("tax", "HGB 257", ("properties.order_id",))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "No Name"},
        {"keep_for": "ten years"},
        {"fields": ""},
        {"basis": ""},
        {"sources": "nowhere"},
        {"ends_on": "soon"},
        {"basis": "\x00"},
        {"fields": "x" * 100000},
    ],
)
def test_a_hold_that_cannot_be_is_refused_in_words(officer: Client, service: Any, wrong: dict[str, str]) -> None:
    assert officer.post(f"{DESK}holds/set/", HOLD | wrong).status_code == 422
    assert list_holds() == []


def test_a_recipient_is_added_its_secret_shown_once_tested_and_disabled(officer: Client, service: Any) -> None:
    made = officer.post(f"{DESK}recipients/new/", RECIPIENT, follow=True)
    assert made.context["secret"].startswith("whsec_")
    page = text(officer.get(f"{DESK}recipients/crm/"))
    assert made.context["secret"] not in page
    rotated = officer.post(f"{DESK}recipients/crm/rotate/", follow=True)
    assert rotated.context["secret"] != made.context["secret"]
    officer.post(f"{DESK}recipients/crm/test/")
    assert "Test message" in text(officer.get(f"{DESK}recipients/crm/"))
    officer.post(f"{DESK}recipients/crm/change/", RECIPIENT | {"title": "The CRM"})
    assert Recipient.objects.get().title == "The CRM"
    assert officer.post(f"{DESK}recipients/crm/disable/", {"confirm": "yes"}).status_code == 422
    officer.post(f"{DESK}recipients/crm/disable/", {"confirm": "crm"})
    assert Recipient.objects.get().disabled_at is not None
    assert officer.post(f"{DESK}recipients/crm/test/").status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "No Name"},
        {"url": "ftp://x"},
        {"url": "http://127.0.0.1/"},
        {"country": "Deutschland"},
        {"kinds": ["x"]},
        {"purposes": "nope"},
        {"types": "planet"},
        {"title": "\x00"},
    ],
)
def test_a_recipient_that_cannot_be_is_refused_in_words(officer: Client, service: Any, wrong: dict[str, Any]) -> None:
    assert officer.post(f"{DESK}recipients/new/", RECIPIENT | wrong).status_code == 422
    assert not Recipient.objects.exists()


def test_an_auditor_reads_recipients_and_changes_none(staff: Staff, service: Any) -> None:
    register("crm")
    auditor = staff("auditor")
    for path in ("", "crm/"):
        assert auditor.get(f"{DESK}recipients/{path}").status_code == 200
    for path in ("new/", "crm/change/", "crm/rotate/", "crm/test/", "crm/disable/"):
        assert auditor.post(f"{DESK}recipients/{path}", RECIPIENT).status_code == 403, path


def test_what_was_told_is_listed_and_sent_again(
    officer: Client, service: Any, django_assert_max_num_queries: Any
) -> None:
    register("crm")
    for _ in range(60):
        tell()
    with django_assert_max_num_queries(15):
        first = officer.get(f"{DESK}deliveries/?state=pending")
    assert len(first.context["told"]) == 50
    assert len(officer.get(f"{DESK}deliveries/{first.context['more']}").context["told"]) == 10
    one = Delivery.objects.latest("id")
    Delivery.objects.filter(pk=one.pk).update(state="failed", attempts=9)
    officer.post(f"{DESK}deliveries/{one.pk}/again/", {"next": "https://elsewhere.example/"})
    assert (Delivery.objects.get(pk=one.pk).state, Delivery.objects.get(pk=one.pk).attempts) == ("pending", 0)
    Delivery.objects.filter(pk=one.pk).update(state="acknowledged")
    assert officer.post(f"{DESK}deliveries/{one.pk}/again/").status_code == 409
    assert officer.post(f"{DESK}deliveries/{uuid4()}/again/").status_code == 404
    for query in ("state=x", "cursor=x", "request=x", "request=%00"):
        assert officer.get(f"{DESK}deliveries/?{query}").status_code == 422, query


def test_retention_and_suppression_are_read(officer: Client, shop: Source) -> None:
    from datetime import UTC, datetime

    count_suppressed({(shop.id, "after_erasure", datetime.now(UTC).date()): 7})
    page = officer.get(f"{DESK}keeping/")
    assert page.context["suppressed"] == [(shop.name, [0, 7])]
    assert page.context["rules"]


@pytest.mark.parametrize("path", ["recipients/%00/", "recipients/nobody/", "holds/%00/lift/", "recipients/%ED%A0%80/"])
def test_names_that_there_are_not_are_pages(officer: Client, path: str) -> None:
    answer = officer.post(f"{DESK}{path}") if "lift" in path else officer.get(f"{DESK}{path}")
    assert answer.status_code == 404


def test_the_same_member_of_staff_by_two_ways_is_one(ann: str, settings: Any) -> None:
    from profiles.privacy.requests import NotNow, approve_request

    settings.FOUR_EYES, settings.FOUR_EYES_ABOVE = ["erasure"], 1
    made, grace = request_of("erasure"), make_staff("privacy_officer", "grace")
    sign_in(Client(), grace).post(f"{DESK}{made.id}/approve/", {"confirm": "erase"})
    with pytest.raises(NotNow):
        approve_request(id=made.id, actor=f"staff:{grace.pk}")
    assert read_request(made.id).state == "awaiting_approval"
