"""What browsers and consent managers signal: Global Privacy Control, TCF, GPP. Cases SIG-*, and their neighbours."""

import pytest

from tests.integration.cases.service import Json, Service, browser, expected, given, track, user
from tests.unit.consent.signal_strings import (
    gpp_header,
    stored,
    tc_string,
    vendors_in_ranges,
    vendors_one_by_one,
)

SALE = "ads.sale_share"
CALIFORNIAN = {"country": "US", "state": "CA"}
REFUSED = ["denied"]
RANGED = [one for one in stored("tc_strings.json") if one["vendors"]]


def said_of_sale(service: Service, *identifiers: tuple[str, str]) -> list[str]:
    """What is on record of the sale, under the browser that signalled."""
    rows = service.consents(identifiers[0])["history"]
    return [row["state"] for row in rows if row["purpose"] == SALE]


def decoded(service: Service, **signal: object) -> Json:
    return service.post("/v1/consents/signals", signal)


@pytest.mark.parametrize("case", ["SIG-01", "SIG-02", "SIG-03", "SIG-05"])
@pytest.mark.parametrize("trust", ["public", "server"])
def test_only_the_exact_character_of_the_header_opts_out(service: Service, case: str, trust: str) -> None:
    key = service.new_source(trust=trust)
    service.tell(track(anonymousId="a-1"), key=key, headers=given(case)["headers"])
    assert said_of_sale(service, browser("a-1")) == (REFUSED if expected(case)["gpc"] else [])
    assert decoded(service, headers=given(case)["headers"])["gpc"] is expected(case)["gpc"]


def test_no_other_value_opts_out(service: Service) -> None:
    for value in ("", " ", "01", "1.0", "+1", "\uff11", "1 1", "on", "1;1", "0,0", "2", "true,1x"):
        sent = value.encode().decode("latin-1")
        service.tell(track(anonymousId="a-1"), headers={"Sec-GPC": sent})
        assert said_of_sale(service, browser("a-1")) == [], value
        assert decoded(service, headers={"Sec-GPC": sent})["gpc"] is False, value


def test_one_exact_character_among_several_is_enough(service: Service) -> None:
    for number, value in enumerate(("1,0", "0, 1", " 1 ", "1,1", "x ,\t1")):
        service.tell(track(anonymousId=f"a-{number}"), headers={"Sec-GPC": value})
        assert said_of_sale(service, browser(f"a-{number}")) == REFUSED, value
        assert decoded(service, headers={"sec-gpc": value})["gpc"] is True, value


def test_a_repeated_header_that_the_server_joins_is_read_value_by_value(service: Service) -> None:
    joined = given("SIG-06")["environ"]["HTTP_SEC_GPC"]
    service.tell(track(anonymousId="a-1"), headers={"Sec-GPC": joined})
    assert (said_of_sale(service, browser("a-1")) == REFUSED) is expected("SIG-06")["gpc"]
    assert decoded(service, headers={"Sec-GPC": joined})["gpc"] is expected("SIG-06")["gpc"]


def test_a_browser_that_signals_opts_out_itself_and_the_profile_it_is_tied_to(service: Service) -> None:
    case = given("SIG-07")
    device, profile = case["browser"], case["linked_profile"]
    service.tell(track(anonymousId=device, context={"externalIds": [{"id": profile, "type": "crm_id"}]}))
    service.tell(track(anonymousId=device, at="2026-03-02T12:00:00Z"), headers=case["headers"])
    found = service.in_force(("crm_id", profile), SALE)
    opted_out = {device: said_of_sale(service, browser(device)) == REFUSED, profile: found["state"] == "denied"}
    assert {one for one, out in opted_out.items() if out} == set(expected("SIG-07"))
    assert [(one["type"], one["value"], one["state"]) for one in found["by_identifier"]] == [
        ("anonymous_id", device, "denied")
    ]


