"""The work list and its cases, as members of staff use them."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from consent.models import AccessLog
from profiles.identity.decisions import record_decisions
from profiles.models import Decision, ReviewCase
from profiles.review.finding import find_cases
from profiles.review.kinds.case_kind import Answer, Candidate, CaseKind, Found
from profiles.review.registry import KINDS
from tests.factories.channels import accept, event, make_source, tell, work
from tests.integration.review.worlds import cases, crowd_on_a_mailbox, id_of, only_case, partition, two_accounts

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]
LIST = "/backoffice/work/"


def path(case: ReviewCase, rest: str = "") -> str:
    return f"{LIST}{case.id}/{rest}"


def seen_by(client: Client, case: ReviewCase) -> dict[str, str]:
    """What the page of a case sends along unseen; nothing where no answer can be given."""
    page = client.get(path(case)).content.decode()
    return dict(re.findall(r'<input type="hidden" name="(seen|until)" value="([^"]*)"', page))


def reply(client: Client, case: ReviewCase, answer: str = "same", **fields: Any) -> Any:
    return client.post(path(case, "answer/"), {"answer": answer, "reason": "0", **seen_by(client, case), **fields})


def page_of(client: Client, address: str, status: int = 200) -> str:
    answered = client.get(address)
    assert answered.status_code == status
    return answered.content.decode()


def undo_of(client: Client, page: str) -> Any:
    token = page.split('name="token" value="')[1].split('"')[0]
    return client.post("/backoffice/undo/", {"token": token, "next": LIST})


@pytest.fixture
def case() -> ReviewCase:
    two_accounts(make_source())
    return only_case("refused_link")


def test_an_empty_list_says_why_and_what_comes(staff: Staff) -> None:
    page = page_of(staff("steward"), LIST)
    assert "Nothing waits for you" in page
    for state in ("later", "answered", "settled"):
        assert "empty" in page_of(staff("steward"), f"{LIST}?state={state}")


def test_the_list_counts_each_kind_and_names_nobody(staff: Staff, case: ReviewCase) -> None:
    page = page_of(staff("steward"), LIST)
    assert "One person or two?" in page
    assert str(case.id) in page
    assert "p0@example.org" not in page
    assert "u-0-1" not in page


def test_what_events_and_traits_are_called_shows_no_value_either(staff: Staff) -> None:
    shop = make_source()
    two_accounts(shop)
    named = {"note for secret@example.org": "x", "u-0-1": "x", "firstName": "Bo"}
    tell(shop, event(77, name="Wrote to secret@example.org as u-0-1", userId="u-0-1", context={"traits": named}))
    page = page_of(staff("steward"), path(only_case("refused_link")))
    assert "First name" in page
    assert "Wrote to s••@e••.org" in page
    assert "secret@example.org" not in page
    assert "u-0-1" not in page


def test_what_was_noted_shows_no_value_either(staff: Staff, case: ReviewCase) -> None:
    client = staff("steward")
    reply(client, case, "different", note="p0@example.org is the mother's; u-0-1 is hers")
    for page in (page_of(client, path(case)), page_of(client, f"{LIST}?state=answered")):
        assert "the mother" in page
        assert "p0@example.org" not in page
    assert "u-0-1" not in page_of(client, path(case))


def test_the_greatest_stake_comes_first_and_pages_follow_on(staff: Staff) -> None:
    shop = make_source()
    two_accounts(shop, people=35)
    tell(shop, *(event(n, userId="u-7-1") for n in range(5)))
    find_cases()
    ReviewCase.objects.filter(kind="refused_link").update(checked_at="2026-01-01T00:00Z")
    client = staff("steward")
    first = page_of(client, LIST)
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = page_of(client, following)
    seen = [one.split("/")[0] for one in (first + second).split('class="case" href="/backoffice/work/')[1:]]
    assert len(seen) == len(set(seen)) == 35
    stakes = [ReviewCase.objects.get(id=one).stake for one in seen]
    assert stakes == sorted(stakes, reverse=True)
    assert stakes[0] == max(stakes) > stakes[-1]


@pytest.mark.parametrize("cursor", ["x", "%00", "MTJ8", "9" * 500, "NQ", "\u00e9", "LTF8MjAyNi0wMS0wMXw"])
def test_a_page_that_is_none_is_the_first_with_a_sentence(staff: Staff, case: ReviewCase, cursor: str) -> None:
    page = page_of(staff("steward"), f"{LIST}?after={cursor}", 400)
    assert "beginning of the list" in page


def test_a_case_stands_side_by_side_with_values_masked_and_differences_marked(staff: Staff, case: ReviewCase) -> None:
    page = page_of(staff("steward"), path(case))
    assert "p0@example.org" not in page
    assert "u-0-1" not in page
    assert "differs" in page
    assert "2 interactions" in page
    assert "Same person" in page
    assert AccessLog.objects.filter(operation="staff.work").count() == 2


def test_what_was_revealed_is_shown_on_the_one_side(staff: Staff, case: ReviewCase) -> None:
    from profiles.models import Identifier

    client = staff("steward")
    side = Identifier.objects.get(id=case.details["a"])
    head = Identifier.objects.get(id=side.root_id)
    client.post("/backoffice/reveal/", {"profile": str(head.profile_id), "next": path(case)})
    page = page_of(client, path(case))
    accounts = Identifier.objects.filter(type__name="user_id")
    [own] = accounts.filter(root_id=head.id).values_list("value", flat=True)
    [other] = accounts.exclude(root_id=head.id).values_list("value", flat=True)
    assert f">{own}<" in page
    assert f">{other}<" not in page


def test_what_each_answer_would_do_is_said_before(staff: Staff, case: ReviewCase) -> None:
    page = page_of(staff("steward"), path(case, "previews/"))
    assert "2 profiles become one, with 3 identifiers." in page
    assert "stay 2 profiles" in page
    assert Decision.objects.count() == 0


def test_an_answer_decides_and_opens_the_next_case_and_undo_restores_the_partition(staff: Staff) -> None:
    two_accounts(make_source(), people=2)
    one, other = cases("refused_link")
    before, client = partition(), staff("steward")
    answered = reply(client, one)
    assert (answered.status_code, answered["Location"]) == (303, path(other))
    assert len(set(partition().values())) == len(set(before.values())) - 1
    one.refresh_from_db()
    assert (one.state, one.answer, one.note) == ("answered", "same", "Same name and address")
    page = page_of(client, path(other))
    assert undo_of(client, page).status_code == 303
    assert partition() == before
    one.refresh_from_db()
    assert (one.state, one.answer, one.decision_ids) == ("open", "", [])


def test_an_answer_without_a_reason_is_asked_for_one_and_keeps_what_was_chosen(staff: Staff, case: ReviewCase) -> None:
    client = staff("steward")
    answered = reply(client, case, reason="", note="  ")
    assert answered.status_code == 422
    assert "Say why" in answered.content.decode()
    assert 'value="same" data-key="s" checked' in answered.content.decode()
    assert Decision.objects.count() == 0


def test_not_sure_needs_no_reason_and_can_be_undone(staff: Staff, case: ReviewCase) -> None:
    client = staff("steward")
    assert reply(client, case, "later", reason="").status_code == 303
    case.refresh_from_db()
    assert case.state == "later"
    assert str(case.id) in page_of(client, f"{LIST}?state=later")
    assert "was not sure" in page_of(client, path(case))


@pytest.mark.parametrize(
    "fields",
    [
        {"answer": ""},
        {"answer": "nonsense"},
        {"answer": "block"},
        {"answer": "s" * 10_000},
        {"answer": "same", "reason": "99"},
        {"answer": "same", "reason": "-1"},
        {"answer": "same", "note": "a\x00b"},
        {"answer": "same", "note": "x" * 1_000_000},
        {"answer": "same\x00", "note": "y"},
    ],
)
def test_what_cannot_be_an_answer_is_refused_with_a_sentence(
    staff: Staff, case: ReviewCase, fields: dict[str, str]
) -> None:
    answered = staff("steward").post(path(case, "answer/"), fields)
    assert 400 <= answered.status_code < 500
    assert 'role="alert"' in answered.content.decode()
    assert Decision.objects.count() == 0


def test_a_case_that_is_not_there_is_a_page(staff: Staff) -> None:
    client = staff("steward")
    for rest in ("", "previews/"):
        assert client.get(f"{LIST}{uuid4()}/{rest}").status_code == 404
    assert client.post(f"{LIST}{uuid4()}/answer/", {"answer": "same"}).status_code == 404


@pytest.mark.parametrize("role", ["privacy_officer", "analyst", "operator", "auditor"])
def test_only_who_decides_identity_sees_cases(staff: Staff, case: ReviewCase, role: str) -> None:
    client = staff(role)
    assert client.get(LIST).status_code == 403
    assert client.get(path(case)).status_code == 403
    assert reply(client, case).status_code == 403


def test_another_sees_who_works_on_a_case_and_cannot_answer(staff: Staff, case: ReviewCase) -> None:
    eva, finn = staff("steward"), staff("steward")
    assert "Answer and open the next" in page_of(eva, path(case))
    page = page_of(finn, path(case))
    assert "works on this case" in page
    assert "Answer and open the next" not in page
    refused = reply(finn, case)
    assert refused.status_code == 409
    assert "Nothing was changed" in refused.content.decode()
    assert Decision.objects.count() == 0
    assert eva.post(path(case, "leave/")).status_code == 303
    assert "Answer and open the next" in page_of(finn, path(case))


def test_a_case_that_settled_meanwhile_says_so_and_takes_no_answer(staff: Staff, case: ReviewCase) -> None:
    client = staff("steward")
    pair = (case.details["a"], case.details["b"])
    record_decisions(pairs=[pair], verdict="same", reason="", actor="staff:99")
    assert "settled itself" in page_of(client, path(case))
    assert reply(client, case).status_code == 409
    assert Decision.objects.count() == 1


def test_a_shared_mailbox_can_be_blocked_and_allowed_again(staff: Staff) -> None:
    from profiles.models import IdentifierType

    crowd_on_a_mailbox(make_source(), 4)
    case = only_case("shared_identifier")
    client = staff("steward")
    page = page_of(client, path(case))
    assert "Block this value" in page
    blocked = list(IdentifierType.objects.get(name="email").blocked)
    assert reply(client, case, "block").status_code == 303
    assert "office@example.org" in IdentifierType.objects.get(name="email").blocked
    undo_of(client, page_of(client, LIST))
    assert IdentifierType.objects.get(name="email").blocked == blocked


def test_events_in_quarantine_are_shown_masked_and_tried_again(staff: Staff) -> None:
    shop = make_source()
    accept(shop, {"type": "nonsense", "traits": {"email": "ann@example.org"}})
    work()
    case = only_case("quarantined_events")
    client = staff("steward")
    page = page_of(client, path(case))
    assert "ann@example.org" not in page
    assert shop.name in page
    assert reply(client, case, "replay").status_code == 303
    work()
    assert only_case("quarantined_events").id == case.id, "what failed again is a question again"


def test_dropped_identifiers_are_told_of_without_their_values(staff: Staff) -> None:
    shop = make_source()
    tell(shop, event(0, userId="u-1", context={"traits": {"email": "test@test.com"}}))
    page = page_of(staff("steward"), path(only_case("dropped_identifiers")))
    assert "test@test.com" not in page
    assert "blocked" in page


def test_a_contradiction_is_answered_by_taking_one_decision_back_and_undone(staff: Staff) -> None:
    tell(make_source(), *(event(n, userId=f"u-{n}") for n in range(3)))
    one, two, three = (id_of("user_id", f"u-{n}") for n in range(3))
    record_decisions(pairs=[(one, three)], verdict="different", reason="", actor="staff:1")
    record_decisions(pairs=[(one, two), (two, three)], verdict="same", reason="", actor="staff:1")
    case, client = only_case("contradiction"), staff("steward")
    assert "Different people" in page_of(client, path(case))
    assert "One profile becomes 2" in page_of(client, path(case, "previews/"))
    before = partition()
    reply(client, case, "different")
    assert len(set(partition().values())) == 2
    undo_of(client, page_of(client, LIST))
    assert partition() == before
    assert only_case("contradiction").id == case.id


class Moon(CaseKind):
    """A kind made up for a test."""

    name, title, question = "moon", "Moons", "Is it full?"

    def find(self, position: str, most: int) -> Found:
        return Found([Candidate("luna", stake=7)])

    def still_open(self, case: ReviewCase) -> bool:
        return True

    def sides(self, case: ReviewCase) -> list[Any]:
        return []

    def answers(self, case: ReviewCase, actor: str) -> list[Answer]:
        return [Answer("full", "It is full", key="s")]


class Regret(Moon):
    """One whose answer takes every decision back."""

    def answers(self, case: ReviewCase, actor: str) -> list[Answer]:
        standing = Decision.objects.filter(withdrawn_at=None).values_list("id", flat=True)
        return [Answer("regret", "It was wrong", key="s", withdrawn=list(standing))]


def test_an_answer_that_takes_back_what_keeps_a_large_profile_apart_says_what_to_do(
    staff: Staff, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FOUR_EYES, settings.FOUR_EYES_ABOVE = ["merge"], 1
    tell(make_source(), event(0, userId="u-1", anonymousId="a-1"))
    pair = (id_of("user_id", "u-1"), id_of("anonymous_id", "a-1"))
    record_decisions(pairs=[pair], verdict="different", reason="", actor="staff:1")
    monkeypatch.setitem(KINDS, "moon", Regret())
    case, client = only_case("moon"), staff("steward")
    answered = reply(client, case, "regret", note="I looked")
    assert answered.status_code == 409
    assert "a second member of staff has to agree. Join the two profiles" in answered.content.decode()
    assert len(set(partition().values())) == 2
    settings.FOUR_EYES = []
    assert reply(client, case, "regret", note="I looked").status_code == 303
    assert len(set(partition().values())) == 1


def test_a_new_kind_is_one_class(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "moon", Moon())
    case, client = only_case("moon"), staff("steward")
    assert "Moons" in page_of(client, LIST)
    assert "Is it full?" in page_of(client, path(case))
    assert reply(client, case, "full", note="I looked").status_code == 303
    assert ReviewCase.objects.get(id=case.id).answer == "full"
    undo_of(client, page_of(client, LIST))
    assert ReviewCase.objects.get(id=case.id).state == "open"


@pytest.mark.parametrize("kind", ["refused_link", "contradiction", "shared_identifier", "quarantined_events"])
def test_no_screen_asks_the_database_more_than_fifteen_times(
    staff: Staff, kind: str, django_assert_max_num_queries: Any
) -> None:
    shop = make_source()
    two_accounts(shop, people=40)
    crowd_on_a_mailbox(shop, 5)
    accept(shop, *({"type": "nonsense"} for _ in range(5)))
    work()
    ids = [id_of("user_id", f"u-{n}-1") for n in range(4)]
    record_decisions(pairs=[(ids[0], ids[2])], verdict="different", reason="", actor="staff:1")
    record_decisions(pairs=[(ids[0], ids[1]), (ids[1], ids[2])], verdict="same", reason="", actor="staff:1")
    client, case = staff("steward"), cases(kind)[0]
    for address in (LIST, path(case), path(case, "previews/")):
        with django_assert_max_num_queries(15):
            assert client.get(address).status_code == 200
