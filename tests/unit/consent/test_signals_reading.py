"""What an event says about consent, out of every place where clients put it."""

from datetime import date
from typing import Any

import pytest

from consent.signals.reading import MAX_CATEGORIES, SignalRules, Signals, read_signals
from tests.unit.consent.signal_strings import (
    gpp_header,
    stored,
    tc_string,
    vendors_in_ranges,
    vendors_one_by_one,
)

RULES = SignalRules(
    categories={"Advertising": ("ads.personalised", "ads.sale_share"), "C0002": ("analytics",), "nothing": ()},
    purposes=frozenset({"analytics", "personalisation", "marketing", "marketing.email", "ads", "ads.sale_share"}),
)
OPTED_OUT = "DBABBg~BUUAAACA.YA"  # California: sale and sharing refused, GPC (cases SIG-22 and SIG-23)
NOT_OPTED_OUT = "DBABBg~BUoAAACA.QA"
EVERYTHING = range(1, 12)
ALL_GRANTED = {"ads.personalised": True, "personalisation": True, "analytics": True}
ALL_REFUSED = dict.fromkeys(ALL_GRANTED, False)


def read(context: dict[str, Any], rules: SignalRules = RULES, **more: Any) -> Signals:
    return read_signals(context, rules, **{"gpc_header": False, **more})


def preferences(**states: Any) -> Signals:
    return read({"consent": {"categoryPreferences": states}})


class TestNothing:
    @pytest.mark.parametrize("context", [{}, {"page": {"url": "/"}, "consent": None}, {"gpp": "", "tcf": None}])
    def test_an_event_without_a_block_says_nothing(self, context: dict[str, Any]) -> None:  # COL-01
        assert read(context) == Signals()

    @pytest.mark.parametrize("block", [{}, [], {"categoryPreferences": {}}, {"categoryPreferences": []}])
    def test_an_empty_block_is_a_stamp_that_says_nothing(self, block: Any) -> None:  # COL-02
        assert read({"consent": block}) == Signals(stamped=True)

    def test_what_a_block_does_not_mention_is_not_said(self) -> None:  # COL-06
        found = preferences(functional=True)
        assert found.said == {"functional": True}
        assert "analytics" not in found.said


class TestCategories:
    def test_a_category_is_what_the_source_says_that_it_means(self) -> None:
        found = preferences(Advertising=True, C0002=False, nothing=True)
        assert found.said == {"ads.personalised": True, "ads.sale_share": True, "analytics": False}
        assert set(found.by.values()) == {"segment"}
        assert found.stamped

    def test_without_a_mapping_it_is_the_purpose_of_that_name_in_any_case(self) -> None:
        assert preferences(**{"marketing.email": True, "Analytics": False, "MARKETING": True}).said == {
            "marketing.email": True,
            "analytics": False,
            "marketing": True,
        }

    def test_else_it_is_kept_under_its_own_name(self) -> None:
        assert preferences(**{"Some-Tool:v2": True, "x" * 200: False}).said == {"Some-Tool:v2": True, "x" * 200: False}

    @pytest.mark.parametrize("category", ["", "a b", "<script>", "x" * 201, "größe", "a\n", "jane.doe@example.com"])
    def test_a_name_that_is_no_key_is_left_out(self, category: str) -> None:
        found = preferences(**{category: True, "analytics": True})
        assert found.said == {"analytics": True}
        assert len(found.warnings) == 1
        assert category == "" or category not in found.warnings[0]

    @pytest.mark.parametrize("state", [None, 0, 1, "true", "yes", "", [], {}, 1.0, "granted"])
    def test_a_state_that_is_neither_true_nor_false_is_left_out(self, state: Any) -> None:
        found = preferences(analytics=state, marketing=True)
        assert found.said == {"marketing": True}
        assert found.warnings == ["Consent preferences that are neither true nor false were left out."]

    def test_and_nothing_else_grants_that_purpose(self) -> None:
        found = read(
            {
                "consent": {
                    "categoryPreferences": {"analytics": "?"},
                    "consentMode": {"analytics_storage": "granted", "personalization_storage": "granted"},
                }
            }
        )
        assert found.said == {"personalisation": True}
        assert set(found.by) == set(found.said)

    def test_but_a_refusal_of_it_counts(self) -> None:
        found = read({"consent": {"categoryPreferences": {"analytics": "?", "C0002": False}}})
        assert found.said == {"analytics": False}

    def test_of_two_categories_of_one_purpose_the_refusal_counts(self) -> None:
        assert preferences(analytics=True, C0002=False).said == {"analytics": False}
        assert preferences(C0002=False, Analytics=True).said == {"analytics": False}

    def test_of_too_many_categories_the_refusals_are_kept(self) -> None:
        found = preferences(**{f"on{n}": True for n in range(MAX_CATEGORIES)}, off=False)
        assert len(found.said) == MAX_CATEGORIES
        assert found.said["off"] is False
        assert found.warnings == [
            f"The event has more than {MAX_CATEGORIES} consent categories; the rest was left out."
        ]

    def test_as_many_as_there_may_be_are_all_read(self) -> None:
        found = preferences(**{f"on{n}": True for n in range(MAX_CATEGORIES)})
        assert len(found.said) == MAX_CATEGORIES
        assert found.warnings == []