def test_the_signal_of_a_person_who_has_said_who_they_are_is_theirs_too(service: Service) -> None:
    service.tell(track(userId="u-1", anonymousId="a-1"), headers={"Sec-GPC": "1"})
    rows = [row for row in service.consents(user("u-1"))["history"] if row["purpose"] == SALE]
    assert {row["identifier"]["value"] for row in rows} == {"u-1", "a-1"}
    assert {row["signal"] for row in rows} == {"gpc"}


def test_a_signal_before_the_person_is_known_follows_the_browser_to_them(service: Service) -> None:
    service.tell({"type": "identify", "userId": "u-1", "traits": CALIFORNIAN})
    assert service.allows(user("u-1"), SALE)
    service.tell(track(anonymousId="a-1"), headers={"Sec-GPC": "1"})
    assert service.allows(user("u-1"), SALE)
    service.tell({"type": "identify", "userId": "u-1", "anonymousId": "a-1", "timestamp": "2026-03-03T00:00:00Z"})
    assert service.state(user("u-1"), SALE) == "denied"


def test_the_absence_of_the_signal_grants_nothing_and_takes_nothing_back(service: Service) -> None:
    service.tell({"type": "identify", "userId": "u-1", "anonymousId": "a-1", "traits": CALIFORNIAN})
    service.tell(track(anonymousId="a-1", at="2026-03-02T00:00:00Z"), headers={"Sec-GPC": "1"})
    for headers in ({}, {"Sec-GPC": "0"}):
        service.tell(track(anonymousId="a-1", userId="u-1", at="2026-03-03T00:00:00Z"), headers=headers)
        service.tell(track(anonymousId="a-1", at="2026-03-04T00:00:00Z", context={"gpc": False}), headers=headers)
    assert service.state(user("u-1"), SALE) == "denied"
    assert [row["state"] for row in service.consents(user("u-1"))["history"] if row["purpose"] == SALE] == REFUSED


def test_the_signal_is_honoured_against_the_persons_older_setting_and_both_are_shown(service: Service) -> None:
    service.decide([user("u-1")], {SALE: ("granted", "2026-02-01")})
    service.tell(track(userId="u-1", anonymousId="a-1"), headers={"Sec-GPC": "1"})
    assert not service.allows(user("u-1"), SALE)
    history = service.consents(user("u-1"))["history"]
    assert {row["state"] for row in history if row["purpose"] == SALE} == {"granted", "denied"}


def test_the_signal_of_a_browser_alone_is_honoured_against_its_persons_older_setting(service: Service) -> None:
    service.tell(track(userId="u-1", anonymousId="a-1", at="2026-01-01T00:00:00Z"))
    service.decide([user("u-1")], {SALE: ("granted", "2026-02-01")})
    service.tell(track(anonymousId="a-1"), headers={"Sec-GPC": "1"})
    assert not service.allows(user("u-1"), SALE)


def test_the_signal_stands_in_the_context_where_headers_do_not_survive(service: Service) -> None:
    for value in (True, "1"):
        service.tell(track(anonymousId=f"a-{value}", context={"gpc": value}))
        assert said_of_sale(service, browser(f"a-{value}")) == REFUSED


def test_nothing_else_in_the_context_is_the_signal(service: Service) -> None:
    for value in (False, None, 0, "true", "yes", [True], {"1": 1}):
        service.tell(track(anonymousId="a-1", context={"gpc": value}))
        assert said_of_sale(service, browser("a-1")) == [], value


def test_the_header_counts_for_every_event_of_a_batch_and_for_beacons(service: Service) -> None:
    key = service.new_source(trust="public")
    events = [track(anonymousId=name, messageId=name) for name in ("a-1", "a-2")]
    answered = service.anyone(
        "POST", "/v1/b", {"batch": events, "writeKey": key}, Content_Type="text/plain", Sec_GPC="1"
    )
    assert answered.status == 200
    service.work()
    assert [said_of_sale(service, browser(name)) for name in ("a-1", "a-2")] == [REFUSED, REFUSED]


