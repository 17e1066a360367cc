"""Privacy requests over HTTP: taken, proven, done, refused, appealed, listed; and what of them can be wrong."""

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from profiles.models import Source
from profiles.privacy.requests import execute_request
from tests.factories.callers import Answered, Caller
from tests.factories.channels import accept, event, tell, work
from tests.factories.shipped import restore_shipped

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/v1/privacy/requests"
ANN = {"type": "email", "value": "ann@example.org"}
BOB = {"type": "email", "value": "bob@example.org"}
VERIFIED = {"level": "verified", "method": "signed_in"}


@pytest.fixture(autouse=True)
def shipped_rows() -> None:
    """What migrations ship, where another test has emptied the tables."""
    restore_shipped()


@pytest.fixture(autouse=True)
def people(shop: Source) -> None:
    """Ann, who is known by her address and her browser, and Bob."""
    tell(
        shop,
        event(1, userId="ann", anonymousId="a-ann", context={"traits": {"email": "ann@example.org", "city": "Gent"}}),
        event(2, userId="bob", context={"traits": {"email": "bob@example.org"}}),
    )


def ask_for(service: Caller, kind: str, who: Any = ANN, **more: Any) -> Answered:
    return service.post(PATH, {"type": kind, "identifiers": [who], **more})


def made(service: Caller, kind: str, who: Any = ANN, **more: Any) -> Any:
    """A request that is taken; whoever asks is known to be the person."""
    answered = ask_for(service, kind, who, **{"identity": VERIFIED, **more})
    assert answered.status == 201, answered.content
    return answered.content


def move(service: Caller, request: Any, name: str, body: Any = None) -> Answered:
    return service.post(f"{PATH}/{request['id']}/{name}", body)


def read(service: Caller, request: Any) -> Any:
    answered = service.get(f"{PATH}/{request['id']}")
    assert answered.status == 200, answered.content
    return answered.content


def done(service: Caller, request: Any) -> Any:
    """The request after the worker came."""
    execute_request(UUID(request["id"]))
    return read(service, request)


def status_of(service: Caller, who: Any, purpose: str = "service") -> str:
    return str(service.post("/v1/recognise", {"identifiers": [who], "purpose": purpose}).content["status"])


def test_an_erased_person_is_unknown_and_everybody_else_is_as_before(service: Caller) -> None:
    request = made(service, "erasure")
    assert (request["state"], request["due_on"] >= request["internal_due_on"]) == ("in_progress", True)
    assert status_of(service, ANN) == "known"
    ended = done(service, request)
    assert (ended["state"], ended["gaps"]) == ("completed", [])
    assert {store["state"] for store in ended["stores"]} == {"done"}
    assert (status_of(service, ANN), status_of(service, BOB)) == ("unknown", "known")


def test_who_made_an_erasure_gets_the_link_of_its_certificate_and_nobody_else_does(service: Caller) -> None:
    request = made(service, "erasure")
    path = request["certificate_url"].removeprefix("http://testserver")
    assert Client().get(path).status_code == 404
    assert done(service, request)["certificate_url"] == request["certificate_url"]
    page = Client().get(path)
    assert (page.status_code, b"ann@example.org" in page.content) == (200, True)
    assert read(Caller("privacy"), request)["certificate_url"] is None
    assert made(service, "access", BOB)["certificate_url"] is None


def test_a_request_says_nothing_of_the_person(service: Caller) -> None:
    request = made(service, "erasure")
    done(service, request)
    events = service.get(f"{PATH}/{request['id']}/events").body
    assert b"ann" not in (service.get(f"{PATH}/{request['id']}").body + events).replace(b"cance", b"")


def test_who_is_not_proven_is_asked_first(service: Caller) -> None:
    answered = ask_for(service, "erasure")
    assert (answered.status, answered.content["state"]) == (201, "identity_check")
    assert status_of(service, ANN) == "known"
    verified = move(service, answered.content, "verify", {"level": "document", "method": "passport"})
    assert (verified.status, verified.content["state"]) == (200, "in_progress")


def test_an_opt_out_needs_no_proof_and_is_in_force_when_it_answers(service: Caller) -> None:
    answered = ask_for(service, "opt_out_sale_share", regulation="ccpa", region="US-CA")
    assert (answered.status, answered.content["state"]) == (201, "completed")
    asked = {"identifiers": [ANN], "purposes": ["ads.sale_share"]}
    assert service.post("/v1/consents/check", asked).status in (200, 422)
    found = service.post("/v1/recognise", {"identifiers": [ANN], "purpose": "ads.sale_share"}).content
    assert found["decision"]["allowed"] is False