class TestUnreadable:
    @pytest.mark.parametrize("block", ["granted", True, 1, ["analytics"], 0, False, ""])
    def test_a_block_that_is_no_object(self, block: Any) -> None:
        for context in ({"consent": block}, {"consent": {"categoryPreferences": block}}):
            found = read(context)
            assert (found.said, found.stamped, found.unreadable) == ({}, True, True)
            assert len(found.warnings) == 1

    @pytest.mark.parametrize("block", ["not-an-object", True, 1, ["C0002"]])
    def test_consent_management_that_is_no_object(self, block: Any) -> None:  # COL-09
        found = read({"consentManagement": block})
        assert (found.said, found.stamped, found.unreadable) == ({}, True, True)

    @pytest.mark.parametrize("name", ["gpp", "gppString", "gpp_string", "tcf", "tcString", "tcfString", "tc_string"])
    @pytest.mark.parametrize("value", ["garbage", 17, {"string": OPTED_OUT}, ["x"], True])
    def test_a_string_that_is_none(self, name: str, value: Any) -> None:
        for context in ({name: value}, {"consent": {name: value}}):
            found = read(context)
            assert (found.said, found.stamped, found.unreadable) == ({}, True, True)

    @pytest.mark.parametrize("value", ["granted", 17, ["granted"], True])
    def test_consent_mode_that_is_none(self, value: Any) -> None:
        found = read({"consent": {"googleConsentMode": value}})
        assert (found.said, found.stamped, found.unreadable) == ({}, True, True)

    def test_costs_the_other_blocks_nothing(self) -> None:
        found = read({"consent": {"categoryPreferences": {"analytics": False}, "gpp": "?"}, "gpc": True})
        assert found.said == {"analytics": False, "ads.sale_share": False}
        assert found.unreadable


class TestRudderstack:
    # The members by "Add the Consent Object to Event Payloads" in RudderStack's documentation.
    def test_ids_are_categories(self) -> None:
        found = read(
            {
                "consentManagement": {
                    "provider": "oneTrust",
                    "allowedConsentIds": ["C0002", "marketing"],
                    "deniedConsentIds": ["Advertising", ""],
                    "resolutionStrategy": "and",
                }
            }
        )
        assert found.said == {
            "analytics": True,
            "marketing": True,
            "ads.personalised": False,
            "ads.sale_share": False,
        }
        assert set(found.by.values()) == {"rudderstack"}
        assert (found.stamped, found.unreadable, found.warnings) == (True, False, [])

    @pytest.mark.parametrize(
        "allowed",
        [
            [{"id": "C0002"}],
            [{"purpose": "C0002"}],
            [{"oneTrustCookieCategory": "C0002"}],
            {"C0002": True},
            {"C0002": "Performance cookies"},
        ],
    )
    def test_ids_may_be_objects(self, allowed: Any) -> None:
        assert read({"consentManagement": {"allowedConsentIds": allowed}}).said == {"analytics": True}

    def test_numbers_are_ids_too(self) -> None:
        assert read({"consentManagement": {"allowedConsentIds": [3], "deniedConsentIds": [4]}}).said == {
            "3": True,
            "4": False,
        }

    def test_an_id_that_is_both_is_refused(self) -> None:
        block = {"allowedConsentIds": ["C0002"], "deniedConsentIds": ["C0002"]}
        assert read({"consentManagement": block}).said == {"analytics": False}

    @pytest.mark.parametrize("denied", ["C0001", 5, True, [None], [["C0001"]], [{"x": 1}], [True]])
    def test_denials_that_cannot_be_read_leave_no_grants(self, denied: Any) -> None:
        found = read({"consentManagement": {"allowedConsentIds": ["C0002"], "deniedConsentIds": denied}})
        assert found.said == {}
        assert found.unreadable

    @pytest.mark.parametrize("allowed", ["C0001", 5, [None], [["C0001"]]])
    def test_denials_count_beside_grants_that_cannot_be_read(self, allowed: Any) -> None:
        found = read({"consentManagement": {"allowedConsentIds": allowed, "deniedConsentIds": ["C0002"]}})
        assert found.said == {"analytics": False}
        assert found.unreadable

    @pytest.mark.parametrize("block", [{}, [], {"allowedConsentIds": [], "deniedConsentIds": []}])
    def test_an_empty_block_is_a_stamp(self, block: Any) -> None:
        assert read({"consentManagement": block}) == Signals(stamped=True)


