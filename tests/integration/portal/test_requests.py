"""Asking for something on the pages, following it, and what nobody else can see or move of it."""

import io
import zipfile
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from consent.models import PrivacyRequest
from profiles.models import Identifier, Source
from profiles.privacy.asking import Asked
from profiles.privacy.requests import deny_request, execute_request, extend_request, read_request, submit_request
from tests.factories.callers import Caller
from tests.factories.channels import event, tell
from tests.factories.consents import decision, state_of, tell_consents
from tests.factories.visitors import ANN, ANN_SEEN, Visitor, code_sent, text_of

pytestmark = pytest.mark.django_db

NEW = "/privacy/requests/new"


def ask(visitor: Visitor, form: str, **fields: Any) -> UUID:
    """Send a form, which must be taken; the request's id."""
    answer = visitor.send(f"{NEW}/{form}", **fields)
    assert answer.status_code == 303
    return UUID(answer.headers["Location"].removeprefix("/privacy/requests/").partition("?")[0])


def page(visitor: Visitor, id_: UUID) -> str:
    """What the page of a request says."""
    answer = visitor.get(f"/privacy/requests/{id_}")
    assert answer.status_code == 200
    return text_of(answer)


@pytest.mark.parametrize(
    "form", ["access", "portability", "restriction", "opt-out", "limit", "withdrawal", "lift-restriction"]
)
def test_each_form_makes_a_request_that_is_listed_with_its_deadline(ann: Visitor, form: str) -> None:
    id_ = ask(ann, form)
    row = PrivacyRequest.objects.get(id=id_)
    assert (row.source, row.requester, row.identity_level, row.identity_method) == (
        "pages",
        "person",
        "verified",
        "email_code",
    )
    assert str(id_) in text_of(ann.get("/privacy/requests"))
    assert page(ann, id_).count("<h1>") == 1


def test_the_day_of_the_answer_is_written_out(ann: Visitor) -> None:
    id_ = ask(ann, "access")
    due = PrivacyRequest.objects.get(id=id_).due_on
    assert f"{due.day} {due:%B %Y}</time>" in page(ann, id_)
    german = Visitor("de")
    german.sign_in(ANN)
    assert f"{due.day}. " in page(german, id_)


@pytest.mark.parametrize("word", ["", "erase it", "LÖSCHEN", "no"])
def test_an_erasure_needs_its_word(ann: Visitor, word: str) -> None:
    assert ann.send(f"{NEW}/erasure", word=word).status_code == 400
    assert not PrivacyRequest.objects.exists()


@pytest.mark.parametrize(("language", "word"), [("en", "erase"), ("de", "LÖSCHEN"), ("id", "Hapus")])
def test_after_an_erasure_nothing_is_held_and_the_certificate_is_there(shop: Source, language: str, word: str) -> None:
    tell(shop, event(1, **ANN_SEEN))
    visitor = Visitor(language)
    visitor.sign_in(ANN)
    id_ = ask(visitor, "erasure", word=word)
    assert "/privacy/certificate/" in page(visitor, id_)
    execute_request(id_)
    assert read_request(id_).state == "completed"
    assert not Identifier.objects.filter(value__in=[ANN, "ann-1"]).exists()
    visitor.sign_in(ANN)
    assert "ann-1" not in text_of(visitor.get("/privacy/overview"))
    assert "/privacy/certificate/" in page(visitor, id_)


def test_a_correction_counts_more_than_what_channels_say(ann: Visitor, shop: Source) -> None:
    answer = ann.send("/privacy/correct/city", value="Antwerp")
    assert answer.status_code == 303
    tell(shop, event(9, **ANN_SEEN))
    shown = text_of(ann.get("/privacy/overview"))
    assert ("Antwerp" in shown, "Ghent" in shown) == (True, False)


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("city", "", 400),
        ("city", "x" * 501, 400),
        ("order_count", "many", 400),
        ("order_count", "nan", 400),
        ("order_count", "1e999", 400),
        ("nothing", "x", 404),
        ("order_count", "3", 303),
    ],
)
def test_a_correction_is_of_a_detail_that_is_there_and_of_its_kind(
    ann: Visitor, name: str, value: str, status: int
) -> None:
    assert ann.send(f"/privacy/correct/{name}", page="/privacy/overview", value=value).status_code == status


