"""Consent at login, logout and registration, on devices that people share. Cases LOG-*, and their neighbours."""

import pytest

from tests.integration.cases.service import (
    Json,
    Service,
    browser,
    email,
    expected,
    given,
    named,
    stamped,
    track,
    user,
)

ANN, BOB, SHARED = user("ann"), user("bob"), browser("shared")


def login(who: str = "ann", device: str = "shared", at: str = "2026-03-05T00:00:00Z") -> Json:
    """An account on a device."""
    return {"type": "identify", "userId": who, "anonymousId": device, "timestamp": at}


def registration(who: str = "ann", device: str = "shared", at: str = "2026-03-05T00:00:00Z") -> Json:
    """Somebody makes an account on a device."""
    return track(event="Signed Up", userId=who, anonymousId=device, at=at)


def test_what_somebody_granted_on_a_shared_device_is_not_the_accounts_at_the_next_login(service: Service) -> None:
    account, between = given("LOG-02")["user"], given("LOG-02")["after_logout_anon"]
    for purpose in expected("LOG-02"):
        service.new_purpose(purpose)
    service.tell(login(at="2026-03-01T00:00:00Z"))
    service.decide([ANN], {purpose: ("granted" if yes else "denied", "2026-03-02") for purpose, yes in account.items()})
    service.tell(stamped(between, anonymousId="shared", at="2026-03-04T00:00:00Z"))
    service.tell(login())
    found = {purpose: service.allows(ANN, purpose) for purpose in expected("LOG-02")}
    assert found == expected("LOG-02")
    rows = service.consents(ANN)["history"]
    assert {row["purpose"] for row in rows if row["identifier"]["value"] == "ann"} == set(account)


def test_so_it_is_where_the_account_had_refused(service: Service) -> None:
    service.decide([ANN], {"ads": ("denied", "2026-03-01")})
    service.tell(stamped({"ads": True}, anonymousId="shared", at="2026-03-04T00:00:00Z"))
    service.tell(login())
    assert service.state(ANN, "ads") == "denied"


def test_a_device_does_not_bring_back_what_the_person_had_granted_before_refusing(service: Service) -> None:
    address = email("ann@x.test")
    service.tell({"type": "identify", "userId": "ann", "traits": {"email": address[1]}})
    service.decide([address], {"ads": ("granted", "2026-02-01")})
    service.decide([ANN], {"ads": ("denied", "2026-03-01")})
    service.tell(stamped({"ads": True}, anonymousId="shared", at="2026-03-04T00:00:00Z"))
    service.tell(login())
    assert not service.allows(ANN, "ads")
    assert not service.allows(address, "ads")


def test_a_refusal_before_login_rises_to_the_account(service: Service) -> None:
    service.decide([ANN], {"ads": ("granted", "2026-03-01")})
    service.tell(stamped({"ads": False}, anonymousId="shared", at="2026-03-04T00:00:00Z"))
    assert service.allows(ANN, "ads")
    service.tell(login())
    assert not service.allows(ANN, "ads")
    service.decide([ANN], {"ads": ("granted", "2026-03-06")})
    assert service.allows(ANN, "ads")


def test_an_older_refusal_of_the_device_is_answered_by_the_accounts_later_grant(service: Service) -> None:
    service.tell(stamped({"ads": False}, anonymousId="shared", at="2026-02-01T00:00:00Z"))
    service.decide([ANN], {"ads": ("granted", "2026-03-01")})
    service.tell(login())
    assert service.allows(ANN, "ads")


def test_a_grant_before_login_does_not_rise(service: Service) -> None:
    service.tell(stamped({"ads": True}, anonymousId="shared", at="2026-03-04T00:00:00Z"))
    assert service.allows(SHARED, "ads")
    service.tell(login())
    found = service.in_force(ANN, "ads")
    assert (found["state"], found["allowed"]) == ("device_only", False)
    assert [row["identifier"]["value"] for row in service.consents(ANN)["history"]] == ["shared"]


def test_nor_do_the_grants_of_several_devices_of_a_person_who_has_not_answered(service: Service) -> None:
    for device in ("first", "second"):
        service.tell(stamped({"ads": True}, anonymousId=device, at="2026-03-04T00:00:00Z"))
        service.tell(login(device=device))
    service.decide([ANN], {"ads": ("requested", "2026-03-05"), "marketing": ("denied", "2026-03-05")})
    assert service.state(ANN, "ads") == "device_only"
    limited = {"purpose": "ads", "state": "granted", "at": "2026-01-01T00:00:00Z", "expires_at": "2026-02-01T00:00:00Z"}
    service.decide([ANN], [limited])
    assert not service.allows(ANN, "ads")


def test_a_stamp_on_the_login_itself_is_the_accounts_own_word(service: Service) -> None:
    service.tell(stamped({"ads": True}, userId="ann", anonymousId="shared"))
    assert service.allows(ANN, "ads")


def test_a_registration_takes_along_what_was_just_granted_with_its_provenance(service: Service) -> None:
    service.tell(stamped({"ads": True}, anonymousId="shared", at="2026-03-04T23:00:00Z"))
    service.tell(registration())
    assert service.allows(ANN, "ads")
    [row] = [one for one in service.consents(ANN)["history"] if one["identifier"]["value"] == "ann"]
    assert (row["state"], row["decided_at"]) == ("granted", "2026-03-04T23:00:00Z")
    assert row["proof"]["carried_from"]


