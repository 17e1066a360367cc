"""Proving an address on the pages: by code and by link, and what happens to who cannot."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from consent.models import IdentifierProof, Message, Visit
from consent.proofs import PATIENCE, open_proof
from profiles.models import Source
from tests.factories.channels import event, tell
from tests.factories.visitors import ANN, ANN_SEEN, Visitor, code_sent, link_sent, messages_sent, text_of

pytestmark = pytest.mark.django_db

OVERVIEW = "/privacy/overview"
_CHANGING = re.compile(rb'csrfmiddlewaretoken" value="[^"]+"')


def other_than(code: str) -> str:
    """A code of six digits that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_opens_the_visit_and_works_once(somebody: Visitor) -> None:
    assert somebody.get(OVERVIEW).headers["Location"] == "/privacy/?ended"
    somebody.send("/privacy/", address=ANN)
    code = code_sent()
    answer = somebody.send("/privacy/code", code=f" {code[:3]} {code[3:]} ")
    assert (answer.status_code, answer.headers["Location"]) == (303, OVERVIEW)
    assert ANN in text_of(somebody.get(OVERVIEW))
    again = Visitor()
    again.client.cookies["privacy_proof"] = str(IdentifierProof.objects.get().id)
    assert again.send("/privacy/code", code=code).status_code == 410


def test_opening_a_link_changes_nothing_and_its_button_opens_the_visit_once(somebody: Visitor) -> None:
    somebody.send("/privacy/", address=ANN)
    path = f"/privacy/link/{link_sent()}"
    for _ in range(3):  # scanners
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200
    elsewhere = Visitor()
    shown = text_of(elsewhere.get(path))
    assert "a•••@example.org" in shown
    assert ANN not in shown
    assert elsewhere.send(path).headers["Location"] == OVERVIEW
    assert ANN in text_of(elsewhere.get(OVERVIEW))
    assert Visitor().send(path, page="/privacy/").status_code == 410
    assert somebody.get(path).status_code == 410


def test_the_third_wrong_code_ends_it(somebody: Visitor) -> None:
    somebody.send("/privacy/", address=ANN)
    code = code_sent()
    first, second, third = (somebody.send("/privacy/code", code=other_than(code)) for _ in range(3))
    assert [one.status_code for one in (first, second, third)] == [400, 400, 410]
    assert "2 more tries" in text_of(first)
    assert "1 more try" in text_of(second)
    assert somebody.send("/privacy/code", code=code).status_code == 410
    assert IdentifierProof.objects.get().identifier is None
    assert not Visit.objects.exists()


@pytest.mark.parametrize("code", ["", "12", "abcdef", "0" * 3000, "\uff11\uff12\uff13\uff14\uff15\uff16", "\x00"])
def test_what_is_no_code_is_a_wrong_one(somebody: Visitor, code: str) -> None:
    somebody.send("/privacy/", address=ANN)
    assert somebody.send("/privacy/code", code=code).status_code == 400


def test_code_and_link_end_after_ten_minutes(somebody: Visitor) -> None:
    somebody.send("/privacy/", address=ANN)
    code, link = code_sent(), link_sent()
    with time_machine.travel(datetime.now(UTC) + PATIENCE + timedelta(seconds=1), tick=False):
        assert somebody.send("/privacy/code", code=code).status_code == 410
        assert somebody.get(f"/privacy/link/{link}").status_code == 410


def test_a_newer_code_ends_the_older(somebody: Visitor) -> None:
    somebody.send("/privacy/", address=ANN)
    older_code, older_link = code_sent(), link_sent()
    older_proof = somebody.client.cookies["privacy_proof"].value
    Visitor().send("/privacy/", address="Ann@Example.org ")
    somebody.client.cookies["privacy_proof"] = older_proof
    assert somebody.send("/privacy/code", code=older_code).status_code == 410
    assert somebody.get(f"/privacy/link/{older_link}").status_code == 410


def test_nothing_tells_a_known_address_from_an_unknown_one(shop: Source) -> None:
    tell(shop, event(1, **ANN_SEEN))
    pages = []
    for address in (ANN, "eve@example.org"):
        visitor = Visitor()
        answer = visitor.send("/privacy/", address=address)
        wrong = visitor.send("/privacy/code", code=other_than(code_sent()))
        shown = [_CHANGING.sub(b"", one.content) for one in (answer, visitor.get("/privacy/code"), wrong)]
        headers = {name: value for name, value in answer.items() if name != "Set-Cookie"}
        pages.append((answer.status_code, headers, sorted(visitor.client.cookies), shown))
    assert pages[0] == pages[1]
    first, second = messages_sent()
    assert (first.to, second.to) == ([ANN], ["eve@example.org"])
    assert re.sub(r"\d{6}|link/\S+", "", first.body) == re.sub(r"\d{6}|link/\S+", "", second.body)


@pytest.mark.parametrize(
    "entered", ["", " ", "ann", "ann@", "@", "12", "+", "a" * 400 + "@x.org", "noreply@x.org", "\x00@x.org"]
)
def test_what_is_no_address_is_refused_and_nothing_is_sent(somebody: Visitor, entered: str) -> None:
    answer = somebody.send("/privacy/", address=entered)
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in text_of(answer)
    assert not Message.objects.exists()


