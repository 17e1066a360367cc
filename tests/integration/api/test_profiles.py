"""Profiles by id and by identifier: what is shown, to whom, for what, and what the log says of it."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from consent.models import AccessLog
from profiles.models import Identifier, Source
from tests.factories.callers import Caller
from tests.factories.channels import event, make_source, tell

GRANTED = {"consent": {"categoryPreferences": {"personalisation": True}}}
REFUSED = {"consent": {"categoryPreferences": {"personalisation": False}}}


def tell_of_ann(shop: Source) -> None:
    """Ann, by user id, address and browser, with a purchase."""
    tell(shop, event(0, anonymousId="ann-browser", context={"traits": {"first_name": "Anne"}}))
    tell(
        shop,
        event(1, userId="ann-1", anonymousId="ann-browser", context={"traits": {"email": "Ann@Example.org"}}),
        event(
            2,
            name="Order Completed",
            userId="ann-1",
            context={"traits": {"first_name": "Ann"}},
            properties={"revenue": 12.5, "currency": "EUR"},
        ),
    )


def profile_id_of(type_name: str, value: str) -> str:
    """The id that an identifier was born with."""
    return str(Identifier.objects.get(type__name=type_name, value=value).profile_id)


def look_up(service: Caller, type_name: str, value: str, purpose: str = "service") -> dict[str, Any]:
    answered = service.post(
        "/v1/profiles/lookup", {"identifier": {"type": type_name, "value": value}, "purpose": purpose}
    )
    assert answered.status == 200, answered.body
    found: dict[str, Any] = answered.content
    return found


def test_a_profile_shows_its_identifiers_traits_and_counters_with_where_they_are_from(
    service: Caller, shop: Source
) -> None:
    tell_of_ann(shop)
    found = look_up(service, "email", " ANN@example.org ")
    canonical = profile_id_of("anonymous_id", "ann-browser")
    interaction = found["traits"]["first_name"].pop("interaction_id")
    decision = found.pop("decision")
    assert found == {
        "profile_id": canonical,
        "canonical_id": canonical,
        "kind": "known",
        "identifiers": [
            {
                "type": "user_id",
                "value": "ann-1",
                "first_seen": "2026-01-01T00:01:00Z",
                "last_seen": "2026-01-01T00:02:00Z",
                "source": "shop",
                "verified": True,
            },
            {
                "type": "email",
                "value": "ann@example.org",
                "first_seen": "2026-01-01T00:01:00Z",
                "last_seen": "2026-01-01T00:01:00Z",
                "source": "shop",
                "verified": True,
            },
            {
                "type": "anonymous_id",
                "value": "ann-browser",
                "first_seen": "2026-01-01T00:00:00Z",
                "last_seen": "2026-01-01T00:01:00Z",
                "source": "shop",
                "verified": True,
            },
        ],
        "traits": {
            "email": {**found["traits"]["email"], "value": "Ann@Example.org", "source": "shop"},
            "first_name": {"value": "Ann", "source": "shop", "at": "2026-01-01T00:02:00Z"},
        },
        "counters": {
            "interactions": 3,
            "interactions_by_channel": {"web": 3},
            "revenue": 12.5,
            "revenue_by_currency": {"EUR": 12.5},
        },
        "segments": [],
        "consents": {},
        "first_seen": "2026-01-01T00:00:00Z",
        "last_seen": "2026-01-01T00:02:00Z",
        "as_of": None,
    }
    assert len(interaction) == 36
    assert decision == {
        "id": decision["id"],
        "purpose": "service",
        "allowed": True,
        "basis": "contract",
        "withheld": [],
        "reason": "The purpose rests on a contract or the law, not on consent.",
    }


def test_any_id_that_was_ever_given_out_leads_to_the_profile_of_today(service: Caller, shop: Source) -> None:
    tell_of_ann(shop)
    old, canonical = profile_id_of("email", "ann@example.org"), profile_id_of("anonymous_id", "ann-browser")
    answered = service.get(f"/v1/profiles/{old}", purpose="service")
    assert answered.status == 200
    assert (answered.content["profile_id"], answered.content["canonical_id"]) == (old, canonical)
    assert service.get(f"/v1/profiles/{old}/", purpose="service").status == 200


def test_an_anonymous_profile_is_called_so(service: Caller, shop: Source) -> None:
    tell(shop, event(anonymousId="somebody"))
    assert look_up(service, "anonymous_id", "somebody")["kind"] == "anonymous"


def test_nobody_is_found_under_an_unknown_id_or_identifier(service: Caller, shop: Source) -> None:
    tell_of_ann(shop)
    unknown = service.get(f"/v1/profiles/{uuid4()}", purpose="service")
    lookup = service.post(
        "/v1/profiles/lookup", {"identifier": {"type": "email", "value": "bob@example.org"}, "purpose": "service"}
    )
    assert (unknown.status, lookup.status) == (404, 404)
    assert b"bob" not in lookup.body
    assert not AccessLog.objects.exists()


def test_an_identifier_that_can_be_none_is_refused_with_the_reason(service: Caller) -> None:
    for value, reason in (("not an address", "malformed"), ("noreply@shop.test", "blocked")):
        answered = service.post(
            "/v1/profiles/lookup", {"identifier": {"type": "email", "value": value}, "purpose": "service"}
        )
        assert answered.status == 422
        assert answered.content["errors"] == [
            {
                "pointer": "/identifier/value",
                "detail": f"This cannot be an identifier of its type: {reason}.",
            }
        ]
        assert value.encode() not in answered.body


def test_an_unknown_type_is_refused_by_its_pointer(service: Caller) -> None:
    answered = service.post(
        "/v1/profiles/lookup", {"identifier": {"type": "shoe_size", "value": "42"}, "purpose": "service"}
    )
    assert answered.status == 422
    assert answered.content["errors"][0]["pointer"] == "/identifier/type"


def test_a_purpose_is_needed_and_must_exist(service: Caller, shop: Source) -> None:
    tell_of_ann(shop)
    url = f"/v1/profiles/{profile_id_of('user_id', 'ann-1')}"
    missing, unknown = service.get(url), service.get(url, purpose="curiosity")
    assert (missing.status, unknown.status) == (400, 422)
    assert "purpose" in missing.content["detail"]
    assert b"Ann" not in missing.body + unknown.body
    assert not AccessLog.objects.exists()


def test_a_purpose_that_is_not_in_force_withholds_all_with_its_reason_and_without_ids(shop: Source) -> None:
    service = Caller("profiles:read")  # one that sees to people's rights reads their consents all the same
    tell_of_ann(shop)
    old = profile_id_of("user_id", "ann-1")
    for path in ("", "/timeline", "/identity", "/consents"):
        answered = service.get(f"/v1/profiles/{old}{path}", purpose="personalisation")
        assert answered.status == 403, path
        assert answered.headers["content-type"] == "application/problem+json"
        decision = answered.content["decision"]
        assert (decision["allowed"], decision["purpose"], decision["basis"]) == (False, "personalisation", "consent")
        assert decision["reason"] == "There is no consent on record; without one the purpose is denied."
        for secret in (b"ann", b"Ann", old.encode(), profile_id_of("anonymous_id", "ann-browser").encode()):
            assert secret not in answered.body
    logged = AccessLog.objects.filter(allowed=False, fields="")
    assert logged.count() == 4


def test_a_consent_in_force_shows_the_profile_and_its_refusal_hides_it_again(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", context=GRANTED))
    assert look_up(service, "user_id", "ann-1", "personalisation")["consents"] == {"personalisation": "granted"}
    tell(shop, event(2, userId="ann-1", context=REFUSED))
    answered = service.post(
        "/v1/profiles/lookup",
        {"identifier": {"type": "user_id", "value": "ann-1"}, "purpose": "personalisation"},
    )
    assert answered.status == 403
    assert answered.content["decision"]["reason"].startswith("Consent was refused")


def test_a_read_is_in_the_access_log_under_the_number_that_its_answer_carries(service: Caller, shop: Source) -> None:
    tell_of_ann(shop)
    began = datetime.now(UTC)
    found = look_up(service, "user_id", "ann-1")
    row = AccessLog.objects.get()
    assert str(row.id) == found["decision"]["id"]
    assert (row.actor, row.operation, row.purpose, row.allowed) == (f"token:{service.name}", "lookup", "service", True)
    assert str(row.profile_id) == found["canonical_id"]
    assert row.fields == "identifiers,traits,counters,segments,consents"
    assert row.at >= began


def test_a_token_tied_to_a_purpose_reads_for_that_one_alone(shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", context=GRANTED))
    tied = Caller("profiles:read", purposes=["personalisation"])
    assert look_up(tied, "user_id", "ann-1", "personalisation")["kind"] == "known"
    body = {"identifier": {"type": "user_id", "value": "ann-1"}, "purpose": "service"}
    refused = tied.post("/v1/profiles/lookup", body)
    assert refused.status == 403
    assert b"ann-1" not in refused.body


def test_consents_say_what_is_in_force_and_why(service: Caller, shop: Source) -> None:
    tell(shop, event(5, userId="ann-1", context=GRANTED))
    tell(shop, event(6, anonymousId="elsewhere", context=REFUSED))
    answered = service.get(f"/v1/profiles/{profile_id_of('user_id', 'ann-1')}/consents")
    assert answered.status == 200
    purposes = answered.content["purposes"]
    allowed = {key for key, state in purposes.items() if state["allowed"]}
    assert allowed == {"service", "security", "sensitive", "unification", "personalisation"}
    assert purposes["personalisation"]["decided_at"] == "2026-01-01T00:05:00Z"
    assert purposes["analytics"]["reason"] == "There is no consent on record; without one the purpose is denied."
    assert answered.content["said"] == {"personalisation": "granted"}


def test_a_trait_that_was_unset_is_not_shown(service: Caller, shop: Source) -> None:
    tell(
        shop,
        event(1, userId="ann-1", context={"traits": {"nickname": "Nan", "city": ""}}),
        event(2, userId="ann-1", context={"traits": {"nickname": None}}),
    )
    traits = look_up(service, "user_id", "ann-1")["traits"]
    assert {name: trait["value"] for name, trait in traits.items()} == {"city": ""}


def test_an_identifier_that_was_only_mentioned_is_not_listed(service: Caller, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1"))
    tell(shop, {"type": "alias", "messageId": "a1", "previousId": "old-ann", "userId": "ann-1"})
    found = look_up(service, "user_id", "ann-1")
    assert [item["value"] for item in found["identifiers"]] == ["ann-1"]


def test_another_profile_never_shows(service: Caller, shop: Source) -> None:
    tell_of_ann(shop)
    tell(shop, event(3, userId="bob-1", context={"traits": {"email": "bob@example.org", "first_name": "Bob"}}))
    answered = service.post(
        "/v1/profiles/lookup", {"identifier": {"type": "user_id", "value": "ann-1"}, "purpose": "service"}
    )
    assert b"bob" not in answered.body.lower()


def test_times_are_utc_to_the_microsecond(service: Caller) -> None:
    crm = make_source("crm", channel="crm")
    tell(crm, {**event(userId="ann-1"), "timestamp": "2026-01-01T02:00:00.123456+02:00"})
    assert look_up(service, "user_id", "ann-1")["first_seen"] == "2026-01-01T00:00:00.123456Z"


def test_what_a_region_denies_is_denied_to_every_read_of_who_lives_there(service: Caller, shop: Source) -> None:
    by_default = {"legal_basis": "legitimate_interest", "default": "allowed", "categories": ["*"]}
    study = {**by_default, "regions": {"DE": {"default": "denied"}}}
    assert service.put("/v1/consent/purposes/study", study).status == 201
    tell(shop, event(1, userId="ann-1", context={"traits": {"country": "DE"}}), event(2, userId="bob-1"))
    statuses = {}
    for name in ("ann-1", "bob-1"):
        born = f"/v1/profiles/{Identifier.objects.get(value=name).profile_id}"
        as_of = datetime.now(UTC).isoformat()
        reads = [
            service.get(f"{born}{below}", purpose="study") for below in ("", "/timeline", "/identity", "/consents")
        ]
        reads.append(service.get(born, purpose="study", as_of=as_of))
        end = {"type": "user_id", "value": name}
        reads.append(service.post("/v1/identity/explain", {"a": end, "b": end, "purpose": "study"}))
        statuses[name] = {answered.status for answered in reads}
    assert statuses == {"ann-1": {403}, "bob-1": {200}}