def test_it_is_told_that_the_signal_is_honoured(service: Service) -> None:
    answered = service.anyone("GET", "/.well-known/gpc.json")
    assert (answered.status, answered.content["gpc"]) == (200, True)


def test_a_published_tc_string_is_read_as_both_decoders_read_it(service: Service) -> None:
    found = decoded(service, tc_string=given("SIG-13")["tc"])["tcf"]
    assert {name: found[name] for name in expected("SIG-13")} == expected("SIG-13")


def test_a_tc_string_that_does_not_tell_whom_it_showed_is_read_with_a_warning(service: Service) -> None:
    text = tc_string(range(1, 12), vendors_one_by_one([1, 2]), created=given("SIG-15")["created"])
    found = decoded(service, tc_string=text)
    assert expected("SIG-15")["warning"] in found["warnings"]
    assert found["tcf"]["vendorsDisclosed"] is None
    assert {"purpose": "analytics", "state": "granted", "signal": "tcf"} in found["decisions"]


def test_an_older_tc_string_needs_not_tell_whom_it_showed(service: Service) -> None:
    found = decoded(service, tc_string=tc_string(range(1, 12), created="2025-06-01"))
    assert expected("SIG-15")["warning"] not in found["warnings"]


def test_vendors_that_are_listed_as_ranges_are_read_like_any(service: Service) -> None:
    right = [
        decoded(service, tc_string=one["tc"])["tcf"]["vendorConsents"]
        == [number for first, last in one["vendors"] for number in range(first, last + 1)]
        for one in RANGED
    ]
    assert expected("SIG-16")["method"].startswith("correct")
    assert len(right) > 10
    assert all(right)


def test_a_string_that_is_not_of_this_service_alone_grants_nothing(service: Service) -> None:
    text = tc_string(range(1, 12), vendors_in_ranges((1, 900)), vendors_in_ranges((1, 900)), service_specific=False)
    found = decoded(service, tc_string=text)
    assert "granted" not in {one["state"] for one in found["decisions"]}
    service.tell(track(anonymousId="a-1", context={"consent": {"tcString": text}}))
    assert not service.allows(browser("a-1"), "analytics")


def test_a_string_of_this_service_grants_what_it_holds_and_refuses_what_it_lacks(service: Service) -> None:
    text = tc_string((1, 7, 8, 9, 10), vendors_one_by_one([1]), vendors_one_by_one([1]))
    service.tell(track(anonymousId="a-1", context={"consent": {"tcf": text}}))
    said = {purpose: service.state(browser("a-1"), purpose) for purpose in ("analytics", "ads.personalised")}
    assert said == {"analytics": "granted", "ads.personalised": "denied"}


@pytest.mark.parametrize("case", ["SIG-17", "SIG-19", "SIG-20"])
def test_the_header_of_a_gpp_string_lists_its_sections(service: Service, case: str) -> None:
    found = decoded(service, gpp=given(case)["header"])["gpp"]
    assert {name: found[name] for name in expected(case)} == expected(case)


def test_other_headers_too(service: Service) -> None:
    """The first two are written by the specification and by its own library."""
    assert decoded(service, gpp="DBACNY")["gpp"]["sections"] == [2, 6]
    assert decoded(service, gpp="DBABLA")["gpp"]["sections"] == [7]
    for ids in ((2, 6), (2, 8), (6, 7, 12), (7, 8, 9, 10, 11, 12), (21, 23)):
        found = decoded(service, gpp=gpp_header(*ids))["gpp"]
        assert (found["type"], found["version"], tuple(found["sections"])) == (3, 1, ids)


def test_the_californian_section_says_opted_out_with_one_and_not_with_two(service: Service) -> None:
    wanted = dict(expected("SIG-22"))
    found = decoded(service, gpp=given("SIG-22")["gpp"])
    [section] = found["gpp"]["decoded"]
    assert section["id"] == wanted.pop("section")
    assert section["gpc"] is wanted.pop("Gpc")
    assert {name: section["fields"][name] for name in wanted} == wanted
    assert {"purpose": SALE, "state": "denied", "signal": "gpp"} in found["decisions"]


