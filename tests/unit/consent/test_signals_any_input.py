"""Whatever is sent, reading consent answers: with a reason where it cannot read, and never with a grant by accident."""

import string
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from consent.signals.bits import MAX_LENGTH, Bits, UnreadableSignal
from consent.signals.consent_mode import read_consent_mode
from consent.signals.gpp import decode_gpp
from consent.signals.reading import SignalRules, read_signals
from consent.signals.tcf import decode_tc_string
from tests.unit.consent.signal_strings import (
    ALPHABET,
    characters,
    fibonacci,
    gpp_header,
    stored,
    tc_string,
    vendors_in_ranges,
    vendors_one_by_one,
)

STRINGS = [
    "DBACNYA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN",
    *(f"{gpp_header(section['id'])}~{section['section']}" for section in stored("gpp_sections.json")),
    *(given["tc"] for given in stored("tc_strings.json")),
    *("G111", "13r3q3n3m5", "gcs=G100&gcd=11t1p1t1t5"),
]
ODD = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=12)
SIGNAL_LIKE = st.text(alphabet=ALPHABET + ".~=+/ ", max_size=120)
HEADED = st.tuples(st.sampled_from(["DBABBg~", "DBACNY~", "C", "DBAB", "DBAC", "DBABrVg~"]), SIGNAL_LIKE).map("".join)
VENDORS = st.sets(st.integers(1, 300), max_size=20)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A real string with some of it cut out and something else put in."""
    text: str = draw(st.sampled_from(STRINGS))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, len(text)))
    put: str = draw(SIGNAL_LIKE | ODD)
    return text[:start] + put + text[end:]


TEXT = ODD | SIGNAL_LIKE | HEADED | mutated() | st.sampled_from(STRINGS)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from([10**400, "granted", "1"])
NAME = st.sampled_from(
    [
        *("consent", "categoryPreferences", "consentManagement", "allowedConsentIds", "deniedConsentIds", "provider"),
        *("gpc", "gpp", "gppString", "tcf", "tcString", "consentMode", "googleConsentMode", "gcs", "gcd", "id"),
        *("ad_personalization", "analytics_storage", "analytics", "Ads", "marketing", "$cookieless_mode"),
    ]
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAME | ODD, inner, max_size=6),
    max_leaves=20,
)
CONTEXT = st.dictionaries(NAME, VALUE, max_size=8)
RULES = st.builds(
    SignalRules,
    st.sampled_from([{}, {"Ads": ("ads.personalised", "ads")}]),
    st.just(frozenset({"analytics", "ads"})),
    st.none() | st.integers(1, 10),
)


@given(TEXT)
@example("~" * MAX_LENGTH)
@example("." * MAX_LENGTH)
@example("C" + "." * 4000)
@example(characters("000011" + "000001" + "1" * 12 + ("0" + fibonacci(1)) * 4095))
def test_a_decoder_answers_or_raises_its_one_exception(text: str) -> None:
    for decode in (decode_gpp, decode_tc_string, read_consent_mode, Bits):
        try:
            decode(text)
        except UnreadableSignal as reason:
            assert str(reason).endswith(".")


@given(CONTEXT, RULES, st.booleans(), st.dictionaries(NAME, VALUE, max_size=3), st.sampled_from(["", "$opt_in"]))
def test_reading_never_raises_and_what_it_says_is_whole(
    context: dict[str, Any], rules: SignalRules, gpc_header: bool, properties: dict[str, Any], event: str
) -> None:
    found = read_signals(context, rules, gpc_header=gpc_header, properties=properties, event=event)
    assert set(found.said) == set(found.by)
    assert all(type(state) is bool for state in found.said.values())
    assert all(warning.endswith(".") for warning in found.warnings)
    assert not found.unreadable or (found.stamped and found.warnings)
    assert not gpc_header or found.said["ads.sale_share"] is False


@given(CONTEXT, RULES)
def test_a_refusal_that_is_added_takes_grants_away_and_adds_none(context: dict[str, Any], rules: SignalRules) -> None:
    before = read_signals(context, rules, gpc_header=False)
    after = read_signals({**context, "tc_string": tc_string()}, rules, gpc_header=False)
    granted = {purpose for purpose, state in before.said.items() if state}
    if "tc_string" not in context:
        assert {purpose for purpose, state in after.said.items() if state} <= granted - {"analytics"}


@given(TEXT)
def test_a_string_of_us_laws_never_grants(text: str) -> None:
    found = read_signals({"gpp": text}, SignalRules({}, frozenset()), gpc_header=False)
    assert not any(state for purpose, state in found.said.items() if found.by[purpose] == "gpp")


@given(VENDORS, VENDORS, st.sets(st.integers(1, 24)), st.booleans())
def test_a_tc_string_reads_back_as_it_was_written(
    consents: set[int], disclosed: set[int], purposes: set[int], in_ranges: bool
) -> None:
    listed = vendors_in_ranges(*((n, n) for n in sorted(consents))) if in_ranges else vendors_one_by_one(consents)
    found = decode_tc_string(tc_string(purposes, listed, vendors_one_by_one(disclosed)))
    assert set(found.vendor_consents) == consents
    assert found.vendors_disclosed is not None
    assert set(found.vendors_disclosed) == disclosed
    assert set(found.purpose_consents) == purposes


@given(st.sets(st.integers(1, 60), min_size=1, max_size=20))
def test_a_header_reads_back_as_it_was_written(ids: set[int]) -> None:
    text = "~".join([gpp_header(*sorted(ids)), *("x" for _ in ids)])
    assert decode_gpp(text).ids == tuple(sorted(ids))


@given(st.text(alphabet=string.ascii_letters + string.digits + "-_", max_size=50))
def test_bits_are_the_characters(text: str) -> None:
    bits = Bits(text)
    assert bits.left == 6 * len(text)
    assert "".join(ALPHABET[bits.integer(6)] for _ in text) == text