def test_a_restriction_withholds_at_once_and_its_lifting_ends_that(service: Caller) -> None:
    assert made(service, "restriction")["state"] == "completed"
    assert status_of(service, ANN) == "withheld"
    assert made(service, "restriction", details={"lift": True})["state"] == "completed"
    assert status_of(service, ANN) == "known"


def test_an_objection_needs_no_proof_and_taking_it_back_does(service: Caller) -> None:
    assert ask_for(service, "objection").content["state"] == "completed"
    back = ask_for(service, "objection", details={"lift": True}).content
    assert (back["state"], back["identity_needed"]) == ("identity_check", "verified")


@pytest.mark.parametrize(
    ("details", "pointer"),
    [
        (
            {"identifiers": [{"type": "email", "from": "ann@example.org", "to": "no address"}]},
            "/details/identifiers/0/to",
        ),
        ({"identifiers": [{"type": "shoe", "from": "1", "to": "2"}]}, "/details/identifiers/0/type"),
    ],
)
def test_a_correction_that_cannot_be_is_pointed_at(service: Caller, details: Any, pointer: str) -> None:
    refused = ask_for(service, "rectification", identity=VERIFIED, details=details)
    assert (refused.status, [one["pointer"] for one in refused.content["errors"]]) == (422, [pointer])


def test_a_correction_stands_above_what_the_channels_say_later(service: Caller, shop: Source) -> None:
    assert made(service, "rectification", details={"traits": {"city": "Brugge"}})["state"] == "completed"
    tell(shop, event(9, userId="ann", context={"traits": {"city": "Gent"}}))
    found = service.post("/v1/profiles/lookup", {"identifier": ANN, "purpose": "service"}).content
    assert found["traits"]["city"]["value"] == "Brugge"
    assert found["traits"]["city"]["source"] == "rectification"


def test_of_two_requests_of_one_person_the_younger_is_a_duplicate(service: Caller) -> None:
    first = made(service, "access")
    second = made(service, "access", {"type": "user_id", "value": "ann"})
    assert (second["state"], second["duplicate_of"]) == ("duplicate", first["id"])
    assert made(service, "access", BOB)["state"] == "in_progress"


def test_told_again_under_its_number_a_request_is_the_same(service: Caller) -> None:
    first = made(service, "access", id="ticket-7")
    assert made(service, "access", id="ticket-7")["id"] == first["id"]
    assert ask_for(service, "erasure", identity=VERIFIED, id="ticket-7").status == 409


def test_during_its_cooling_off_an_erasure_can_be_cancelled(service: Caller) -> None:
    request = made(service, "erasure", cooling_off_days=7)
    assert request["state"] == "in_progress"
    assert move(service, request, "cancel").content["state"] == "cancelled"
    assert move(service, request, "cancel").status == 409
    assert status_of(service, ANN) == "known"


def test_a_refusal_has_its_reason_and_can_be_appealed(service: Caller) -> None:
    request = made(service, "erasure", cooling_off_days=7)
    told = {"reason": "legal_obligation", "explanation": "Tax records are kept for ten years (17(3)(b))."}
    denied = move(service, request, "deny", told).content
    assert (denied["state"], denied["reason"]) == ("denied", "legal_obligation")
    appealed = move(service, request, "appeal", {"reason": "I never bought anything."})
    assert (appealed.status, appealed.content["appeals"][0]["state"]) == (201, "received")
    assert b"never bought" not in service.get(f"{PATH}/{request['id']}").body
    decided = move(service, request, "appeal/decision", {"upheld": False, "outcome": "The records exist."}).content
    assert decided["appeals"][0]["outcome"] == "The records exist."


def test_a_refusal_is_a_letter_with_what_the_law_wants_in_it(service: Caller) -> None:
    request = made(service, "erasure", cooling_off_days=7, language="de")
    told = {"reason": "legal_obligation", "explanation": "Steuerunterlagen, Artikel 17 Absatz 3."}
    path = f"{PATH}/{request['id']}/letter"
    assert service.get(path).content["kind"] == "acknowledgement"
    assert service.get(path, kind="refusal").status == 409
    move(service, request, "deny", told)
    letter = service.get(path).content
    assert (letter["kind"], letter["language"]) == ("refusal", "de")
    assert {"reason", "supervisory_authority", "judicial_remedy"} <= letter["fields"].keys()
    assert told["explanation"] in " ".join(letter["fields"].values())
    pdf = service.get(path, format="pdf")
    assert (pdf.headers["content-type"], pdf.body[:5]) == ("application/pdf", b"%PDF-")
    assert service.get(path, kind="love").status == 400


