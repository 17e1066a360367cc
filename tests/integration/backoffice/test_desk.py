"""The privacy desk: what is due, one request, what each role may do with it, and what is refused in words."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from time_machine import travel

from consent.models import AccessLog, PrivacyRequest, RequestEvent, RequestStep
from cxprofiles.backoffice.rights import ROLES, Right
from profiles.models import Source
from profiles.privacy.erasing import STEPS
from profiles.privacy.requests import execute_request, read_request
from tests.factories.desk import request_of, stored_request, tell_of_ann
from tests.factories.requests import NOBODY
from tests.factories.staff import make_staff, sign_in
from tests.integration.api.conftest import default_types, service, shop, unseen_configuration

__all__ = ["default_types", "service", "shop", "unseen_configuration"]

Staff = Callable[[str], Client]
DESK = "/backoffice/privacy/"
MOVES = {
    "verify": {"level": "verified", "method": "phone call"},
    "approve": {"confirm": "erase"},
    "deny": {"reason": "other", "explanation": "No.", "step": "do"},
    "extend": {"reason": "Many systems."},
    "cancel": {},
    "acknowledge": {},
    "review": {"group": "probable", "answer": "leave"},
    "retry": {},
    "appeal": {"words": "That is wrong."},
    "decide": {"answer": "upheld", "outcome": "You are right."},
}


@pytest.fixture
def ann(shop: Source) -> Source:
    """Ann is known here."""
    tell_of_ann(shop)
    return shop


@pytest.fixture
def officer(staff: Staff) -> Client:
    """A privacy officer, signed in."""
    return staff("privacy_officer")


def text(answer: Any) -> str:
    """The page as it reads: spaces are one."""
    return " ".join(answer.content.decode().split())


def test_the_list_shows_what_is_due_first_and_how_many_days_are_left(ann: Source, officer: Client) -> None:
    with travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False):
        fresh, old = request_of("access"), request_of("portability", days_ago=28)
        page = text(officer.get(DESK))
    assert page.index(str(old.id)) < page.index(str(fresh.id))
    assert "31 days left" in page
    assert "Due today" in page or "days left" in page


def test_overdue_and_soon_are_lists_of_their_own(ann: Source, officer: Client) -> None:
    late, fine = request_of("access", days_ago=60), request_of("portability")
    overdue = text(officer.get(f"{DESK}?show=overdue"))
    assert str(late.id) in overdue
    assert str(fine.id) not in overdue
    assert "late" in overdue
    assert str(late.id) not in text(officer.get(f"{DESK}?show=soon"))


def test_filters_leave_what_they_say(ann: Source, officer: Client) -> None:
    access, erasure = request_of("access"), request_of("erasure", source="pages", verified=False)
    for query, there, gone in (
        ("type=erasure", erasure, access),
        ("source=pages", erasure, access),
        ("state=in_progress", access, erasure),
        ("verified=yes", access, erasure),
        ("verified=no", erasure, access),
    ):
        page = text(officer.get(f"{DESK}?{query}"))
        assert str(there.id) in page, query
        assert str(gone.id) not in page, query


@pytest.mark.parametrize(
    "query", ["show=x", "type=' OR 1=1", "state=%00", "cursor=zzz", "cursor=%ed%a0%80", "verified=2"]
)
def test_a_filter_that_there_is_not_is_refused_in_words(officer: Client, query: str) -> None:
    answer = officer.get(f"{DESK}?{query}")
    assert answer.status_code == 422
    assert "<h1" in answer.content.decode()


def test_thousands_of_requests_take_few_queries_and_pages_follow_each_other(
    officer: Client, django_assert_max_num_queries: Any
) -> None:
    PrivacyRequest.objects.bulk_create([stored_request(n) for n in range(3000)])
    with django_assert_max_num_queries(15):
        first = officer.get(DESK)
    seen = {line.one.id for line in first.context["lines"]}
    with django_assert_max_num_queries(15):
        second = officer.get(first.context["more"])
    following = [line.one for line in second.context["lines"]]
    assert seen.isdisjoint(one.id for one in following)
    assert first.context["lines"][-1].one.internal_due_on <= following[0].internal_due_on
    with django_assert_max_num_queries(15):
        officer.get(f"{DESK}?show=mine")
    with django_assert_max_num_queries(15):
        officer.get(f"{DESK}?show=all")


def test_a_request_with_many_steps_and_recipients_takes_few_queries(
    ann: Source, officer: Client, settings: Any, django_assert_max_num_queries: Any
) -> None:
    from tests.integration.recipients.registered import register

    settings.PRIVACY_APPROVAL = ["erasure"]
    made = request_of("erasure")
    for n in range(30):
        register(f"system-{n}")
    RequestStep.objects.bulk_create(
        [RequestStep(request_id=made.id, store=f"store.{n}", part="deterministic+itself", rows=n) for n in range(200)]
    )
    RequestEvent.objects.bulk_create(
        [RequestEvent(request_id=made.id, actor=f"staff:{n}", name="reminded") for n in range(100)]
    )
    officer.get(f"{DESK}{made.id}/")  # the process reads the configuration that was just changed
    with django_assert_max_num_queries(15):
        assert officer.get(f"{DESK}{made.id}/").status_code == 200
    with django_assert_max_num_queries(15):
        assert officer.get(f"{DESK}{made.id}/plan/").status_code == 200
    with django_assert_max_num_queries(15):
        assert officer.get(f"{DESK}{made.id}/proof/").status_code == 200
    with django_assert_max_num_queries(15):
        assert officer.get(f"{DESK}{made.id}/steps/").status_code == 200


def test_the_person_is_masked_until_they_are_revealed_and_the_look_is_logged(ann: Source, officer: Client) -> None:
    made = request_of("access")
    page = text(officer.get(f"{DESK}{made.id}/"))
    assert "ann@example.org" not in page
    assert "a••@e••.org" in page
    assert AccessLog.objects.filter(operation="staff.request").count() == 1


def test_an_auditor_sees_everything_and_moves_nothing(ann: Source, staff: Staff, settings: Any) -> None:
    settings.PRIVACY_APPROVAL = ["access"]
    made, auditor = request_of("access"), staff("auditor")
    page = text(auditor.get(f"{DESK}{made.id}/"))
    assert "What you can do" not in page
    assert auditor.get(DESK).status_code == 200
    for move, form in MOVES.items():
        assert auditor.post(f"{DESK}{made.id}/{move}/", form).status_code == 403, move
    assert auditor.post(f"{DESK}bulk/", {"id": str(made.id)}).status_code == 403
    assert read_request(made.id).state == "awaiting_approval"


@pytest.mark.parametrize("role", [role for role, rights in ROLES.items() if Right.SEE_REQUESTS not in rights])
def test_other_roles_do_not_see_the_desk(ann: Source, staff: Staff, role: str) -> None:
    made, client = request_of("access"), staff(role)
    for path in ("", f"{made.id}/", f"{made.id}/plan/", "tasks/", "holds/", "recipients/", "metrics/", "log.csv"):
        assert client.get(f"{DESK}{path}").status_code == 403, path
    assert client.post(f"{DESK}{made.id}/cancel/").status_code == 403


def test_an_approval_lets_a_request_go_on(ann: Source, officer: Client, settings: Any) -> None:
    settings.PRIVACY_APPROVAL = ["access"]
    made = request_of("access")
    answer = officer.post(f"{DESK}{made.id}/approve/")
    assert (answer.status_code, answer["Location"]) == (303, f"{DESK}{made.id}/")
    assert read_request(made.id).state == "executing"
    assert "Approved" in text(officer.get(answer["Location"]))


def test_an_erasure_is_approved_only_with_its_word(ann: Source, officer: Client, settings: Any) -> None:
    settings.PRIVACY_APPROVAL = ["erasure"]
    made = request_of("erasure")
    refused = officer.post(f"{DESK}{made.id}/approve/", {"confirm": "yes"})
    assert refused.status_code == 422
    assert "cannot be undone" in text(refused)
    assert read_request(made.id).state == "awaiting_approval"
    officer.post(f"{DESK}{made.id}/approve/", {"confirm": "Erase"})
    assert read_request(made.id).state == "executing"


def test_a_large_erasure_takes_two_members_of_staff(ann: Source, staff: Staff, settings: Any) -> None:
    settings.FOUR_EYES, settings.FOUR_EYES_ABOVE = ["erasure"], 1
    made, first = request_of("erasure"), staff("privacy_officer")
    first.post(f"{DESK}{made.id}/approve/", {"confirm": "erase"})
    assert "a second approval is wanted" in text(staff("auditor").get(DESK))
    again = first.post(f"{DESK}{made.id}/approve/", {"confirm": "erase"})
    assert again.status_code == 409
    assert "somebody else gives the second approval" in text(again)
    assert str(made.id) not in text(first.get(f"{DESK}?show=mine"))
    second = staff("privacy_officer")
    assert str(made.id) in text(second.get(f"{DESK}?show=mine"))
    second.post(f"{DESK}{made.id}/approve/", {"confirm": "erase"})
    assert read_request(made.id).state == "executing"


def test_a_refusal_is_previewed_and_then_sent(ann: Source, officer: Client) -> None:
    made = request_of("access")
    form = {"reason": "manifestly_unfounded", "explanation": "The fifth time this week."}
    preview = text(officer.post(f"{DESK}{made.id}/deny/", form | {"step": "preview"}))
    assert "manifestly unfounded or excessive" in preview
    assert "The fifth time this week." in preview
    assert read_request(made.id).state == "in_progress"
    officer.post(f"{DESK}{made.id}/deny/", form | {"step": "do"})
    assert read_request(made.id).reason == "manifestly_unfounded"
    pdf = officer.get(f"{DESK}{made.id}/letters/refusal.pdf")
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


@pytest.mark.parametrize("form", [{}, {"reason": "other"}, {"explanation": "No."}])
def test_a_refusal_needs_a_reason_and_words(ann: Source, officer: Client, form: dict[str, str]) -> None:
    made = request_of("access")
    answer = officer.post(f"{DESK}{made.id}/deny/", form)
    assert (answer.status_code, read_request(made.id).state) == (422, "in_progress")


def test_identity_more_time_and_cancelling(ann: Source, officer: Client) -> None:
    made = request_of("access", verified=False, source="staff")
    officer.post(f"{DESK}{made.id}/verify/", MOVES["verify"])
    assert read_request(made.id).identity_method == "phone call"
    officer.post(f"{DESK}{made.id}/extend/", MOVES["extend"])
    assert "More time was taken" in text(officer.get(f"{DESK}{made.id}/"))
    again = officer.post(f"{DESK}{made.id}/extend/", MOVES["extend"])
    assert (again.status_code, "can be done once" in text(again)) == (409, True)
    officer.post(f"{DESK}{made.id}/cancel/")
    assert read_request(made.id).state == "cancelled"


def test_an_appeal_is_taken_and_decided(ann: Source, officer: Client) -> None:
    made = request_of("access", identifier=NOBODY)
    execute_request(made.id)
    officer.post(f"{DESK}{made.id}/appeal/", MOVES["appeal"])
    assert "That is wrong." in text(officer.get(f"{DESK}{made.id}/"))
    assert str(made.id) in text(officer.get(f"{DESK}?show=mine"))
    officer.post(f"{DESK}{made.id}/decide/", MOVES["decide"])
    assert [one.state for one in read_request(made.id).appeals] == ["upheld"]


def test_what_the_state_does_not_allow_is_said_on_the_page(ann: Source, officer: Client) -> None:
    made = request_of("access", identifier=NOBODY)
    execute_request(made.id)
    for move in ("verify", "approve", "deny", "cancel", "extend", "retry", "decide"):
        answer = officer.post(f"{DESK}{made.id}/{move}/", MOVES[move])
        assert answer.status_code == 409, move
        assert "notice error" in answer.content.decode(), move


def test_several_are_done_at_once_and_each_is_answered(ann: Source, officer: Client, settings: Any) -> None:
    settings.PRIVACY_APPROVAL = ["access", "erasure"]
    waiting, closed, gone = request_of("access"), request_of("erasure"), uuid4()
    officer.post(f"{DESK}{closed.id}/cancel/")
    ids = [str(waiting.id), str(closed.id), str(gone)]
    look = officer.post(f"{DESK}bulk/", {"act": "approve", "id": ids})
    assert look.context["erases"] is True
    refused = officer.post(f"{DESK}bulk/", {"act": "approve", "id": ids, "step": "do"})
    assert (refused.status_code, read_request(waiting.id).state) == (422, "awaiting_approval")
    done = officer.post(f"{DESK}bulk/", {"act": "approve", "id": ids, "step": "do", "confirm": "erase"})
    assert {one.line.one.id: one.done for one in done.context["results"]} == {waiting.id: True, closed.id: False}
    assert "nothing more can be done" in text(done)


def test_several_are_refused_with_one_reason_after_a_look_at_the_letter(ann: Source, officer: Client) -> None:
    ids = [str(request_of(kind).id) for kind in ("access", "portability")]
    form = {"act": "refuse", "id": ids, "reason": "other", "explanation": "Closed for good."}
    assert officer.post(f"{DESK}bulk/", form | {"explanation": "", "step": "do"}).status_code == 422
    assert "Closed for good." in text(officer.post(f"{DESK}bulk/", form | {"step": "preview"}))
    assert {one.state for one in map(read_request, ids)} == {"in_progress"}  # type: ignore[arg-type]
    officer.post(f"{DESK}bulk/", form | {"step": "do"})
    assert {one.state for one in map(read_request, ids)} == {"denied"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "ids", [[], ["x"], ["\x00"], [str(uuid4())], [str(uuid4()) for _ in range(101)], ["9" * 1_000_000]]
)
def test_marks_that_are_no_requests_are_refused_in_words(officer: Client, ids: list[str]) -> None:
    assert officer.post(f"{DESK}bulk/", {"act": "approve", "id": ids}).status_code in (404, 413, 422)


def test_a_request_is_taken_by_phone(ann: Source, officer: Client) -> None:
    form = {
        "type": "access",
        "received": (datetime.now(UTC) - timedelta(days=2)).date().isoformat(),
        "regulation": "gdpr",
        "region": "de",
        "language": "de",
        "identifier_type": ["email", "phone"],
        "value": ["Ann@Example.org ", ""],
        "level": "verified",
        "method": "phone call",
    }
    answer = officer.post(f"{DESK}new/", form)
    assert answer.status_code == 303, text(answer)
    made = PrivacyRequest.objects.get()
    assert (made.source, made.region, made.language, made.identity_method) == ("staff", "DE", "de", "phone call")
    assert made.requester.startswith("staff:")
    assert "a••@e••.org" in text(officer.get(answer["Location"]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": [""]},
        {"value": ["no address"]},
        {"value": ["\x00"]},
        {"value": ["x" * 1_000_000]},
        {"identifier_type": ["planet"]},
        {"type": "appeal"},
        {"type": "nonsense"},
        {"region": "Atlantis"},
        {"level": "verified", "method": ""},
        {"received": "2999-01-01"},
        {"received": "yesterday"},
        {"received": "1901-01-01"},
        {"language": "xx"},
        {"purposes": "no.such.purpose", "type": "objection"},
        {"regulation": "magna carta"},
    ],
)
def test_what_cannot_be_taken_is_said_on_the_form(officer: Client, service: Any, wrong: dict[str, Any]) -> None:
    form = {"type": "access", "identifier_type": ["email"], "value": ["ann@example.org"], "level": "none"}
    answer = officer.post(f"{DESK}new/", form | wrong)
    assert answer.status_code in (413, 422)
    assert "<h1" in answer.content.decode()
    assert not PrivacyRequest.objects.exists()


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("value", ["\x00", "x" * 100_000, "é\ud800", "' OR 1=1 --"])
def test_hostile_words_in_a_move_are_refused_in_words(ann: Source, officer: Client, move: str, value: str) -> None:
    made = request_of("access")
    sent = {name: value.encode("utf-8", "surrogatepass").decode("latin-1") for name in MOVES[move]} | {"step": "do"}
    assert officer.post(f"{DESK}{made.id}/{move}/", sent).status_code in (303, 409, 422)


def test_a_request_that_there_is_not_is_a_page(officer: Client) -> None:
    for path in ("", "plan/", "steps/", "proof/", "letters/refusal.pdf"):
        assert officer.get(f"{DESK}{uuid4()}/{path}").status_code == 404, path
    for move, form in MOVES.items():
        assert officer.post(f"{DESK}{uuid4()}/{move}/", form).status_code == 404, move


def test_the_plan_counts_what_is_stored_by_how_it_is_tied(ann: Source, officer: Client) -> None:
    made = request_of("erasure", cooling_off=timedelta(days=7))
    page = officer.get(f"{DESK}{made.id}/plan/")
    stores = {store.store: store.rows for group in page.context["groups"] for _label, store in group["stores"]}
    assert "Their timeline" in text(page)
    assert stores["profiles.Identifier"] >= 1
    assert stores["profiles.Interaction"] == 1
    assert "done by itself" in text(page)


def test_an_erasure_shows_its_steps_its_proof_and_its_certificate(ann: Source, officer: Client) -> None:
    from consent.audit.heads import sign_head

    made = request_of("erasure")
    execute_request(made.id)
    page = officer.get(f"{DESK}{made.id}/")
    steps = page.context["steps"][0].steps
    assert {one.state for one in steps} == {"done"}
    assert [one.store for one in steps][:12] == [store for store, _step in STEPS]
    assert "names nobody any more" in text(page)
    sign_head()
    proof = officer.get(f"{DESK}{made.id}/proof/")
    logged = proof.context["logged"].entries
    assert {"request.received", "request.executing", "erasure.completed", "request.closed"} <= {
        one.type for one in logged
    }
    assert all(one.included for one in logged)
    assert proof.context["certificate"]


def test_an_entry_that_was_changed_is_not_proven(ann: Source, officer: Client) -> None:
    from django.db import connection

    from consent.audit.heads import sign_head

    made = request_of("access")
    sign_head()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_entry SET entry = replace(entry, '\"access\"', '\"erasure\"')")
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
    assert "not proven" in text(officer.get(f"{DESK}{made.id}/proof/"))


def test_the_log_says_which_entries_by_an_index(ann: Source, officer: Client) -> None:
    from django.db import connection

    request_of("access")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = on")
        cursor.execute(
            """EXPLAIN SELECT seq FROM audit_entry WHERE entry LIKE '%%"request":"%%'
            AND substring(entry, '"request":"([0-9a-f-]{36})"') = 'x'""".replace("%%", "%")
        )
        assert "audit_entry_of_request" in str(cursor.fetchall())


def test_the_yearly_figures_and_the_log_name_nobody(ann: Source, officer: Client) -> None:
    request_of("access")
    year = datetime.now(UTC).year
    assert str(year) in text(officer.get(f"{DESK}metrics/"))
    for bad in ("20", "x", "99999", "\x00"):
        assert officer.get(f"{DESK}metrics/", {"year": bad}).status_code == 422
    answer = officer.get(f"{DESK}log.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[1].split(",")[1:3] == ["access", "api"]
    assert officer.get(f"{DESK}log.csv?from=2026-02-01&to=2026-01-01").status_code == 422


def test_the_deadlines_of_the_weeks_add_up(ann: Source, officer: Client) -> None:
    request_of("access", days_ago=60), request_of("portability"), request_of("erasure")
    columns = officer.get(f"{DESK}deadlines/").context["columns"]
    assert columns[0].requests == 1
    assert sum(one.requests for one in columns) == 3


def test_each_signed_in_officer_is_named_in_the_history(ann: Source, settings: Any, db: None) -> None:
    settings.PRIVACY_APPROVAL = ["access"]
    made, grace = request_of("access"), make_staff("privacy_officer", "grace")
    client = sign_in(Client(), grace)
    client.post(f"{DESK}{made.id}/approve/")
    assert "grace" in text(client.get(f"{DESK}{made.id}/"))


def test_a_request_whose_cooling_off_is_over_is_not_said_to_be_cancellable(ann: Source, officer: Client) -> None:
    with travel(datetime(2026, 3, 2, 23, 30, tzinfo=UTC), tick=False):
        made = request_of("erasure", cooling_off=timedelta(days=3))
        officer.cookies["time_zone"] = "Europe/Berlin"
        waiting = officer.get(DESK).context["lines"][0]
        assert "can be cancelled" in waiting.waits
        assert waiting.bar.title == "2 March 2026", "the day of the law is that of UTC, wherever the reader is"
    with travel(datetime(2026, 3, 6, 0, 30, tzinfo=UTC), tick=False):
        assert "begins in a moment" in officer.get(DESK).context["lines"][0].waits
        assert str(made.id) in text(officer.get(DESK))
