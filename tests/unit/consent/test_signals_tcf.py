"""TC strings: vectors of the IAB, what its library wrote, and the traps of the package that reads the fixed fields."""

from datetime import UTC, date, datetime
from time import process_time
from typing import Any

import iab_tcf  # type: ignore[import-untyped]
import pytest

from consent.signals.bits import MAX_LENGTH, UnreadableSignal
from consent.signals.tcf import DISCLOSED_VENDORS_MISSING, TcString, Vendors, decode_tc_string
from tests.unit.consent.signal_strings import (
    characters,
    number,
    stored,
    tc_string,
    vendors_in_ranges,
    vendors_one_by_one,
)

WRITTEN = stored("tc_strings.json")
# The example of version 2.3 in IAB Tech Lab's "Consent string and vendor list formats v2" (case SIG-13).
PUBLISHED = "CQSbk4AQSbk4ANwAAAENAwCgAAAAAAAAAAYgACPAAAAA.IDKQA4AAgAKAGQAygAAA"
EVERYTHING = range(1, 12)


def expand(ranges: list[list[int]]) -> list[int]:
    return [vendor for first, last in ranges for vendor in range(first, last + 1)]


def test_the_published_example() -> None:
    found = decode_tc_string(PUBLISHED)
    assert found.cmp_id == 880
    assert found.created == datetime(2025, 6, 3, tzinfo=UTC)
    assert found.is_service_specific is True
    assert found.publisher_cc == "DE"
    assert list(found.vendor_consents) == [1, 2, 3, 4]
    assert found.purpose_consents == ()
    assert found.vendors_disclosed is not None
    assert list(found.vendors_disclosed) == [1, 2, 3, 4, 5, 100, 404]
    assert found.warnings == ()


# Of the specification of the Global Privacy Platform, GPP String Example 1.
def test_the_example_of_the_global_privacy_platform() -> None:
    found = decode_tc_string("CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA")
    assert (found.cmp_id, found.publisher_cc, found.purpose_consents) == (31, "DE", ())
    assert found.created.date() == date(2022, 4, 20)
    assert found.vendors_disclosed is None


@pytest.mark.parametrize("given", WRITTEN, ids=lambda given: given["created"])
def test_what_the_official_library_wrote(given: dict[str, Any]) -> None:
    found = decode_tc_string(given["tc"])
    assert found.created.date() == date.fromisoformat(given["created"])
    assert found.is_service_specific is given["service_specific"]
    assert found.publisher_cc == given["country"]
    assert list(found.purpose_consents) == given["purposes"]
    assert list(found.vendor_consents) == expand(given["vendors"])
    disclosed = None if found.vendors_disclosed is None else list(found.vendors_disclosed)
    assert disclosed == (None if given["disclosed"] is None else expand(given["disclosed"]))


def test_vendors_in_ranges_are_those_that_the_package_allows() -> None:  # SIG-16
    in_ranges = 0
    for given in WRITTEN:
        package = iab_tcf.decode(given["tc"])
        in_ranges += not hasattr(package, "consented_vendors")
        found = decode_tc_string(given["tc"])
        assert [vendor in found.vendor_consents for vendor in range(1000)] == [
            package.is_vendor_allowed(vendor) for vendor in range(1000)
        ]
    assert in_ranges == len(WRITTEN) / 2


def test_both_ways_to_list_vendors_say_the_same() -> None:
    one_by_one = decode_tc_string(tc_string(vendors=vendors_one_by_one([2, 7, 8, 9])))
    in_ranges = decode_tc_string(tc_string(vendors=vendors_in_ranges((7, 9), (2, 2))))
    assert one_by_one.vendor_consents == in_ranges.vendor_consents
    assert len(in_ranges.vendor_consents) == 4


@pytest.mark.parametrize("vendor", [0, -1, 5, 70_000, "2", None])
def test_a_vendor_that_is_not_listed_is_not_in(vendor: object) -> None:
    assert vendor not in Vendors(mask=0b100)
    assert 2 in Vendors(mask=0b100)