def test_an_appeal_can_be_a_request_too(service: Caller) -> None:
    request = made(service, "erasure", cooling_off_days=7)
    move(service, request, "deny", {"reason": "other", "explanation": "No."})
    assert service.post(PATH, {"type": "appeal", "about": request["id"], "reason": "Why?"}).status == 201
    assert service.post(PATH, {"type": "appeal", "reason": "Why?"}).status == 400
    assert service.post(PATH, {"type": "appeal", "about": request["id"]}).status == 400


def test_an_extension_is_taken_once_with_its_reason(service: Caller) -> None:
    request = made(service, "erasure", cooling_off_days=7, received_at="2026-11-02T10:00:00Z")
    extended = move(service, request, "extend", {"reason": "There are many records."}).content
    assert extended["due_on"] == extended["extension"]["due_on"] > request["due_on"]
    assert move(service, request, "extend", {"reason": "Again."}).status == 409


def test_who_is_unknown_gets_a_coded_reason(service: Caller) -> None:
    ended = done(service, made(service, "access", {"type": "email", "value": "nobody@example.org"}))
    assert (ended["state"], ended["reason"]) == ("denied", "no_match")
    assert ended["processing_details"]


def differ(service: Caller) -> None:
    """A steward decides that Ann and Bob are different people."""
    body = {"a": ANN, "b": BOB, "verdict": "different", "reason": "Both came to the shop."}
    assert service.post("/v1/identity/decisions", body).status == 201


def test_one_request_never_reaches_two_who_are_known_to_be_different(service: Caller) -> None:
    differ(service)
    told = {"type": "erasure", "identifiers": [BOB, ANN], "identity": VERIFIED}
    ended = done(service, service.post(PATH, told).content)
    assert (ended["state"], [gap["group"] for gap in ended["gaps"]]) == ("partially_completed", ["probable"])
    assert (status_of(service, ANN), status_of(service, BOB)) == ("unknown", "known")


def test_a_package_holds_one_of_two_who_are_known_to_be_different(service: Caller) -> None:
    differ(service)
    told = {"type": "access", "identifiers": [BOB, ANN], "identity": VERIFIED}
    ended = done(service, service.post(PATH, told).content)
    assert (ended["state"], [gap["group"] for gap in ended["gaps"]]) == ("partially_completed", ["probable"])
    package = zipfile.ZipFile(io.BytesIO(move(service, ended, "package").body))
    content = b"".join(package.read(name) for name in package.namelist())
    assert b"ann@example.org" in content
    assert b"bob@example.org" not in content


def test_whoever_presents_both_may_refuse_for_both(service: Caller) -> None:
    differ(service)
    told = {"type": "opt_out_sale_share", "identifiers": [BOB, ANN]}
    assert service.post(PATH, told).content["state"] == "completed"
    for who in (ANN, BOB):
        found = service.post("/v1/profiles/lookup", {"identifier": who, "purpose": "service"}).content
        assert found["consents"]["ads.sale_share"] == "denied"


@pytest.mark.parametrize("kind", ["access", "erasure"])
def test_who_is_on_the_way_is_not_unknown(service: Caller, shop: Source, kind: str) -> None:
    cleo = {"type": "email", "value": "cleo@example.org"}
    accept(shop, event(3, userId="cleo", context={"traits": {"email": "Cleo@Example.org"}}))
    request = made(service, kind, cleo)
    assert done(service, request)["state"] == "in_progress"
    work()
    assert done(service, request)["state"] == "completed"
    assert status_of(service, cleo) == ("known" if kind == "access" else "unknown")


def test_who_is_on_the_way_is_opted_out_at_once(service: Caller, shop: Source) -> None:
    cleo = {"type": "email", "value": "cleo@example.org"}
    accept(shop, event(3, userId="cleo", context={"traits": {"email": "Cleo@Example.org"}}))
    assert made(service, "opt_out_sale_share", cleo)["state"] == "completed"


