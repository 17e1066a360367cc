"""Recognition: who stands before a channel, for what, and no more than that may see."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from consent.models import AccessLog
from cxprofiles.doors.access import buffer
from cxprofiles.models import ApiToken
from cxprofiles.tokens import revoke_token
from profiles.configuration import record_change
from profiles.models import Card, Identifier, IdentifierType
from tests.integration.doors.client import Ask, bearer, make_source, make_token, tell

ANN = {
    "type": "identify",
    "userId": "ann",
    "anonymousId": "a-1",
    "traits": {"email": "Ann@Example.org", "first_name": "Ann", "score": 7, "tags": ["x"]},
    "context": {"consent": {"categoryPreferences": {"personalisation": True, "analytics": False}}},
}
KEYS = [
    "status", "assurance", "profile_id", "canonical_id", "candidates", "matched", "traits", "segments", "consents",
    "chain", "recent", "first_seen", "last_seen", "decision",
]  # fmt: skip


def question(*identifiers: tuple[str, str], purpose: str = "service", **more: Any) -> dict[str, Any]:
    return {"identifiers": [{"type": kind, "value": value} for kind, value in identifiers], "purpose": purpose, **more}


def test_a_known_person_is_recognised_by_any_spelling(ask: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN)
    answered = ask("POST", "/v1/recognise", question(("email", "  ANN@example.ORG ")), bearer(token))
    content = answered.content
    profile_id = str(Card.objects.get().profile_id)
    assert answered.status == 200
    assert list(content) == KEYS
    assert content["status"] == "known"
    assert content["assurance"] == "identified"
    assert content["profile_id"] == content["canonical_id"] == profile_id
    assert content["matched"] == [{"type": "email", "value": "ann@example.org"}]
    assert content["traits"] == {"email": "Ann@Example.org", "first_name": "Ann", "score": 7, "tags": ["x"]}
    assert content["consents"] == {"personalisation": "granted", "analytics": "denied"}
    assert content["first_seen"] == content["last_seen"] == "2026-03-01T12:00:00Z"
    assert [item["type"] for item in content["recent"]] == ["identify"]
    assert (content["candidates"], content["segments"], content["chain"]) == ([], [], None)
    decision = content["decision"]
    assert {key: decision[key] for key in ("purpose", "allowed", "basis", "withheld")} == {
        "purpose": "service", "allowed": True, "basis": "contract", "withheld": [],
    }  # fmt: skip
    assert UUID(decision["id"]).version == 7


def test_every_presented_identifier_that_leads_there_is_matched(ask: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN)
    asked = question(
        ("anonymous_id", "a-1"), ("email", "ann@example.org"), ("phone", "+14155550100"), ("user_id", "ann")
    )
    content = ask("POST", "/v1/recognise", asked, bearer(token)).content
    assert [item["type"] for item in content["matched"]] == ["anonymous_id", "email", "user_id"]


def test_a_device_alone_shows_no_traits_to_service(ask: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN)
    content = ask("POST", "/v1/recognise", question(("anonymous_id", "a-1")), bearer(token)).content
    assert (content["status"], content["assurance"], content["traits"]) == ("known", "device", {})
    assert content["decision"]["withheld"] == ["email", "first_name", "score", "tags"]
    assert content["decision"]["reason"]


def test_a_claim_never_identifies(ask: Ask, public_key: str, token: str) -> None:
    tell(public_key, ANN)
    content = ask("POST", "/v1/recognise", question(("user_id", "ann")), bearer(token)).content
    assert (content["status"], content["assurance"], content["traits"]) == ("known", "device", {})


def test_devices_only_are_anonymous(ask: Ask, server_key: str, token: str) -> None:
    tell(server_key, {"type": "track", "event": "Seen", "anonymousId": "a-9"})
    content = ask("POST", "/v1/recognise", question(("anonymous_id", "a-9")), bearer(token)).content
    assert (content["status"], content["assurance"]) == ("anonymous", "device")


def test_the_strongest_decides_and_equals_that_disagree_are_ambiguous(ask: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN, {"type": "identify", "userId": "bob", "traits": {"email": "bob@example.org"}})
    strongest = ask(
        "POST", "/v1/recognise", question(("email", "bob@example.org"), ("user_id", "ann")), bearer(token)
    ).content
    assert (strongest["status"], strongest["matched"]) == ("known", [{"type": "user_id", "value": "ann"}])
    equals = question(("email", "ann@example.org"), ("email", "bob@example.org"), ("anonymous_id", "a-1"))
    content = ask("POST", "/v1/recognise", equals, bearer(token)).content
    assert list(content) == KEYS
    assert content["status"] == "ambiguous"
    ann = str(Identifier.objects.get(value="ann").profile_id)
    assert [candidate["score"] for candidate in content["candidates"]] == [0.6667, 0.3333]
    assert {candidate["profile_id"] for candidate in content["candidates"]} == {
        str(value) for value in Card.objects.values_list("profile_id", flat=True)
    }
    assert content["candidates"][0]["profile_id"] == ann
    assert "example.org" not in json.dumps(content)
    assert (content["traits"], content["profile_id"], content["recent"], content["consents"]) == ({}, None, [], {})


@pytest.mark.parametrize(("purpose", "status"), [("personalisation", "known"), ("analytics", "withheld")])
def test_consent_opens_and_its_absence_closes(ask: Ask, server_key: str, token: str, purpose: str, status: str) -> None:
    tell(server_key, ANN)
    content = ask("POST", "/v1/recognise", question(("user_id", "ann"), purpose=purpose), bearer(token)).content
    assert content["status"] == status
    assert content["decision"]["basis"] == "consent"
    if status == "withheld":
        assert content["decision"]["allowed"] is False
        assert content["decision"]["reason"]
        shown = {key: content[key] for key in KEYS if key not in ("status", "decision")}
        assert not any(shown.values())


def test_nobody_looks_the_same_whoever_it_is_not(ask: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN)
    answers = []
    for identifiers in ([("user_id", "nobody")], [("email", "not an address")], [("user_id", "null")], []):
        content = ask("POST", "/v1/recognise", question(*identifiers), bearer(token)).content
        content["decision"].pop("id")
        answers.append(content)
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["status"] == "unknown"
    assert list(answers[0]) == KEYS
    assert not buffer_rows()


def test_traits_alone_are_accepted_and_known_to_nobody_yet(ask: Ask, token: str) -> None:
    asked = {"traits": {"family_name": "Lee", "date_of_birth": "1980-02-01", "n": 1, "b": True, "z": None}}
    content = ask("POST", "/v1/recognise", {**asked, "purpose": "service"}, bearer(token)).content
    assert content["status"] == "unknown"


def test_fields_choose_the_sections(ask: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN)
    for fields, traits, recent in (([], 0, 0), (["traits"], 4, 0), (["recent", "chain"], 0, 1), (None, 4, 1)):
        asked = question(("user_id", "ann"), fields=fields)
        content = ask("POST", "/v1/recognise", asked, bearer(token)).content
        assert (len(content["traits"]), len(content["recent"])) == (traits, recent)


def test_a_batch_gets_the_same_answers_in_the_same_order(ask: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN)
    asked = [question(("user_id", "nobody")), question(("user_id", "ann")), question(("anonymous_id", "a-1"))]
    asked *= 30
    one_by_one = [ask("POST", "/v1/recognise", item, bearer(token)).content for item in asked]
    bare = ask("POST", "/v1/recognise/batch", asked, bearer(token)).content
    wrapped = ask("POST", "/v1/recognise/batch", {"requests": asked}, bearer(token)).content["answers"]
    ids = [answer["decision"].pop("id") for answers in (one_by_one, bare, wrapped) for answer in answers]
    assert bare == wrapped == one_by_one
    assert len(set(ids)) == len(ids)


def test_a_batch_of_a_thousand_is_taken_and_no_more(ask: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN)
    asked = [question(("user_id", f"u{n}"), ("email", f"u{n}@example.org"), ("user_id", "ann")) for n in range(1000)]
    answered = ask("POST", "/v1/recognise/batch", asked, bearer(token))
    assert [answer["status"] for answer in answered.content] == ["known"] * 1000
    assert ask("POST", "/v1/recognise/batch", [*asked, asked[0]], bearer(token)).status == 413
    assert ask("POST", "/v1/recognise/batch", [], bearer(token)).content == []


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b"", 400, ""),
        (b"nonsense", 400, ""),
        (b"\xff", 400, ""),
        (b'{"purpose":"\\ud800"}', 400, ""),
        (b"[" * 60_000, 400, ""),
        (b'{"purpose":"service","traits":' + b'{"a":' * 10_000, 400, "/traits"),
        (b"[]", 400, ""),
        (b"null", 400, ""),
        ({"identifiers": []}, 400, "/purpose"),
        ({"purpose": "service"}, 400, "/identifiers"),
        ({"purpose": None, "identifiers": []}, 400, "/purpose"),
        ({"purpose": "service", "identifiers": {}}, 400, "/identifiers"),
        ({"purpose": "service", "identifiers": [7]}, 400, "/identifiers/0"),
        ({"purpose": "service", "identifiers": [{"type": "email"}]}, 400, "/identifiers/0/value"),
        ({"purpose": "service", "identifiers": [{"type": "email", "value": 7}]}, 400, "/identifiers/0/value"),
        ({"purpose": "service", "identifiers": [{"type": "email", "value": "a"}] * 51}, 400, "/identifiers"),
        ({"purpose": "service", "identifiers": [], "nonsense": 1}, 400, "/nonsense"),
        ({"purpose": "service", "identifiers": [], "fields": ["all"]}, 400, "/fields/0"),
        ({"purpose": "service", "identifiers": [], "channel": 7}, 400, "/channel"),
        ({"purpose": "service", "traits": {"a": []}}, 400, "/traits"),
        ({"purpose": "nonsense", "identifiers": []}, 422, "/purpose"),
        ({"purpose": "", "identifiers": []}, 422, "/purpose"),
        ({"purpose": "service", "identifiers": [{"type": "nonsense", "value": "x"}]}, 422, "/identifiers/0/type"),
        (b" " * 70_000, 413, None),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_bad_body_is_pointed_at(ask: Ask, token: str, body: Any, status: int, pointer: str | None) -> None:
    answered = ask("POST", "/v1/recognise", body, bearer(token))
    assert answered.status == status, answered.body
    assert answered.headers["content-type"] == "application/problem+json"
    if pointer is not None:
        assert answered.content["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_bad_question_in_a_batch_is_pointed_at(ask: Ask, token: str, wrapped: bool) -> None:
    at = "/requests/1" if wrapped else "/1"
    for bad, pointer in (
        ({"identifiers": []}, "/purpose"),
        (question(purpose="nonsense"), "/purpose"),
        (question(("nonsense", "x")), "/identifiers/0/type"),
    ):
        asked: list[Any] = [question(), bad]
        answered = ask("POST", "/v1/recognise/batch", {"requests": asked} if wrapped else asked, bearer(token))
        assert answered.content["errors"][0]["pointer"] == at + pointer


def test_values_that_nobody_can_have_are_nobody(ask: Ask, token: str) -> None:
    for value in ("\x00", "x" * 10_000, "", " ", "\u202e", "null", "0000"):
        assert ask("POST", "/v1/recognise", question(("user_id", value)), bearer(token)).content["status"] == "unknown"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Basic eDo="}, bearer("unknown"), bearer(""), bearer("x" * 600), bearer("\xff")],
)
def test_without_a_token_there_is_no_answer(ask: Ask, headers: dict[str, str]) -> None:
    answered = ask("POST", "/v1/recognise", question(), headers)
    assert answered.status == 401
    assert answered.headers["www-authenticate"].startswith("Bearer")
    assert "code" not in answered.content


def test_a_token_needs_the_scope_the_purpose_and_the_channel(ask: Ask) -> None:
    assert ask("POST", "/v1/recognise", question(), bearer(make_token(("profiles:read",)))).status == 403
    tied = bearer(make_token(purposes=["personalisation"], channels=["web"]))
    allowed = question(purpose="personalisation", channel="web")
    assert ask("POST", "/v1/recognise", allowed, tied).status == 200
    for more in ({"purpose": "service", "channel": "web"}, {"purpose": "personalisation", "channel": "store"},
                 {"purpose": "personalisation"}):  # fmt: skip
        answered = ask("POST", "/v1/recognise", {**allowed, "channel": None, **more}, tied)
        assert answered.status == 403


def test_a_revoked_or_expired_token_ends_at_once_and_a_new_one_begins_at_once(ask: Ask) -> None:
    first = bearer(make_token())
    assert ask("POST", "/v1/recognise", question(), first).status == 200
    revoke_token(name=ApiToken.objects.get().name, actor="test")
    assert ask("POST", "/v1/recognise", question(), first).status == 401
    second = bearer(make_token(expires_at=datetime.now(UTC) + timedelta(hours=1)))
    assert ask("POST", "/v1/recognise", question(), second).status == 200
    ApiToken.objects.filter(revoked_at=None).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    record_change(actor="test", subject="token", before=None, after=None)
    assert ask("POST", "/v1/recognise", question(), second).status == 401


def test_a_new_identifier_type_can_be_presented_at_once(ask: Ask, token: str) -> None:
    asked = question(("card_number", "1"))
    assert ask("POST", "/v1/recognise", asked, bearer(token)).status == 422
    made = IdentifierType.objects.create(name="card_number", rank=99, person=True, ownership="first")
    record_change(actor="test", subject="identifier_type:card_number", before=None, after=None)
    assert ask("POST", "/v1/recognise", asked, bearer(token)).status == 200
    made.delete()


def buffer_rows() -> list[AccessLog]:
    assert buffer.flush()
    return list(AccessLog.objects.order_by("at", "id"))


def test_every_look_at_a_profile_is_in_the_access_log(ask: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN)
    content = ask("POST", "/v1/recognise", question(("user_id", "ann")), bearer(token)).content
    withheld = ask("POST", "/v1/recognise", question(("user_id", "ann"), purpose="analytics"), bearer(token)).content
    first, second = buffer_rows()
    assert (str(first.id), str(first.profile_id)) == (content["decision"]["id"], content["profile_id"])
    assert first.actor == f"token:{ApiToken.objects.get().name}"
    assert (first.operation, first.purpose, first.allowed) == ("recognise", "service", True)
    assert first.fields == "traits,consents,recent"
    assert abs(first.at - datetime.now(UTC)) < timedelta(seconds=20)
    assert (str(second.id), second.allowed, second.fields) == (withheld["decision"]["id"], False, "")
    assert second.profile_id == first.profile_id


def test_an_ambiguous_answer_is_logged_for_each_candidate(ask: Ask, server_key: str, token: str) -> None:
    tell(server_key, ANN, {"type": "identify", "userId": "bob", "traits": {"email": "bob@example.org"}})
    content = ask("POST", "/v1/recognise", question(("user_id", "ann"), ("user_id", "bob")), bearer(token)).content
    rows = buffer_rows()
    assert {str(row.profile_id) for row in rows} == {one["profile_id"] for one in content["candidates"]}
    assert content["decision"]["id"] in {str(row.id) for row in rows}


def test_recognition_changes_no_profile(ask: Ask, token: str) -> None:
    tell(make_source(), ANN)
    before = list(Card.objects.values()), list(Identifier.objects.values())
    ask(
        "POST",
        "/v1/recognise",
        question(("user_id", "ann"), ("user_id", "new"), ("phone", "+14155550100")),
        bearer(token),
    )
    assert (list(Card.objects.values()), list(Identifier.objects.values())) == before