def test_a_gpp_string_carries_the_signal_where_the_header_is_gone(service: Service) -> None:
    service.tell({"type": "identify", "userId": "u-1", "traits": CALIFORNIAN})
    assert service.allows(user("u-1"), SALE)
    service.tell(track(userId="u-1", at="2026-03-02T00:00:00Z", context={"consent": {"gpp": given("SIG-23")["gpp"]}}))
    assert expected("SIG-23") == {"sale_share": "opted_out"}
    assert service.state(user("u-1"), SALE) == "denied"
    assert decoded(service, gpp=given("SIG-23")["gpp"])["gpc"] is True


def test_the_sections_of_every_law_are_read_as_their_own_library_wrote_them(service: Service) -> None:
    for section in stored("gpp_sections.json"):
        found = decoded(service, gpp=f"{gpp_header(section['id'])}~{section['section']}")
        [read] = found["gpp"]["decoded"]
        assert {name: read["fields"][name] for name in section["fields"]} == section["fields"]
        assert bool(read["gpc"]) == bool(section["gpc"])
        opted_out = section["gpc"] or 1 in (section["fields"].get(name) for name in ("SaleOptOut", "SharingOptOut"))
        assert ({"purpose": SALE, "state": "denied", "signal": "gpp"} in found["decisions"]) is bool(opted_out)
        assert "granted" not in {one["state"] for one in found["decisions"]}, "not to have opted out is no grant"


def test_a_string_that_cannot_be_read_is_refused_in_a_sentence_and_grants_nothing(service: Service) -> None:
    for text in ("x", "DBABBg~BUUAAACA.YA~x", "CQSbk4A", "\u00e9", "1YNN"):
        for name in ("gpp", "tc_string"):
            answered = service.ask("POST", "/v1/consents/signals", {name: text})
            assert (answered.status, answered.headers["content-type"]) == (422, "application/problem+json")
        service.tell(track(userId="u-1", context={"consent": {"gpp": text, "tcf": text}}))
        assert service.consents(user("u-1"))["history"] == []


def test_of_a_gpp_string_only_the_section_is_lost_that_cannot_be_read(service: Service) -> None:
    whole = next(one for one in stored("gpp_sections.json") if one["id"] < 20 and one["gpc"])
    other = 21
    found = decoded(service, gpp=f"{gpp_header(whole['id'], other)}~{whole['section']}~B")
    assert (found["gpp"]["unreadable"], found["unreadable"]) == ([other], True)
    assert {"purpose": SALE, "state": "denied", "signal": "gpp"} in found["decisions"]


def test_a_later_yes_of_the_person_holds_until_the_browser_signals_again(service: Service) -> None:
    service.tell(track(userId="u-1", anonymousId="a-1", at="2026-02-01T00:00:00Z"), headers={"Sec-GPC": "1"})
    service.decide([user("u-1")], {SALE: ("granted", "2026-02-02")})
    assert service.allows(user("u-1"), SALE)
    service.tell(track(userId="u-1", anonymousId="a-1", at="2026-02-03T00:00:00Z"), headers={"Sec-GPC": "1"})
    assert not service.allows(user("u-1"), SALE)


def test_the_signal_in_one_place_is_enough_whatever_the_others_say(service: Service) -> None:
    section = next(one for one in stored("gpp_sections.json") if one["gpc"] is False)
    context = {"gpc": False, "consent": {"gpp": f"{gpp_header(section['id'])}~{section['section']}"}}
    for number, (headers, in_context) in enumerate((({"Sec-GPC": "1"}, False), ({"Sec-GPC": "0"}, True))):
        device = f"a-{number}"
        service.tell(track(anonymousId=device, context={**context, "gpc": in_context}), headers=headers)
        assert service.state(browser(device), SALE) == "denied"
