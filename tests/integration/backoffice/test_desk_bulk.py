"""Several privacy requests answered at once: what is mixed, stale, large or in other languages among them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from consent.models import RequestEvent
from profiles.models import Source
from profiles.privacy.requests import deny_request, execute_request, read_request
from tests.factories.desk import request_of, tell_of_ann
from tests.factories.requests import NOBODY
from tests.integration.api.conftest import default_types, shop, unseen_configuration

__all__ = ["default_types", "shop", "unseen_configuration"]

Staff = Callable[[str], Client]
BULK = "/backoffice/privacy/bulk/"
DO = {"act": "approve", "step": "do", "confirm": "erase"}
REFUSE = {"act": "refuse", "step": "do", "reason": "other", "explanation": "Closed for good."}


@pytest.fixture(autouse=True)
def ann(shop: Source) -> Source:
    """Ann is known here."""
    tell_of_ann(shop)
    return shop


def answers(page: Any) -> dict[Any, tuple[bool, str]]:
    """What became of each: whether it was done, and the sentence."""
    return {one.line.one.id: (one.done, one.sentence) for one in page.context["results"]}


def test_the_first_of_two_approvals_is_recorded_and_the_same_person_gives_no_second(
    staff: Staff, settings: Any
) -> None:
    settings.FOUR_EYES, settings.FOUR_EYES_ABOVE = ["erasure"], 1
    made, first, second = request_of("erasure"), staff("privacy_officer"), staff("privacy_officer")
    once = answers(first.post(BULK, DO | {"id": [str(made.id)]}))
    again = answers(first.post(BULK, DO | {"id": [str(made.id)]}))
    assert once[made.id] == (True, "Your approval is recorded. A second one, of somebody else, is wanted.")
    assert again[made.id][0] is False
    assert "somebody else gives the second approval" in again[made.id][1]
    assert answers(second.post(BULK, DO | {"id": [str(made.id)]}))[made.id][0] is True
    given = RequestEvent.objects.filter(request=made.id, name__in=["approved_first", "approved"])
    assert given.values("actor").distinct().count() == 2
    assert read_request(made.id).state == "executing"


def test_what_cannot_be_refused_any_more_stops_nobody_else(staff: Staff) -> None:
    settled, done, open_ = request_of("access", identifier=NOBODY), request_of("access"), request_of("portability")
    execute_request(settled.id)
    deny_request(id=done.id, reason="other", explanation="No.", actor="staff:1")
    page = staff("privacy_officer").post(BULK, REFUSE | {"id": [str(one.id) for one in (settled, done, open_)]})
    found = answers(page)
    assert [found[one.id][0] for one in (settled, done, open_)] == [False, False, True]
    assert read_request(done.id).explanation == "No.", "what was said before stands"
    assert page.context["done"] == 1


def test_a_form_that_is_sent_twice_refuses_once(staff: Staff) -> None:
    made, officer = request_of("access"), staff("privacy_officer")
    form = REFUSE | {"id": [str(made.id), str(made.id)]}
    assert len(answers(officer.post(BULK, form))) == 1
    assert answers(officer.post(BULK, form | {"explanation": "Other words."}))[made.id][0] is False
    assert read_request(made.id).explanation == "Closed for good."
    assert RequestEvent.objects.filter(request=made.id, name="denied").count() == 1


def test_how_many_of_the_marked_are_not_there_is_said(staff: Staff) -> None:
    made, officer = request_of("access"), staff("privacy_officer")
    page = officer.post(BULK, {"act": "refuse", "id": [str(made.id), str(uuid4())]}).content.decode()
    assert "1 of the marked requests is not there any more." in page
    assert officer.post(BULK, {"act": "refuse", "id": [str(uuid4())]}).status_code == 404


def test_the_languages_of_the_letters_are_said_where_their_words_are_written(staff: Staff) -> None:
    made = [request_of("access", language="de-AT"), request_of("portability", language="id")]
    page = staff("privacy_officer").post(BULK, {"act": "refuse", "id": [str(one.id) for one in made]})
    assert page.context["written_in"] == "Deutsch, Bahasa Indonesia"
    one = staff("privacy_officer").get(f"/backoffice/privacy/{made[0].id}/").content.decode()
    assert "Written in: Deutsch." in one


def test_an_auditor_answers_none(staff: Staff) -> None:
    made = request_of("access", cooling_off=timedelta(days=3))
    assert staff("auditor").post(BULK, REFUSE | {"id": [str(made.id)]}).status_code == 403
    assert read_request(made.id).state == "in_progress"