def test_a_restriction_holds_at_once_and_is_lifted_at_once(ann: Visitor, service: Caller) -> None:
    ask(ann, "restriction")
    assert state_of(service, "security") == ("restricted", False)
    ask(ann, "lift-restriction")
    assert state_of(service, "security")[1] is True


def test_everything_is_taken_back_at_once(ann: Visitor, service: Caller) -> None:
    tell_consents(service, decision("analytics"), decision("personalisation"), decision("marketing.email"))
    ask(ann, "withdrawal")
    assert {state_of(service, key)[1] for key in ("analytics", "personalisation", "marketing.email")} == {False}
    assert "There are no receipts yet" not in text_of(ann.get("/privacy/receipts"))


def test_an_objection_is_to_what_was_chosen(ann: Visitor, service: Caller) -> None:
    assert ann.send(f"{NEW}/objection").status_code == 400
    assert ann.send(f"{NEW}/objection", purpose="nonsense").status_code == 400
    ask(ann, "objection", purpose=["security"])
    assert (state_of(service, "security"), state_of(service, "unification")[1]) == (("objected", False), True)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"from": "ben@example.org", "to": "ann@new.example"},
        {"from": ANN, "to": ""},
        {"from": ANN, "to": "x" * 600},
        {"from": ANN, "to": "no address"},
    ],
)
def test_an_address_is_corrected_by_who_proved_it_alone(ann: Visitor, fields: dict[str, str]) -> None:
    assert ann.send(f"{NEW}/address", **fields).status_code == 400
    assert not PrivacyRequest.objects.exists()


@pytest.mark.parametrize("form", ["nonsense", "appeal", "rectification", "..", "%00"])
def test_other_forms_do_not_exist(ann: Visitor, form: str) -> None:
    assert ann.get(f"{NEW}/{form}").status_code == 404


def test_anothers_request_is_not_there_whatever_is_tried(ann: Visitor, somebody: Visitor) -> None:
    theirs = ask(ann, "access")
    somebody.sign_in("ben@example.org")
    own = ask(somebody, "access")
    for id_ in (theirs, uuid4()):
        assert somebody.get(f"/privacy/requests/{id_}").status_code == 404
        for move in ("confirm", "cancel", "appeal"):
            answer = somebody.send(f"/privacy/requests/{id_}/{move}", page=f"/privacy/requests/{own}", words="x")
            assert answer.status_code == 404, move
    assert str(theirs) not in text_of(somebody.get("/privacy/requests"))
    assert read_request(theirs).state not in ("cancelled", "denied")


def test_a_request_can_be_cancelled_once(ann: Visitor) -> None:
    id_ = ask(ann, "access")
    assert ann.send(f"/privacy/requests/{id_}/cancel", page=f"/privacy/requests/{id_}").status_code == 303
    assert "Cancelled" in page(ann, id_)
    assert ann.send(f"/privacy/requests/{id_}/cancel", page="/privacy/requests/new/access").status_code == 409


def test_a_request_that_came_in_otherwise_waits_to_be_confirmed(ann: Visitor) -> None:
    made = submit_request(asked=Asked(type="access", identifiers=[("email", ANN)], source="api", requester="token:x"))
    assert made.state == "identity_check"
    assert "Was it you?" in page(ann, made.id)
    assert ann.send(f"/privacy/requests/{made.id}/confirm", page=f"/privacy/requests/{made.id}").status_code == 303
    assert read_request(made.id).identity_level == "verified"