def test_a_registration_takes_nothing_along_from_long_before(service: Service) -> None:
    service.tell(stamped({"ads": True}, anonymousId="shared", at="2026-03-01T00:00:00Z"))
    service.tell(registration())
    assert not service.allows(ANN, "ads")


def test_a_registration_through_the_api_takes_the_devices_answers_along(service: Service) -> None:
    service.tell(stamped({"ads": True}, anonymousId="shared", at="2026-03-04T23:00:00Z"))
    decision = {"purpose": "analytics", "state": "granted", "at": "2026-03-05T00:00:00Z"}
    made = service.decide([ANN], [decision], carry_from=named(SHARED))
    assert [one["purpose"] for one in made["carried"]] == ["ads"]
    assert (service.allows(ANN, "ads"), service.allows(ANN, "analytics")) == (True, True)


def test_nothing_of_an_account_leaks_down_to_a_fresh_device(service: Service) -> None:
    [(purpose, granted)] = given("LOG-05")["account"].items()
    assert granted
    service.tell(login())
    service.decide([ANN], {purpose: "granted"})
    service.tell(track(anonymousId="after-reset"))
    assert expected("LOG-05") == {"anon.ads": "no record"}
    found = service.consents(browser("after-reset"))
    assert purpose not in found["said"]
    assert found["purposes"][purpose]["allowed"] is False
    assert found["purposes"][purpose]["state"] == "not_asked"
    assert found["history"] == []


def test_nor_to_the_same_device_as_far_as_the_device_itself_is_asked(service: Service) -> None:
    service.tell(login())
    service.decide([ANN], {"ads": "granted"})
    rows = service.consents(SHARED)["history"]
    assert {row["identifier"]["value"] for row in rows} == {"ann"}


def test_two_people_on_one_device_do_not_decide_for_each_other(service: Service) -> None:
    service.tell(login("ann", at="2026-03-01T00:00:00Z"))
    service.decide([ANN], {"ads": ("granted", "2026-03-02")})
    service.tell(login("bob", at="2026-03-03T00:00:00Z"))
    assert service.profile_of(ANN) != service.profile_of(BOB)
    assert not service.allows(BOB, "ads")
    service.decide([BOB], {"ads": ("denied", "2026-03-04")})
    assert service.allows(ANN, "ads")


@pytest.mark.parametrize("preferences", [{}, {"ads": True}, {"ads": False}])
def test_logging_out_and_in_again_decides_nothing(service: Service, preferences: Json) -> None:
    service.decide([ANN], {"ads": ("denied", "2026-02-01")})
    for day in range(1, 4):
        service.tell(login(at=f"2026-03-0{day}T00:00:00Z"))
        service.tell(stamped(preferences, anonymousId=f"reset-{day}", at=f"2026-03-0{day}T12:00:00Z"))
    assert service.state(ANN, "ads") == "denied"


def test_a_public_sources_claim_to_be_somebody_grants_nothing_for_them(service: Service) -> None:
    public = service.new_source(trust="public")
    service.tell(login(at="2026-03-01T00:00:00Z"))
    service.tell(stamped({"ads": True}, userId="ann", anonymousId="elsewhere"), key=public)
    assert not service.allows(ANN, "ads")


def test_a_public_sources_claim_to_be_somebody_can_refuse_for_them(service: Service) -> None:
    public = service.new_source(trust="public")
    service.tell(login(at="2026-01-01T00:00:00Z"))
    service.tell(stamped({"ads": False}, userId="ann", anonymousId="shared", at="2026-02-01T00:00:00Z"), key=public)
    assert not service.allows(ANN, "ads")
    service.decide([ANN], {"ads": ("granted", "2026-03-01")})
    assert service.allows(ANN, "ads")


def test_a_refusal_before_a_registration_is_taken_along_too(service: Service) -> None:
    service.tell(stamped({"ads": False}, anonymousId="shared", at="2026-03-04T23:00:00Z"))
    service.tell(registration())
    assert service.state(ANN, "ads") == "denied"
    fresh = browser("another")
    service.tell(login(device="another", at="2026-03-06T00:00:00Z"))
    assert service.state(fresh, "ads") == "denied"


def test_the_device_that_two_people_used_speaks_for_the_one_it_belongs_to(service: Service) -> None:
    service.tell(login("ann", at="2026-03-01T00:00:00Z"), login("bob", at="2026-03-02T00:00:00Z"))
    service.decide([ANN], {"ads": ("granted", "2026-03-03")})
    service.decide([BOB], {"ads": ("granted", "2026-03-03")})
    service.tell(stamped({"ads": False}, anonymousId="shared", at="2026-03-04T00:00:00Z"))
    owner = next(who for who in (ANN, BOB) if service.profile_of(who) == service.profile_of(SHARED))
    assert [who for who in (ANN, BOB) if not service.allows(who, "ads")] == [owner]


def test_who_switches_accounts_takes_nothing_along(service: Service) -> None:
    service.tell(stamped({"ads": True}, userId="ann", anonymousId="shared", at="2026-03-04T23:00:00Z"))
    service.tell(registration("bob"))
    assert service.allows(ANN, "ads")
    assert not service.allows(BOB, "ads")
