"""The start and the search: what they say, what they log, and what they refuse."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent.access import PERSON
from consent.models import AccessLog
from profiles.models import Identifier, Interaction
from tests.factories.channels import event, make_source, tell
from tests.factories.decisions import decide, decision
from tests.factories.pages import text_of
from tests.factories.requests import submit

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]

SEARCH = "/backoffice/search/"


@pytest.fixture
def ann() -> Identifier:
    shop = make_source(region="DE")
    traits = {"email": "ann@example.org", "phone": "030 901820", "firstName": "Ann", "lastName": "Lee"}
    tell(shop, {"type": "identify", "userId": "ann-0001", "messageId": "m-1", "traits": traits})
    return Identifier.objects.get(value="ann-0001")


def test_the_start_asks_whom_to_find_and_says_what_waits(staff: Staff, ann: Identifier) -> None:
    submit("erasure")
    page = text_of(staff("privacy_officer").get("/backoffice/"))
    assert "Find a person" in page
    assert "1 open in all" in page
    assert "Work list" not in page


def test_the_start_shows_only_what_a_role_may_see(staff: Staff) -> None:
    steward, operator = staff("steward").get("/backoffice/"), staff("operator").get("/backoffice/")
    assert "Find a person" in text_of(steward)
    assert "The rules settled all there is." in text_of(steward)
    assert "Privacy requests" not in text_of(steward)
    assert "Find a person" not in text_of(operator)
    assert "All sources are well." in text_of(operator)


def test_a_search_is_a_form_and_never_a_url(staff: Staff, ann: Identifier) -> None:
    client = staff("steward")
    page = client.get(SEARCH, {"words": "ann@example.org"})
    assert "Ann Lee" not in text_of(page)
    assert 'method="post"' in page.content.decode()


def test_somebody_is_found_with_values_masked_and_the_read_logged(staff: Staff, ann: Identifier) -> None:
    answer = staff("analyst").post(SEARCH, {"words": "+49 30 901820"})
    page = text_of(answer)
    assert answer.status_code == 200
    assert "Ann Lee" in page
    assert "Known" in page
    assert "Phone number matches: +49 ••• 20" in page
    assert "a••@e••.org" in page
    assert "ann@example.org" not in page
    assert "+4930901820" not in page
    assert "ann-0001" not in page
    [read] = AccessLog.objects.filter(operation="staff.search")
    assert (read.profile_id, read.fields) == (ann.profile_id, "identifiers,traits,consents")
    assert read.actor.startswith("staff:")


def test_a_search_that_finds_nobody_is_logged_and_helps(staff: Staff) -> None:
    page = text_of(staff("steward").post(SEARCH, {"words": "zoe@example.org"}))
    assert "Nobody was found" in page
    assert "Searched as Customer account" in page
    assert "Email address" in page
    [read] = AccessLog.objects.filter(operation="staff.search")
    assert read.profile_id is None


def test_blocked_malformed_and_shared_words_are_explained(staff: Staff) -> None:
    client = staff("steward")
    assert "“test@test.com” is blocked as an identifier" in text_of(client.post(SEARCH, {"words": "test@test.com"}))
    assert "This cannot be: Email address." in text_of(client.post(SEARCH, {"words": "ann@"}))
    shop = make_source()
    tell(shop, *(event(userId=f"u-{n}", context={"traits": {"email": "desk@example.org"}}) for n in range(5)))
    assert "Many people share this (Email address)" in text_of(client.post(SEARCH, {"words": "desk@example.org"}))


def test_a_type_that_is_none_is_named_with_those_that_are(staff: Staff, ann: Identifier) -> None:
    client = staff("steward")
    page = text_of(client.post(SEARCH, {"words": "emial:ann@example.org"}))
    assert "“emial” is no type" in page
    assert "email, id" in page
    for words in ("email:nobody@example.org", "instagram:nobody", "nobody"):
        assert "is no type" not in text_of(client.post(SEARCH, {"words": words}))


def test_a_request_id_leads_to_its_request(staff: Staff, ann: Identifier) -> None:
    request = submit("access")
    page = staff("privacy_officer").post(SEARCH, {"words": str(request.id)})
    assert f"/backoffice/privacy/{request.id}/" in page.content.decode()
    assert "A privacy officer can open it" in text_of(staff("steward").post(SEARCH, {"words": str(request.id)}))


def test_an_interaction_leads_to_its_profile(staff: Staff, ann: Identifier) -> None:
    page = text_of(staff("steward").post(SEARCH, {"words": str(Interaction.objects.get().id)}))
    assert "This is the id of an interaction of theirs." in page


def test_htmx_gets_the_results_alone(staff: Staff, ann: Identifier) -> None:
    page = staff("steward").post(SEARCH, {"words": "ann"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert "Ann Lee" in page


def test_a_letter_or_two_are_not_looked_for_while_somebody_types(staff: Staff, ann: Identifier) -> None:
    client = staff("steward")
    typing = client.post(SEARCH, {"words": "an"}, headers={"HX-Request": "true"})
    assert (typing.status_code, "Keep typing" in text_of(typing)) == (200, True)
    assert not AccessLog.objects.exists()
    assert "Ann Lee" in text_of(client.post(SEARCH, {"words": "an"}))


def test_pages_go_on_from_a_cursor_in_the_form(staff: Staff) -> None:
    tell(make_source(), *(event(userId=f"u-{n:03}", context={"traits": {"firstName": "Ann"}}) for n in range(30)))
    client = staff("steward")
    first = client.post(SEARCH, {"words": "ann"}).content.decode()
    cursor = re.search(r'name="cursor" value="([^"]+)"', first)
    assert cursor is not None
    second = client.post(SEARCH, {"words": "ann", "cursor": cursor[1]}).content.decode()
    linked = [set(re.findall(r"/backoffice/profiles/([0-9a-f-]+)/", page)) for page in (first, second)]
    assert [len(ids) for ids in linked] == [25, 5]
    assert not linked[0] & linked[1]
    assert ("From the start" in first, "From the start" in second) == (False, True)


def test_words_are_carried_to_the_next_page_however_much_space_is_around_them(staff: Staff) -> None:
    tell(make_source(), *(event(userId=f"u-{n:03}", context={"traits": {"firstName": "Ann"}}) for n in range(30)))
    page = staff("steward").post(SEARCH, {"words": " " * 520 + "ann"}).content.decode()
    assert page.count('name="words" value="ann"') == 1


def test_what_was_revealed_is_masked_in_the_search_once_processing_is_restricted(staff: Staff, ann: Identifier) -> None:
    client = staff("steward")
    client.post("/backoffice/reveal/", {"profile": ann.profile_id})
    assert "ann@example.org" in text_of(client.post(SEARCH, {"words": "ann"}))
    decide(decision(ann.id, "*", "ProcessingRestricted", timezone.now()))
    page = text_of(client.post(SEARCH, {"words": "ann"}))
    assert ("Restricted" in page, "ann@example.org" in page) == (True, False)


def test_a_name_that_holds_a_weaker_identifier_is_masked_in_the_search_as_on_the_profile(staff: Staff) -> None:
    traits = {
        "email": "zoe@example.org", "phone": "+4930901820", "loyalty_id": "Z-1234", "crm_id": "c-1234",
        "name": "zoequartz",
    }  # fmt: skip
    handle = [{"type": "social_handle", "id": "instagram:zoequartz"}]
    tell(make_source(), event(userId="z-00001", context={"traits": traits, "externalIds": handle}))
    client = staff("steward")
    page = client.post(SEARCH, {"words": "z-00001"}).content.decode()
    assert "2 more identifiers" in text_of(client.post(SEARCH, {"words": "z-00001"}))
    assert "zoequartz" not in page


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"words": ""},
        {"words": "a\0b"},
        {"words": "ann\x01"},
        {"words": "x" * 1_000_000},
        {"words": "ann", "cursor": "x"},
        {"words": "ann", "cursor": "é" * 900},
        {"words": "ann", "cursor": "\0"},
    ],
)
@pytest.mark.parametrize("fragment", [False, True])
def test_words_that_can_be_nothing_are_answered_by_a_sentence(
    staff: Staff, fields: dict[str, str], fragment: bool
) -> None:
    answer = staff("steward").post(SEARCH, fields, headers={"HX-Request": "true"} if fragment else {})
    assert answer.status_code in ((200, 422) if fragment else (422,))
    assert re.search(r"Type what you know|too long|characters that cannot|no page of a search", text_of(answer))
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "' OR 1=1 --", "%", "_", "\\", "{{ 7 }}", "😀", "\u00aa", "٣٣٣٣٣٣٣"]
)
def test_hostile_words_are_searched_and_shown_as_text(staff: Staff, words: str) -> None:
    answer = staff("steward").post(SEARCH, {"words": words})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("role", ["operator", "auditor"])
def test_who_may_not_search_is_told_which_roles_may(staff: Staff, role: str) -> None:
    answer = staff(role).post(SEARCH, {"words": "ann"})
    assert answer.status_code == 403
    assert "These roles do: Steward, Privacy officer, Analyst" in text_of(answer)


@pytest.mark.parametrize(
    "words", ["ann", "ann lee", "lee ann", "ann@example.org", "3694b448-4f48-4855-a778-afa0f7e3f90e", "0301234567"]
)
def test_a_search_asks_few_questions_of_the_database(
    staff: Staff, words: str, django_assert_max_num_queries: Any
) -> None:
    shop = make_source(region="DE")
    named = {"firstName": "Ann", "lastName": "Lee", "name": "Ann Lee"}
    tell(shop, *(event(userId=f"u-{n:03}", anonymousId=f"a-{n}", context={"traits": named}) for n in range(60)))
    client = staff("steward")
    client.get(SEARCH)
    with django_assert_max_num_queries(15):
        assert client.post(SEARCH, {"words": words}).status_code == 200


def test_the_start_asks_few_questions_of_the_database(staff: Staff, django_assert_max_num_queries: Any) -> None:
    make_source()
    client = staff("administrator")
    client.get(SEARCH)
    with django_assert_max_num_queries(15):
        assert client.get("/backoffice/").status_code == 200


def test_what_staff_search_is_not_taken_for_the_persons_own_look(staff: Staff, ann: Identifier) -> None:
    staff("steward").post(SEARCH, {"words": "ann"})
    assert not AccessLog.objects.filter(actor=PERSON).exists()