def test_the_code_that_a_request_was_answered_with_confirms_it(shop: Source, somebody: Visitor) -> None:
    tell(shop, event(1, **ANN_SEEN))
    made = submit_request(asked=Asked(type="access", identifiers=[("email", ANN)], source="api", requester="token:x"))
    from consent.models import IdentifierProof

    somebody.client.cookies["privacy_proof"] = str(IdentifierProof.objects.get(request_id=made.id).id)
    answer = somebody.send("/privacy/code", code=code_sent())
    assert answer.headers["Location"] == f"/privacy/requests/{made.id}"
    assert read_request(made.id).identity_level == "verified"


def test_a_refusal_is_told_with_its_reason_and_can_be_appealed_once_at_a_time(ann: Visitor) -> None:
    id_ = ask(ann, "access")
    deny_request(id=id_, reason="legal_claims", explanation="A court case is open.", actor="staff:1")
    shown = page(ann, id_)
    assert "The data is needed for a legal claim." in shown
    assert "A court case is open." in shown
    appeal = f"/privacy/requests/{id_}/appeal"
    assert ann.send(appeal, page=f"/privacy/requests/{id_}", words="It is closed.").status_code == 303
    assert "Being decided" in page(ann, id_)
    assert ann.send(appeal, page="/privacy/requests/new/access", words="Again.").status_code == 409


def test_more_time_is_told_with_its_reason(ann: Visitor) -> None:
    id_ = ask(ann, "access")
    before = read_request(id_).due_on
    extended = extend_request(id=id_, reason="Many requests came at once.", actor="staff:1")
    shown = page(ann, id_)
    assert "Many requests came at once." in shown
    assert extended.due_on > before
    assert f"{extended.due_on.day} {extended.due_on:%B %Y}" in shown


def test_the_package_is_fetched_once_by_a_button_and_never_by_opening_its_link(ann: Visitor) -> None:
    id_ = ask(ann, "access")
    execute_request(id_)
    path = "/privacy/package/" + page(ann, id_).partition("/privacy/package/")[2].partition('"')[0]
    for _ in range(2):
        assert Client().get(path).status_code == 200
    fetched: Any = Client().post(path)
    content = b"".join(fetched.streaming_content)
    assert zipfile.is_zipfile(io.BytesIO(content))
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    assert Client().post(path).status_code == 410
    assert "It was fetched" in page(ann, id_)
    assert Client().post("/privacy/package/made-up").status_code == 404


def test_an_opt_out_needs_neither_proof_nor_cookie_and_tells_nothing(shop: Source, service: Caller) -> None:
    tell(shop, event(1, **ANN_SEEN))
    answers = []
    for address in (ANN, "unknown@example.org"):
        visitor = Visitor()
        answer = visitor.send("/privacy/opt-out", address=address, opt_out_sale_share="1", limit_sensitive="1")
        assert (answer.status_code, len(visitor.client.cookies)) == (200, 0)
        answers.append(answer.content)
    assert answers[0] == answers[1]
    assert state_of(service, "ads.sale_share") == ("denied", False)


@pytest.mark.parametrize(
    "fields",
    [{}, {"address": ANN}, {"address": "x", "limit_sensitive": "1"}, {"address": "", "opt_out_sale_share": "1"}],
)
def test_an_opt_out_without_an_address_or_a_choice_is_refused(somebody: Visitor, fields: dict[str, str]) -> None:
    assert somebody.send("/privacy/opt-out", **fields).status_code == 400
    assert not PrivacyRequest.objects.exists()


def test_who_was_erased_comes_back_by_a_permission_and_not_by_a_refusal(ann: Visitor) -> None:
    id_ = ask(ann, "erasure", word="erase")
    execute_request(id_)
    ann.sign_in(ANN)
    refused = ann.send("/privacy/choices", shown=["security=1"])
    assert refused.headers["Location"] == "/privacy/choices?erased"
    assert "we know you again from then on" in text_of(ann.get("/privacy/choices?erased"))
    assert not Identifier.objects.exists()
    allowed = ann.send("/privacy/choices", shown=["analytics=0"], allow=["analytics"])
    assert allowed.headers["Location"] == "/privacy/choices?saved"
    assert list(Identifier.objects.values_list("value", flat=True)) == [ANN]