class TestPosthog:
    def test_opting_in_is_an_event(self) -> None:
        found = read({}, event="$opt_in")
        assert (found.said, found.by, found.stamped) == ({"analytics": True}, {"analytics": "posthog"}, True)

    def test_going_on_without_an_identity_is_a_refusal(self) -> None:
        found = read({}, properties={"$cookieless_mode": True})
        assert (found.said, found.by, found.stamped) == ({"analytics": False}, {"analytics": "posthog"}, True)

    @pytest.mark.parametrize("properties", [{}, {"$cookieless_mode": False}, {"$opt_out": True}, {"$opted_out": True}])
    def test_there_is_no_other(self, properties: dict[str, Any]) -> None:
        assert read({}, properties=properties, event="$pageview") == Signals()


class TestGlobalPrivacyControl:
    def test_the_header_refuses_sale_and_sharing_and_is_no_stamp(self) -> None:
        assert read({}, gpc_header=True) == Signals({"ads.sale_share": False}, {"ads.sale_share": "gpc"})

    @pytest.mark.parametrize("value", [True, 1, "1"])
    def test_so_does_the_context(self, value: Any) -> None:
        assert read({"gpc": value}).said == {"ads.sale_share": False}

    @pytest.mark.parametrize("value", [False, 0, "0", "true", "11", None, [], {}, 2])
    def test_any_other_value_says_nothing(self, value: Any) -> None:
        assert read({"gpc": value}) == Signals()

    def test_it_is_honoured_before_a_grant(self) -> None:
        found = read({"consent": {"categoryPreferences": {"ads.sale_share": True}}}, gpc_header=True)
        assert (found.said, found.by) == ({"ads.sale_share": False}, {"ads.sale_share": "gpc"})


class TestGpp:
    @pytest.mark.parametrize("name", ["gpp", "gppString", "gpp_string"])
    def test_an_opt_out_is_a_refusal_wherever_the_string_stands(self, name: str) -> None:  # SIG-22, SIG-23
        for context in ({name: OPTED_OUT}, {"consent": {name: OPTED_OUT}}):
            found = read(context)
            assert (found.said, found.by) == ({"ads.sale_share": False}, {"ads.sale_share": "gpp"})
            assert (found.stamped, found.unreadable) == (True, False)

    def test_global_privacy_control_in_it_is_enough(self) -> None:
        assert read({"gpp": "DBABBg~BUoAAACA.YA"}).said == {"ads.sale_share": False}

    def test_not_having_opted_out_grants_nothing(self) -> None:
        assert read({"gpp": NOT_OPTED_OUT}) == Signals(stamped=True)

    def test_targeted_advertising_is_personalised_advertising(self) -> None:
        for section in stored("gpp_sections.json"):
            said = read({"gpp": f"{gpp_header(section['id'])}~{section['section']}"}).said
            fields = section["fields"]
            sale = section["gpc"] or 1 in (fields["SaleOptOut"], fields.get("SharingOptOut"))
            assert ("ads.sale_share" in said) is bool(sale)
            assert ("ads.personalised" in said) is (fields.get("TargetedAdvertisingOptOut") == 1)
            assert not any(said.values())

    def test_the_older_us_privacy_string_counts(self) -> None:
        assert read({"gpp": f"{gpp_header(6)}~1YYN"}).said == {"ads.sale_share": False}
        assert read({"gpp": f"{gpp_header(6)}~1YNN"}).said == {}

    def test_its_tc_string_is_read_as_one(self) -> None:
        found = read({"gpp": f"{gpp_header(2, 6)}~{tc_string(EVERYTHING)}~1YYN"})
        assert found.said == {**ALL_GRANTED, "ads.sale_share": False}
        assert found.by["analytics"] == "tcf"

    def test_a_broken_section_costs_the_refusals_of_others_nothing(self) -> None:
        found = read({"gpp": f"{gpp_header(6, 8)}~1YYN~B"})
        assert found.said == {"ads.sale_share": False}
        assert found.unreadable


