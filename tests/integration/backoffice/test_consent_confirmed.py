"""A yes that the person has to confirm: the link goes to them, and staff are told so."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from consent.confirmation_letters import WORDS, confirmation_letter
from consent.messages import forget_messages, send_due
from consent.models import Message
from profiles.models import Identifier
from profiles.purpose_changes import publish_notice
from tests.factories.callers import Caller
from tests.factories.consents import ANN, PHONE, decision, state_of, tell_consents

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]
LINK = "http://testserver/privacy/confirm/"


def row_of(identifier: dict[str, str]) -> Identifier:
    return Identifier.objects.get(type__name=identifier["type"], value=identifier["value"])


@pytest.fixture
def letters() -> str:
    """A purpose whose yes is confirmed by a link, a notice of it in German, and Ann."""
    service = Caller()
    fields = {"legal_basis": "consent", "double_opt_in": True, "name": {"en": "Letters", "de": "Briefe"}}
    assert service.put("/v1/consent/purposes/letters", fields).status == 201
    publish_notice(key="news", version="3", language="de", text="Wir schreiben Ihnen.", actor="test")
    tell_consents(service, decision("analytics"), by=ANN)
    return "letters"


def tell(client: Client, identifier: dict[str, str], purpose: str, **more: str) -> Any:
    row = row_of(identifier)
    form = {"purpose": purpose, "identifier": str(row.pk), "state": "granted", "method": "phone", "notice": "news|3|de"}
    return client.post(f"/backoffice/profiles/{row.profile_id}/consent/tell/", form | more, follow=True)


def test_the_link_is_sent_to_the_person_in_their_language_and_not_shown_to_staff(letters: str, staff: Staff) -> None:
    page = tell(staff("privacy_officer"), ANN, letters).content.decode()
    assert "has to confirm it. A link is on its way to" in page
    assert ANN["value"] not in page
    assert LINK not in page
    assert send_due() == 1
    [sent] = mail.outbox
    assert sent.to == [ANN["value"]]
    assert sent.subject == WORDS["de"].subject
    assert "- Briefe" in sent.body
    assert LINK in sent.body


def test_the_person_confirms_by_the_link_and_it_is_in_force(letters: str, staff: Staff) -> None:
    tell(staff("privacy_officer"), ANN, letters)
    send_due()
    path = mail.outbox[0].body.split("http://testserver")[1].split()[0]
    visitor = Client()
    assert visitor.get(path).status_code == 200
    assert state_of(Caller(), letters) == ("pending", False)
    assert visitor.post(path).status_code == 200
    assert state_of(Caller(), letters) == ("granted", True)


def test_where_there_is_no_address_staff_hand_the_link_over_and_see_it_once(letters: str, staff: Staff) -> None:
    tell_consents(Caller(), decision("analytics"), by=PHONE)
    officer = staff("privacy_officer")
    answer = tell(officer, PHONE, letters)
    assert LINK in answer.content.decode()
    assert Message.objects.count() == 0
    again = officer.get(answer.redirect_chain[-1][0])
    assert again.status_code == 200
    assert LINK not in again.content.decode()


def test_what_waits_for_somebody_is_forgotten_with_them(letters: str, staff: Staff) -> None:
    tell(staff("privacy_officer"), ANN, letters)
    assert forget_messages([("email", ANN["value"])]) == 1
    assert send_due() == 0


def test_who_may_not_handle_requests_sees_no_link(letters: str, staff: Staff) -> None:
    assert staff("steward").get(f"/backoffice/profiles/{row_of(ANN).profile_id}/consent/tell/waits/").status_code == 403


@pytest.mark.parametrize("language", ["en", "de", "id", "de-AT", "fr", ""])
def test_the_letter_names_the_purposes_and_holds_the_link(language: str) -> None:
    letter = confirmation_letter(language, ["News", "Letters"], "https://x.example/privacy/confirm/t")
    assert "- News\n- Letters" in letter.text
    assert "https://x.example/privacy/confirm/t" in letter.text
    assert "{" not in letter.text
