"""GPP strings: the vectors of the IAB Tech Lab's specification and library, and strings that break its rules."""

from typing import Any

import pytest

from consent.signals.bits import MAX_LENGTH, UnreadableSignal
from consent.signals.gpp import decode_gpp, decode_header
from consent.signals.gpp_sections import LAYOUTS
from tests.unit.consent.signal_strings import characters, fibonacci, gpp_header, number, stored

CALIFORNIA = "BUUAAACA"
SECTIONS = stored("gpp_sections.json")


# "Header Examples" and "GPP String Examples" of the Consent String Specification; DBABBg and the last by @iabgpp/cmpapi
# (SIG-17, SIG-19, SIG-20 are among them).
@pytest.mark.parametrize(
    ("header", "ids"),
    [
        ("DBABM", (2,)),
        ("DBABMA", (2,)),
        ("DBACNY", (2, 6)),
        ("DBACNYA", (2, 6)),
        ("DBABjw", (5, 6)),
        ("DBABBg", (8,)),
        ("DBABrVg", tuple(range(7, 28))),
    ],
)
def test_a_header_lists_its_sections_in_order(header: str, ids: tuple[int, ...]) -> None:
    assert decode_header(header) == ids


# The example of "Range (Fibonacci)" in the same specification: 3, and the three that follow 5.
def test_a_range_goes_on_from_the_last_number() -> None:
    assert decode_header(characters(number(3, 6) + number(1, 6) + "000000000010" + "00011" + "1" + "011" + "0011")) == (
        3,
        5,
        6,
        7,
        8,
    )


# The table of "About Fibonacci Encoding".
@pytest.mark.parametrize(
    ("value", "bits"), [(1, "11"), (2, "011"), (3, "0011"), (4, "1011"), (5, "00011"), (6, "10011"), (7, "01011")]
)
def test_a_section_id_is_written_in_fibonacci_code(value: int, bits: str) -> None:
    assert fibonacci(value) == bits
    assert decode_header(characters(number(3, 6) + number(1, 6) + number(1, 12) + "0" + bits)) == (value,)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: f"{section['name']}-{section['section']}")
def test_every_section_has_the_fields_that_the_official_library_wrote(section: dict[str, Any]) -> None:
    held = decode_gpp(f"{gpp_header(section['id'])}~{section['section']}")
    assert held.broken == held.unknown == ()
    found = held.sections[section["id"]]
    assert found.name == section["name"]
    assert found.gpc is section["gpc"]
    assert {name: list(v) if isinstance(v, tuple) else v for name, v in found.fields.items()} == section["fields"]


def test_there_is_a_vector_for_every_layout() -> None:
    assert {section["id"] for section in SECTIONS} == set(LAYOUTS)


def test_california_says_that_sale_and_sharing_are_refused() -> None:  # SIG-22
    section = decode_gpp("DBABBg~BUUAAACA.YA").sections[8]
    expected = {"SaleOptOutNotice": 1, "SharingOptOutNotice": 1, "SaleOptOut": 1, "SharingOptOut": 1}
    assert {name: section.fields[name] for name in expected} == expected
    assert section.fields["MspaCoveredTransaction"] == 2
    assert section.gpc is True


def test_2_is_no_opt_out_and_neither_is_0_or_a_field_that_is_not_there() -> None:
    opted_out = decode_gpp(f"DBABBg~{CALIFORNIA}").sections[8].opted_out
    assert opted_out("SaleOptOut")
    assert not opted_out("MspaCoveredTransaction")
    assert not opted_out("SensitiveDataLimitUseNotice")
    assert not opted_out("TargetedAdvertisingOptOut")


@pytest.mark.parametrize(
    ("part", "gpc"),
    [("", None), (".YA", True), (".QA", False), (".YA.QA", True), (".QA.YA", True), (".g", True), (".AA", None)],
)
def test_global_privacy_control_is_a_part_of_its_own(part: str, gpc: bool | None) -> None:
    assert decode_gpp(f"DBABBg~{CALIFORNIA}{part}").sections[8].gpc is gpc


# GPP String Examples 2 and 3 of the specification.
def test_the_sections_of_tcf_and_us_privacy_keep_their_own_forms() -> None:
    held = decode_gpp("DBACNYA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YNN")
    assert held.tc_string == "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA"
    assert held.sections[6].fields == {
        "Version": 1,
        "SaleOptOutNotice": 1,
        "SaleOptOut": 2,
        "LspaCoveredTransaction": 2,
    }
    assert held.unknown == ()


def test_a_section_that_is_not_known_is_named_and_passed_over() -> None:
    held = decode_gpp("DBABjw~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA~1YYN")
    assert held.unknown == (5,)
    assert held.sections[6].opted_out("SaleOptOut")