class TestTcf:
    @pytest.mark.parametrize("name", ["tcf", "tcString", "tcfString", "tc_string"])
    def test_consent_to_everything_grants_wherever_the_string_stands(self, name: str) -> None:
        text = tc_string(EVERYTHING)
        for context in ({name: text}, {"consent": {name: text}}):
            found = read(context)
            assert found.said == ALL_GRANTED
            assert set(found.by.values()) == {"tcf"}
            assert (found.stamped, found.unreadable, found.warnings) == (True, False, [])

    def test_consent_to_nothing_refuses(self) -> None:
        assert read({"tcf": tc_string()}).said == ALL_REFUSED

    @pytest.mark.parametrize(
        ("missing", "refused"),
        [
            (1, None),
            (2, None),
            (3, "ads.personalised"),
            (4, "ads.personalised"),
            (5, "personalisation"),
            (6, "personalisation"),
            (7, "analytics"),
            (8, "analytics"),
            (9, "analytics"),
            (10, "analytics"),
            (11, None),
        ],
    )
    def test_a_purpose_of_ours_needs_all_that_it_stands_for(self, missing: int, refused: str | None) -> None:
        said = read({"tcf": tc_string(set(EVERYTHING) - {missing})}).said
        assert said == {purpose: purpose != refused for purpose in ALL_GRANTED}

    def test_a_string_that_is_not_specific_to_the_service_only_refuses(self) -> None:
        found = read({"tcf": tc_string({3, 4, 5, 6}, service_specific=False)})
        assert found.said == {"analytics": False}
        assert found.warnings == ["The TC string is not specific to this service; it grants nothing."]
        assert not found.unreadable

    def test_a_missing_list_of_disclosed_vendors_is_told_and_harms_no_purpose_of_ours(self) -> None:  # SIG-15
        found = read({"tcf": tc_string(EVERYTHING, created="2026-06-01")})
        assert found.said == ALL_GRANTED
        assert [warning.split(":")[0] for warning in found.warnings] == ["disclosed_vendors_missing"]

    def test_the_cut_off_is_the_source_s(self) -> None:
        rules = SignalRules({}, frozenset(), tcf_cut_off=date(2027, 1, 1))
        assert read({"tcf": tc_string(EVERYTHING, created="2026-06-01")}, rules).warnings == []


class TestTcfVendor:
    RULES = SignalRules({}, frozenset(), tcf_vendor=7)

    def grants(self, text: str) -> bool:
        found = read({"tcf": text}, self.RULES)
        assert found.said in (ALL_GRANTED, {})
        assert bool(found.warnings) is not bool(found.said)
        return bool(found.said)

    @pytest.mark.parametrize("vendors", [vendors_one_by_one([7]), vendors_in_ranges((5, 9))])
    def test_a_vendor_that_was_shown_and_consented_to_is_enough(self, vendors: str) -> None:
        assert self.grants(tc_string(EVERYTHING, vendors, vendors, created="2026-06-01"))

    @pytest.mark.parametrize("vendors", [vendors_one_by_one([8]), vendors_in_ranges((1, 6), (8, 99))])
    def test_without_the_vendor_s_consent_nothing_is_granted(self, vendors: str) -> None:
        assert not self.grants(tc_string(EVERYTHING, vendors, vendors_one_by_one([7])))

    def test_a_vendor_that_was_not_shown_cannot_have_been_agreed_to(self) -> None:
        assert not self.grants(tc_string(EVERYTHING, vendors_one_by_one([7]), vendors_one_by_one([8])))

    def test_a_claim_that_has_to_be_proven_and_is_not_grants_nothing(self) -> None:
        assert not self.grants(tc_string(EVERYTHING, vendors_one_by_one([7]), created="2026-06-01"))

    def test_an_older_string_need_not_prove_it(self) -> None:
        assert self.grants(tc_string(EVERYTHING, vendors_one_by_one([7]), created="2025-06-01"))

    def test_refusals_count_whatever_the_vendor(self) -> None:
        assert read({"tcf": tc_string()}, self.RULES).said == ALL_REFUSED


