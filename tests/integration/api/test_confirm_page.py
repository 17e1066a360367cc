"""The page behind the link of a double opt-in: it asks in plain words, and only its button decides."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import translation

from consent.models import Confirmation, ConsentDecision, Receipt
from consent.receipts import Party, Terms
from consent.signatures import verify_receipt
from consent.signing import public_keys
from profiles.identity.sql import ENTER_LANE
from profiles.models import Card, Fold, Identifier
from tests.factories.callers import Caller
from tests.factories.consents import ANN, ANN_ACCOUNT, PROOF, decision, state_of, tell_consents

pytestmark = pytest.mark.django_db

ADDRESS = {"dbname", "user", "password", "host", "port"}

TWICE = {**PROOF, "method": "double_opt_in"}


def ask(service: Caller, *decisions: Any, **more: Any) -> str:
    """Ask for consent by a link; its path."""
    made = tell_consents(service, *(decisions or [decision("marketing.email")]), **{"proof": TWICE, **more}).content
    url: str = made["confirmations"][0]["url"]
    return url.removeprefix("http://testserver")


def confirm(path: str) -> Any:
    """Open the page and press its button, as a browser does that keeps no cookies."""
    opened = Client(enforce_csrf_checks=True).get(path)
    assert not opened.cookies
    return Client(enforce_csrf_checks=True).post(path)


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_opens_the_link_changes_nothing(service: Caller, method: str) -> None:
    path = ask(service)
    for _ in range(2):
        assert getattr(Client(), method)(path, headers={"User-Agent": "link scanner"}).status_code == 200
    assert state_of(service, "marketing.email") == ("pending", False)
    assert set(ConsentDecision.objects.values_list("state", flat=True)) == {"ConsentRequested"}


def test_the_button_gives_the_consent_once_with_a_receipt(service: Caller) -> None:
    path = ask(service, decision("marketing.email"), decision("ads"), by=[ANN, ANN_ACCOUNT])
    page = confirm(path)
    assert page.status_code == 200
    assert [state_of(service, key) for key in ("marketing.email", "ads")] == [("granted", True)] * 2
    given = ConsentDecision.objects.filter(state="ConsentGiven")
    assert given.count() == 4
    row = given.first()
    assert row is not None
    proof = row.proof or {}
    assert (proof["method"], proof["notice_version"], row.actor) == ("double_opt_in", "3", "person")
    assert proof["confirmed_at"]
    receipt = Receipt.objects.get(id=row.act_id)
    assert receipt.jws in page.content.decode()
    assert verify_receipt(receipt.jws, public_keys())["dct:identifier"] == str(row.act_id)
    assert confirm(path).status_code == 410
    assert given.count() == 4


def test_a_purpose_can_ask_for_it(service: Caller) -> None:
    service.put(
        "/v1/consent/purposes/letters", {"legal_basis": "consent", "double_opt_in": True, "expires_after": "P1Y"}
    )
    made = tell_consents(service, decision("letters"), decision("ads")).content
    assert [(one["purpose"], one["state"], one["usable"]) for one in made["decisions"]] == [
        ("letters", "requested", False),
        ("ads", "granted", True),
    ]
    [waiting] = made["confirmations"]
    assert waiting["purpose"] == "letters"
    confirm(waiting["url"].removeprefix("http://testserver"))
    assert state_of(service, "letters") == ("granted", True)
    row = ConsentDecision.objects.get(purpose="letters", state="ConsentGiven")
    assert row.expires_at is not None
    assert row.expires_at > datetime.now(UTC) + timedelta(days=364)


def test_a_form_of_a_page_with_a_session_that_another_site_sends_is_refused_in_words() -> None:
    refused = Client(enforce_csrf_checks=True).post("/privacy/nothing/", headers={"Accept-Language": "de"})
    assert refused.status_code == 403
    assert "Es wurde nichts geändert." in refused.content.decode()
    assert "<style" not in refused.content.decode()


def test_links_that_are_used_too_old_or_made_up_show_the_same_page(service: Caller) -> None:
    used, old = ask(service), ask(service)
    confirm(used)
    token = old.rpartition("/")[2]
    Confirmation.objects.filter(confirmed_at=None).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    pages = [Client().get(path) for path in (used, old, old.replace(token, "A" * 43), old.replace(token, "x" * 2_000))]
    assert [page.status_code for page in pages] == [410, 410, 404, 404]
    assert len({page.content for page in pages}) == 1
    assert [Client().post(path).status_code for path in (used, old)] == [410, 410]


def test_a_link_works_for_three_days_and_only_its_hash_is_stored(service: Caller) -> None:
    token = ask(service).rpartition("/")[2]
    row = Confirmation.objects.get()
    assert row.expires_at - row.requested_at == timedelta(hours=72)
    assert (len(bytes(row.digest)), len(token)) == (32, 43)
    assert token not in str(Confirmation.objects.values()) + str(ConsentDecision.objects.values())


def test_an_act_that_is_told_again_names_the_same_link(service: Caller) -> None:
    id_ = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
    assert ask(service, id=id_) == ask(service, id=id_)


def test_a_child_that_confirms_still_waits_for_a_guardian(service: Caller) -> None:
    page = confirm(ask(service, subject={"age": 12, "country": "DE"})).content.decode()
    assert ("Your choice is confirmed" in page, "Your answer is recorded" in page) == (False, True)
    assert state_of(service, "marketing.email") == ("awaiting_guardian", False)


def test_the_page_says_who_asks(service: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CONSENT_CONTROLLER", Terms(pii_controllers=(Party("Shop & Co"), Party("Post"))))
    assert "You are asked by Shop &amp; Co, Post." in Client().get(ask(service)).content.decode()


def test_every_word_of_the_pages_is_translated() -> None:
    templates = Path(settings.BASE_DIR, "cxprofiles/templates/cxprofiles/portal")
    words = set()
    for name in ("confirm.html", "refused.html"):
        text = (templates / name).read_text()
        words |= set(re.findall(r'{% translate "([^"]+)" %}', text))
        for found in re.findall(r"{% blocktranslate .*? %}(.*?){% endblocktranslate %}", text):
            words.add(re.sub(r"{{ (\w+) }}", r"%(\1)s", found))
    assert len(words) > 15
    for language in ("de", "id"):
        with translation.override(language):
            assert [word for word in words if translation.gettext(word) == word] == []


@pytest.mark.parametrize(
    ("accepted", "language", "words"),
    [
        ("de-AT,de;q=0.9", "de", ["Neuigkeiten und Angebote per E-Mail", "Bitte bestätigen Sie Ihre Auswahl"]),
        ("id", "id", ["Berita dan penawaran lewat email", "Mohon konfirmasi pilihan Anda"]),
        ("fr,en;q=0.5", "en", ["News and offers by email", "Please confirm your choice"]),
        ("", "en", ["News and offers by email", "Please confirm your choice"]),
    ],
)
def test_the_page_speaks_the_visitors_language(service: Caller, accepted: str, language: str, words: list[str]) -> None:
    page = Client().get(ask(service), headers={"Accept-Language": accepted})
    text = page.content.decode()
    assert [word for word in words if word not in text] == []
    assert f'<html lang="{language}">' in text
    assert page.headers["Content-Language"] == language
    assert "Accept-Language" in page.headers["Vary"]


def test_the_page_runs_no_script_and_is_not_kept(service: Caller) -> None:
    page = Client().get(ask(service))
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "same-origin")
    text = page.content.decode()
    assert "<script" not in text
    assert "style=" not in text
    assert ANN["value"] not in text


def test_a_link_about_nobody_any_more_is_over(service: Caller) -> None:
    link = ask(service)
    Card.objects.all().delete()
    Fold.objects.all().delete()
    Identifier.objects.all().delete()
    assert Client().post(link).status_code == 410
    assert not ConsentDecision.objects.exclude(state="ConsentRequested").exists()


def test_a_made_up_link_does_not_wait_for_the_lane() -> None:
    address = {name: value for name, value in connection.get_connection_params().items() if name in ADDRESS}
    with psycopg.connect(**address) as other:
        other.execute(ENTER_LANE)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
        assert Client().post("/privacy/confirm/" + "A" * 43).status_code == 404