@pytest.mark.parametrize(("text", "sale"), [("1---", 0), ("1YYY", 1), ("1yyn", 1), ("1NN-", 2)])
def test_us_privacy_is_told_in_the_numbers_of_the_platform(text: str, sale: int) -> None:
    assert decode_gpp(f"{gpp_header(6)}~{text}").sections[6].fields["SaleOptOut"] == sale


def test_a_section_that_cannot_be_read_costs_only_itself() -> None:
    held = decode_gpp(f"{gpp_header(6, 8, 9)}~1YYN~BUU~BVAAAABA")
    assert held.broken == (8,)
    assert sorted(held.sections) == [6, 9]


@pytest.mark.parametrize(
    "section",
    ["", ".", "B", "BUUAAA", "CUUAAACA", "BUU AACA", "BUU!AACA", "BUUAAACA.", "BUUAAACA.*", "1YNN", "BUUÄAACA"],
)
def test_a_section_that_is_cut_off_or_of_another_version_is_broken(section: str) -> None:
    assert decode_gpp(f"DBABBg~{section}").broken == (8,)


# The specifications of October 2025 put id and version of the section in front; the library does not.
@pytest.mark.parametrize(
    ("section_id", "part", "rest"), [(24, "BVVV", ".YA"), (25, "BVVV", ".YYY"), (26, "BVVV", ""), (27, "BVVV", "")]
)
def test_a_section_with_a_header_of_its_own_reads_the_same(section_id: int, part: str, rest: str) -> None:
    own_header = characters(number(section_id, 6) + number(1, 6) + number(1, 12) + "0" + "11")
    bare = decode_gpp(f"{gpp_header(section_id)}~{part}{rest}").sections[section_id]
    headed = decode_gpp(f"{gpp_header(section_id)}~{own_header}.{part}{rest}").sections[section_id]
    assert headed == bare
    assert bare.opted_out("SaleOptOut")
    assert bare.opted_out("TargetedAdvertisingOptOut")


def test_a_section_whose_own_header_has_another_version_is_broken() -> None:
    own_header = characters(number(24, 6) + number(2, 6))
    assert decode_gpp(f"{gpp_header(24)}~{own_header}.BVVV").broken == (24,)


def test_the_longer_national_core_is_known_under_the_older_number_too() -> None:
    longer = next(section for section in SECTIONS if section["name"] == "usnat" and section["fields"]["Version"] == 2)
    held = decode_gpp(f"{gpp_header(7)}~B{longer['section'][1:]}").sections[7]
    assert held.fields["PersonalDataConsents"] == longer["fields"]["PersonalDataConsents"]
    assert held.fields["SensitiveDataProcessing"] == tuple(longer["fields"]["SensitiveDataProcessing"])


def test_zeros_that_fill_up_and_the_padding_of_base64_change_nothing() -> None:
    plain = decode_gpp(f"DBABBg~{CALIFORNIA}.YA").sections
    assert decode_gpp(f"DBABBgAA~{CALIFORNIA}AAA.YAAA").sections == plain
    assert decode_gpp(f"DBABBg==~{CALIFORNIA}=.YA==").sections == plain


def test_the_other_alphabet_of_base64_is_read_too() -> None:
    assert decode_gpp("DBABM~-_A").tc_string == "-_A"
    assert decode_gpp(f"{gpp_header(8)}~B-_AAACA").sections == decode_gpp(f"{gpp_header(8)}~B+/AAACA").sections


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~",
        "D",
        "DBAB",
        "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA",  # a TC string
        "DCABBg~BUUAAACA",  # version 2
        "EBABBg~BUUAAACA",  # type 4
        "DBABBg",
        "DBABBg~BUUAAACA~1YNN",
        "DBACNY~1YNN",
        "DBABAAAAAAAA~1YNN",  # a number that does not end
        "D BABBg~BUUAAACA",
        "\x00",
        "Ä~Ä",
    ],
)
def test_what_is_no_gpp_string_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(UnreadableSignal, match=r"^[A-Z].*\.$"):
        decode_gpp(text)


def test_a_string_that_is_too_long_is_not_even_looked_at() -> None:
    with pytest.raises(UnreadableSignal, match=f"longer than {MAX_LENGTH} characters"):
        decode_gpp("DBABBg~" + "A" * MAX_LENGTH)


@pytest.mark.parametrize("length", [64, 40_000])
def test_a_header_that_lists_too_many_sections_is_refused(length: int) -> None:
    header = characters(number(3, 6) + number(1, 6) + number(1, 12) + "1" + "11" + fibonacci(length))
    with pytest.raises(UnreadableSignal, match="too many sections"):
        decode_gpp(header + "~A" * 65)


def test_the_reason_holds_nothing_of_the_signal() -> None:
    with pytest.raises(UnreadableSignal) as caught:
        decode_gpp("jane.doe@example.com")
    assert "jane" not in str(caught.value)
