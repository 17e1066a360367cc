"""A correction that somebody asks for by phone, taken on the desk; and words that staff can act on."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from consent.models import PrivacyRequest
from consent.requests.letters import About, no_match_words, refusal
from profiles.models import Identifier, Source
from profiles.privacy.requests import execute_request
from tests.factories.desk import tell_of_ann
from tests.integration.api.conftest import default_types, service, shop, unseen_configuration

__all__ = ["default_types", "service", "shop", "unseen_configuration"]

Staff = Callable[[str], Client]
NEW = "/backoffice/privacy/new/"
ASKED = {
    "type": "rectification",
    "regulation": "gdpr",
    "language": "en",
    "identifier_type": "email",
    "value": "ann@example.org",
    "level": "verified",
    "method": "phone call",
}


@pytest.fixture
def ann(shop: Source) -> Source:
    """Ann is known here."""
    tell_of_ann(shop)
    return shop


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_correction_is_taken_by_phone_and_carried_out(ann: Source, staff: Staff) -> None:
    answer = staff("privacy_officer").post(NEW, ASKED | {"trait": ["city", ""], "right": ["Ulm", ""]})
    assert answer.status_code == 303
    execute_request(PrivacyRequest.objects.get().id)
    root = Identifier.objects.get(id=Identifier.objects.get(value="ann@example.org").root_id)
    assert "Ulm" in text(staff("privacy_officer").get(f"/backoffice/profiles/{root.profile_id}/traits/"))


def test_a_correction_that_says_nothing_to_correct_is_refused_on_the_form(ann: Source, staff: Staff) -> None:
    answer = staff("privacy_officer").post(NEW, ASKED)
    assert answer.status_code == 422
    assert "Say what is to be corrected" in text(answer)
    assert not PrivacyRequest.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"trait": "\x00", "right": "Ulm"},
        {"trait": "city", "right": "\x00"},
        {"trait": "city", "right": "x" * 5_000},
        {"trait": "!" * 300, "right": "Ulm"},
        {"exchange_type": "nothing", "exchange_from": "a@example.org"},
        {"exchange_type": "email", "exchange_from": "no address"},
        {"exchange_type": "email", "exchange_to": "x" * 1_000_000},
    ],
)
def test_a_correction_that_cannot_be_is_refused_in_words(ann: Source, staff: Staff, wrong: dict[str, str]) -> None:
    answer = staff("privacy_officer").post(NEW, ASKED | wrong)
    assert answer.status_code == 422
    assert 'class="wrong"' in text(answer) or 'role="alert"' in text(answer)
    assert not PrivacyRequest.objects.exists()


def test_a_purpose_that_there_is_not_is_refused_in_words_for_staff(ann: Source, staff: Staff) -> None:
    answer = staff("privacy_officer").post(NEW, ASKED | {"type": "objection", "purposes": "nothing"})
    assert answer.status_code == 422
    assert "There is no such purpose." in text(answer)
    assert "GET /v1/" not in text(answer)


def test_a_letter_of_refusal_says_its_reason_once() -> None:
    words = no_match_words("en")
    letter = refusal(About(uuid4(), "access", date(2026, 3, 2), "en"), "no_match", words, "")
    assert " ".join(letter.fields.values()).count(words) == 1