class TestDisclosure:  # SIG-15
    def test_a_new_string_that_does_not_tell_whom_it_showed_is_read_with_a_warning(self) -> None:
        found = decode_tc_string(tc_string(EVERYTHING, created="2026-06-01"))
        assert found.warnings == (DISCLOSED_VENDORS_MISSING,) == ("disclosed_vendors_missing",)
        assert found.purpose_consents == tuple(EVERYTHING)

    def test_a_new_string_that_tells_is_read_without(self) -> None:
        assert decode_tc_string(tc_string(disclosed=vendors_one_by_one([1]), created="2026-06-01")).warnings == ()

    @pytest.mark.parametrize(("created", "warned"), [("2026-02-28", False), ("2026-03-01", True)])
    def test_the_deadline_of_version_2_3_is_the_end_of_february_2026(self, created: str, warned: bool) -> None:
        assert bool(decode_tc_string(tc_string(created=created)).warnings) is warned

    def test_the_cut_off_can_be_set(self) -> None:
        text = tc_string(created="2026-06-01")
        assert decode_tc_string(text, date(2026, 6, 1)).warnings == (DISCLOSED_VENDORS_MISSING,)
        assert decode_tc_string(text, date(2026, 6, 2)).warnings == ()

    def test_other_segments_in_front_do_not_hide_it(self) -> None:
        core, disclosed = tc_string(disclosed=vendors_one_by_one([3])).split(".")
        publisher = characters("011" + "0" * 54)
        found = decode_tc_string(f"{core}.{publisher}.{disclosed}").vendors_disclosed
        assert found is not None
        assert list(found) == [3]


class TestTraps:
    def test_a_string_that_is_cut_off_consents_to_nothing(self) -> None:
        whole = tc_string(vendors=vendors_one_by_one([40]))
        # What the package makes of a missing bit, and why the core is walked first.
        assert iab_tcf.decode(whole[:20]).is_purpose_allowed(4)
        for length in range(len(whole)):
            with pytest.raises(UnreadableSignal):
                decode_tc_string(whole[:length])
        assert decode_tc_string(whole).purpose_consents == ()

    def test_what_the_publisher_restricts_has_to_be_whole_too(self) -> None:
        one_restriction = number(1, 12) + number(4, 6) + "00" + vendors_in_ranges((1, 9), (20, 30))[17:]
        whole = tc_string([3, 4], restrictions=one_restriction)
        assert decode_tc_string(whole).purpose_consents == (3, 4)
        with pytest.raises(UnreadableSignal):
            decode_tc_string(whole[:-6])

    def test_a_disclosed_list_that_is_cut_off_is_refused(self) -> None:
        whole = tc_string(disclosed=vendors_in_ranges((1, 9), (20, 30)))
        with pytest.raises(UnreadableSignal):
            decode_tc_string(whole[:-6])

    def test_characters_that_the_package_would_skip_are_refused(self) -> None:
        text = tc_string(EVERYTHING)
        assert iab_tcf.decode(text[:9] + "!" + text[9:]).version == 2
        with pytest.raises(UnreadableSignal):
            decode_tc_string(text[:9] + "!" + text[9:])

    @pytest.mark.parametrize("filling", range(4))
    def test_a_length_that_is_not_of_whole_bytes_is_read(self, filling: int) -> None:
        assert decode_tc_string(tc_string([3, 4]) + "A" * filling).purpose_consents == (3, 4)

    def test_padding_is_read(self) -> None:
        assert decode_tc_string(tc_string([3, 4]) + "==").purpose_consents == (3, 4)

    @pytest.mark.parametrize("country", [(63, 63), (0, 40), (26, 0)])
    def test_a_country_that_is_none_is_left_out(self, country: tuple[int, int]) -> None:
        assert decode_tc_string(tc_string(country=country)).publisher_cc == ""


@pytest.mark.parametrize("ranges", [((9, 7),), ((0, 5),)])
def test_ranges_that_cannot_be_are_refused(ranges: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(UnreadableSignal, match="runs backwards"):
        decode_tc_string(tc_string(vendors=vendors_in_ranges(*ranges)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "C",
        "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA",  # version 1
        "DBABBg~BUUAAACA.YA",
        "granted",
        "\x00",
        "Ä" * 60,
        "____" * 20,
        "." * MAX_LENGTH,
        tc_string()[:-1] + ".\n",
    ],
)
def test_what_is_no_tc_string_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(UnreadableSignal, match=r"^[A-Z].*\.$"):
        decode_tc_string(text)


def test_a_string_that_is_too_long_is_not_even_looked_at() -> None:
    with pytest.raises(UnreadableSignal, match="longer than"):
        decode_tc_string(tc_string() + "A" * MAX_LENGTH)


HOSTILE = {
    "core ranges": tc_string(vendors=vendors_in_ranges(*[(1, 65535)] * 700)),
    "disclosed ranges": tc_string(disclosed=vendors_in_ranges(*[(1, 65535)] * 600)),
    "bits": tc_string(vendors=vendors_one_by_one(range(1, 23_000))),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_string_that_was_made_to_be_slow_is_not(text: str) -> None:
    """The package alone takes some six seconds for the second of these."""
    assert len(text) <= MAX_LENGTH
    started = process_time()
    found: TcString = decode_tc_string.__wrapped__(text)
    assert process_time() - started < 0.5
    assert len(found.vendor_consents) in (0, 22_999, 65_535)


def test_a_list_that_is_longer_than_the_string_is_refused() -> None:
    with pytest.raises(UnreadableSignal):
        decode_tc_string(tc_string(vendors=number(65535, 16) + "0"))