def test_a_form_from_elsewhere_is_refused(ann: Visitor) -> None:
    paths = ["/privacy/", "/privacy/code", "/privacy/leave", "/privacy/choices", "/privacy/correct/city"]
    paths += ["/privacy/requests/new/erasure", f"/privacy/link/{'x' * 43}"]
    forged = [ann.client.post(path, {"address": ANN, "allow": "analytics", "word": "ERASE"}) for path in paths]
    assert [answer.status_code for answer in forged] == [403] * len(paths)


def test_only_so_many_codes_are_sent_in_an_hour(somebody: Visitor) -> None:
    sent = [somebody.send("/privacy/", address=ANN).status_code for _ in range(6)]
    assert sent == [303] * 5 + [429]
    assert somebody.send("/privacy/", address="bob@example.org").status_code == 303
    assert len(messages_sent()) == 6


def test_only_so_many_codes_are_sent_for_one_network(somebody: Visitor) -> None:
    sent = [somebody.send("/privacy/", address=f"p{n}@example.org").status_code for n in range(21)]
    assert sent == [303] * 20 + [429]


def test_a_visit_ends_when_left_when_idle_and_after_eight_hours(ann: Visitor) -> None:
    begun = datetime.now(UTC)
    with time_machine.travel(begun + timedelta(minutes=29), tick=False):
        assert ann.get(OVERVIEW).status_code == 200
    with time_machine.travel(begun + timedelta(minutes=58), tick=False):
        assert ann.get(OVERVIEW).status_code == 200
    with time_machine.travel(begun + timedelta(minutes=89), tick=False):
        assert ann.get(OVERVIEW).status_code == 303
    bob = Visitor()
    bob.sign_in("bob@example.org")
    for minutes in range(0, 8 * 60, 20):
        with time_machine.travel(begun + timedelta(minutes=minutes), tick=False):
            assert bob.get(OVERVIEW).status_code == 200
    with time_machine.travel(begun + timedelta(hours=8, minutes=1), tick=False):
        assert bob.get(OVERVIEW).status_code == 303
    eve = Visitor()
    eve.sign_in("eve@example.org")
    assert eve.send("/privacy/leave", page=OVERVIEW).headers["Location"] == "/privacy/?left"
    assert eve.get(OVERVIEW).status_code == 303


def test_several_addresses_can_be_proven_in_one_visit_and_the_cookie_changes(ann: Visitor) -> None:
    before = ann.client.cookies["privacy_visit"].value
    ann.sign_in("ann@work.example")
    shown = text_of(ann.get(OVERVIEW))
    assert (ANN in shown, "ann@work.example" in shown) == (True, True)
    old = Visitor()
    old.client.cookies["privacy_visit"] = before
    assert old.get(OVERVIEW).status_code == 303


def test_the_cookie_is_for_the_server_and_the_pages_alone(somebody: Visitor) -> None:
    somebody.sign_in(ANN)
    cookie = somebody.client.cookies["privacy_visit"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/privacy/")
    assert cookie.value.encode() not in bytes(Visit.objects.get().digest)


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 5000, "é"])
def test_a_made_up_cookie_opens_nothing(somebody: Visitor, token: str) -> None:
    somebody.client.cookies["privacy_visit"] = token
    assert somebody.get(OVERVIEW).status_code == 303
    assert somebody.get("/privacy/").status_code == 200


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/privacy/choices", "/privacy/choices"),
        ("https://evil.example/", "/privacy/"),
        ("//evil.example", "/privacy/"),
        ("/privacy//evil.example", "/privacy/"),
        ("/privacy/../admin/", "/privacy/"),
        ("/admin/", "/privacy/"),
        ("/privacy/\r\nX: y", "/privacy/"),
        ("javascript:alert(1)", "/privacy/"),
    ],
)
def test_another_language_leads_back_to_the_pages_alone(somebody: Visitor, wanted: str, goes_to: str) -> None:
    answer = somebody.client.get("/privacy/language/de", {"next": wanted})
    assert (answer.status_code, answer.headers["Location"]) == (303, goes_to)
    assert 'lang="de"' in text_of(somebody.get("/privacy/"))
    assert somebody.get("/privacy/language/tlh").status_code == 404


def test_every_page_forbids_scripts_and_keeping(somebody: Visitor) -> None:
    for path in ("/privacy/", "/privacy/code", "/privacy/opt-out", "/privacy/link/x", OVERVIEW):
        answer = somebody.get(path)
        assert answer.headers["Cache-Control"] == "no-store", path
        if answer.status_code != 303:
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
            assert "<script" not in text_of(answer)


def test_a_code_that_came_to_somebody_who_was_not_here_is_entered_with_its_address(somebody: Visitor) -> None:
    open_proof(identifier=("email", ANN), language="en")
    [message] = messages_sent()
    assert "/privacy/code" in message.body
    assert "/privacy/link" not in message.body
    code = code_sent()
    assert somebody.send("/privacy/code", address="eve@example.org", code=code).status_code == 410
    assert somebody.send("/privacy/code", address="nonsense", code=code).status_code == 410
    assert somebody.send("/privacy/code", address=ANN, code=other_than(code)).status_code == 400
    assert somebody.send("/privacy/code", address=" Ann@example.org", code=code).status_code == 303


@pytest.mark.parametrize("path", ["nonsense", "overview/more", "requests/not-a-number", "..", "%2e%2e/admin"])
def test_whatever_else_is_looked_for_is_a_page_that_says_so(somebody: Visitor, path: str) -> None:
    answer = somebody.get(f"/privacy/{path}")
    assert answer.status_code == 404
    assert "There is nothing here" in text_of(answer)