class TestConsentMode:
    @pytest.mark.parametrize("name", ["googleConsentMode", "consentMode", "consent_mode"])
    def test_kinds_are_purposes_wherever_they_stand(self, name: str) -> None:
        value = {
            "ad_storage": "granted",
            "ad_user_data": "granted",
            "ad_personalization": "granted",
            "analytics_storage": "granted",
            "personalization_storage": "denied",
            "functionality_storage": "granted",
            "security_storage": "granted",
        }
        for context in ({name: value}, {"consent": {name: value}}):
            found = read(context)
            assert found.said == {"ads.personalised": True, "analytics": True, "personalisation": False}
            assert set(found.by.values()) == {"consent_mode"}
            assert (found.stamped, found.unreadable, found.warnings) == (True, False, [])

    def test_user_data_for_advertising_is_needed_but_not_enough(self) -> None:
        assert read({"consentMode": {"ad_user_data": "granted"}}).said == {}
        assert read({"consentMode": {"ad_user_data": "denied", "ad_personalization": "granted"}}).said == {
            "ads.personalised": False
        }

    @pytest.mark.parametrize("kind", ["ad_storage", "functionality_storage", "security_storage"])
    @pytest.mark.parametrize("state", ["granted", "denied"])
    def test_other_kinds_are_no_purpose_of_ours(self, kind: str, state: str) -> None:
        assert read({"consentMode": {kind: state}}) == Signals(stamped=True)

    @pytest.mark.parametrize("kind", ["ad_personalization", "ad_user_data"])
    def test_a_kind_that_cannot_be_read_bars_its_purpose(self, kind: str) -> None:
        value = {"ad_personalization": "granted", "analytics_storage": "granted", kind: "maybe"}
        found = read({"consent": {"categoryPreferences": {"Advertising": True}, "consentMode": value}})
        assert found.said == {"ads.sale_share": True, "analytics": True}
        assert len(found.warnings) == 1

    def test_the_parameters_of_requests_are_read(self) -> None:
        assert read({"consentMode": "G101"}).said == {"analytics": True}
        assert read({"consentMode": "13r3q3r3r5"}).said == {"analytics": False, "ads.personalised": True}
        assert read({"consentMode": {"gcs": "G110", "gcd": "13r3q3q3r5"}}).said == {
            "analytics": False,
            "ads.personalised": False,
        }

    def test_what_a_site_assumed_before_it_asked_is_not_said(self) -> None:
        assert read({"consentMode": "11t1p1t1t5"}) == Signals(stamped=True)


class TestTogether:
    def test_a_refusal_in_any_signal_beats_the_grants_of_all_others(self) -> None:
        context: dict[str, Any] = {
            "consent": {"categoryPreferences": {"analytics": True, "personalisation": True}, "tcf": tc_string({5, 6})},
            "consentMode": {"analytics_storage": "granted", "personalization_storage": "granted"},
        }
        found = read(context)
        assert found.said == {"analytics": False, "personalisation": True, "ads.personalised": False}
        assert found.by == {"analytics": "tcf", "personalisation": "segment", "ads.personalised": "tcf"}

    def test_two_strings_that_differ_are_both_read(self) -> None:
        assert read({"tcf": tc_string(EVERYTHING), "consent": {"tcString": tc_string()}}).said == ALL_REFUSED

    def test_warnings_hold_no_values(self) -> None:
        value = "jane.doe@example.com"
        found = read(
            {
                "consent": {"categoryPreferences": {value: True, "analytics": value}, "gpp": value, "tcf": value},
                "consentManagement": {"deniedConsentIds": value, "allowedConsentIds": [{value: value}]},
                "consentMode": value,
            }
        )
        assert found.unreadable
        assert len(found.warnings) == 6
        assert "jane" not in " ".join(found.warnings)
        assert "jane" not in " ".join(found.said)