def test_the_list_is_filtered_and_paged(service: Caller) -> None:
    old = (datetime.now(UTC) - timedelta(days=60)).isoformat()
    made(service, "erasure", cooling_off_days=30, received_at=old)
    made(service, "access", BOB)
    made(service, "objection", BOB)
    assert [one["type"] for one in service.get(PATH, overdue="true").content["items"]] == ["erasure"]
    assert [one["type"] for one in service.get(PATH, type="access").content["items"]] == ["access"]
    assert [one["type"] for one in service.get(PATH, state="completed").content["items"]] == ["objection"]
    first = service.get(PATH, limit=2).content
    second = service.get(PATH, limit=2, cursor=first["next_cursor"]).content
    assert [one["type"] for one in (*first["items"], *second["items"])] == ["objection", "access", "erasure"]
    assert second["next_cursor"] is None


def test_the_record_has_the_six_fields_of_each_request(service: Caller) -> None:
    denied = made(service, "erasure", cooling_off_days=7)
    move(service, denied, "deny", {"reason": "legal_claims", "explanation": "=1+1"})
    made(service, "opt_out_sale_share", BOB)
    answered = service.ask("GET", "/v1/privacy/requests.csv")
    rows = list(csv.reader(io.StringIO(answered.body.decode())))
    today = datetime.now(UTC).date().isoformat()
    assert rows == [
        [
            "date_of_request",
            "nature_of_request",
            "manner_of_request",
            "date_of_response",
            "nature_of_response",
            "basis_for_denial",
        ],
        [today, "erasure", "api", today, "denied", "legal_claims: =1+1"],
        [today, "opt_out_sale_share", "api", today, "complied with in full", ""],
    ]
    assert service.get("/v1/privacy/requests.csv", **{"from": "2026-02-02", "to": "2026-02-01"}).status == 400


def test_a_plan_counts_every_store_and_changes_nothing(service: Caller) -> None:
    planned = service.post("/v1/privacy/plan", {"identifiers": [ANN]}).content["groups"]
    found = {group["group"]: group for group in planned}
    assert list(found) == ["itself", "deterministic", "probable", "device_only", "shared"]
    assert (found["itself"]["identifiers"], found["deterministic"]["identifiers"]) == (1, 2)
    assert sum(store["rows"] for store in found["deterministic"]["stores"] if store["table"] == "interaction") == 1
    assert status_of(service, ANN) == "known"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"type": "everything", "identifiers": [ANN]}, 400),
        ({"type": "access", "identifiers": []}, 422),
        ({"type": "access", "identifiers": [ANN] * 21}, 400),
        ({"type": "access", "identifiers": [{"type": "shoe_size", "value": "42"}]}, 422),
        ({"type": "access", "identifiers": [{"type": "email", "value": "no address"}]}, 422),
        ({"type": "access", "identifiers": [ANN], "colour": "blue"}, 400),
        ({"type": "access", "identifiers": [ANN], "identity": {"level": "certain"}}, 400),
        ({"type": "access", "identifiers": [ANN], "received_at": "2026-01-01"}, 400),
        ({"type": "access", "identifiers": [ANN], "received_at": "2999-01-01T00:00:00Z"}, 422),
        ({"type": "rectification", "identifiers": [ANN], "identity": VERIFIED}, 422),
        ({"type": "withdraw_consent", "identifiers": [ANN], "details": {"purposes": ["no.such"]}}, 422),
        ({"type": "erasure", "identifiers": [ANN], "cooling_off_days": 31}, 400),
    ],
)
def test_what_is_no_request_is_refused(service: Caller, body: Any, status: int) -> None:
    answered = service.post(PATH, body)
    assert answered.status == status, answered.content
    assert b"ann@" not in answered.body


@pytest.mark.parametrize("name", ["verify", "approve", "deny", "extend", "cancel", "review", "retry", "appeal"])
def test_a_request_that_does_not_exist_cannot_be_moved(service: Caller, name: str) -> None:
    bodies = {
        "verify": {"level": "verified", "method": "x"},
        "deny": {"reason": "other", "explanation": "x"},
        "extend": {"reason": "x"},
        "review": {"groups": {"probable": "leave"}},
        "appeal": {"reason": "x"},
    }
    assert service.post(f"{PATH}/{uuid4()}/{name}", bodies.get(name)).status == 404


def test_a_token_without_the_scope_is_refused(service: Caller) -> None:
    other = Caller("profiles:read", "consent:write", "admin")
    assert ask_for(other, "access").status == 403
    assert other.get(PATH).status == 403
    assert other.post("/v1/privacy/plan", {"identifiers": [ANN]}).status == 403
