"""TC strings of IAB Europe's Transparency and Consent Framework, version 2. Pure.

The package iab-tcf reads the fixed fields of the core, behind two guards. It takes a bit that is missing for one
that is set, so that a string which was cut off would consent to everything: the whole core is walked first, and
must hold what it announces. And it needs seconds for a list of vendors that was made to be slow, and keeps lists
under one of two names: the lists are read here. We read TC strings; we never make them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from iab_tcf import decode_v2  # type: ignore[import-untyped]

from consent.signals.bits import MAX_LENGTH, Bits, UnreadableSignal

# Version 2.3 had to be in use by 28 February 2026 (IAB Europe); since then every new string lists whom it showed.
DISCLOSURE_CUT_OFF = date(2026, 3, 1)
DISCLOSED_VENDORS_MISSING = "disclosed_vendors_missing"

_VERSION = 2
_FIXED = 213  # bits of the core in front of the first list of vendors
_DISCLOSED_VENDORS = 1  # the type of a segment


@dataclass(frozen=True, slots=True)
class Vendors:
    """Numbers of vendors, as the bits of one number: eight kilobytes at the most, however a string lists them."""

    mask: int = 0

    def __contains__(self, vendor: object) -> bool:
        return isinstance(vendor, int) and vendor > 0 and bool(self.mask >> vendor & 1)

    def __iter__(self) -> Iterator[int]:
        return (number for number, bit in enumerate(reversed(f"{self.mask:b}")) if bit == "1")

    def __len__(self) -> int:
        return self.mask.bit_count()


@dataclass(frozen=True, slots=True)
class TcString:
    """What a TC string says.

    Purposes and vendors are numbers of the framework. `publisher_cc`: two letters, empty if none can be read;
    `vendors_disclosed`: whom the person was shown, None if the string does not tell. `warnings`: codes.
    """

    cmp_id: int
    created: datetime
    is_service_specific: bool
    publisher_cc: str
    purpose_consents: tuple[int, ...]
    purpose_legitimate_interests: tuple[int, ...]
    vendor_consents: Vendors
    vendor_legitimate_interests: Vendors
    vendors_disclosed: Vendors | None
    warnings: tuple[str, ...] = ()


@lru_cache(maxsize=256)  # one browser sends the same string with every event
def decode_tc_string(text: str, cut_off: date = DISCLOSURE_CUT_OFF) -> TcString:
    """What a TC string says. Raises UnreadableSignal.

    A string that was made on or after `cut_off` and does not tell which vendors were shown is read, with the
    warning `disclosed_vendors_missing`: what it says about purposes holds, what it says about vendors is unproven.
    """
    if len(text) > MAX_LENGTH:
        raise UnreadableSignal(f"The TC string is longer than {MAX_LENGTH} characters.")
    core, *segments = text.strip().split(".")
    consents, interests = _walk_core(Bits(core))
    fixed = _fixed_fields(core)
    created = fixed.created.replace(tzinfo=UTC)
    disclosed = _disclosed(segments)
    return TcString(
        cmp_id=fixed.cmp_id,
        created=created,
        is_service_specific=fixed.is_service_specific,
        publisher_cc=_country(fixed.publisher_cc),
        purpose_consents=_set_ones(fixed.purposes_consent),
        purpose_legitimate_interests=_set_ones(fixed.purposes_legitimate_interests),
        vendor_consents=consents,
        vendor_legitimate_interests=interests,
        vendors_disclosed=disclosed,
        warnings=(DISCLOSED_VENDORS_MISSING,) if disclosed is None and created.date() >= cut_off else (),
    )


def _walk_core(bits: Bits) -> tuple[Vendors, Vendors]:
    """The two lists of vendors in a core: by consent, by legitimate interest. Raises unless the core is whole."""
    if bits.integer(6) != _VERSION:
        raise UnreadableSignal("The signal is no TC string of version 2.")
    bits.integer(_FIXED - 6)
    consents, interests = _vendors(bits), _vendors(bits)
    for _ in range(bits.integer(12)):  # what the publisher restricts
        bits.integer(8)
        _ranges(bits)
    return consents, interests


def _vendors(bits: Bits) -> Vendors:
    greatest = bits.integer(16)
    if bits.flag():
        return Vendors(_ranges(bits))
    field = bits.integer(greatest)  # vendor 1 comes first, where a number has its greatest bit
    return Vendors(int(f"{field:0{greatest}b}"[::-1], 2) << 1 if greatest else 0)


def _ranges(bits: Bits) -> int:
    mask = 0
    for _ in range(bits.integer(12)):
        is_group = bits.flag()
        first = bits.integer(16)
        last = bits.integer(16) if is_group else first
        if not 0 < first <= last:
            raise UnreadableSignal("A range of vendors in the TC string runs backwards.")
        mask |= ((1 << last - first + 1) - 1) << first
    return mask


def _disclosed(segments: list[str]) -> Vendors | None:
    for segment in segments:
        bits = Bits(segment)
        if bits.left and bits.integer(3) == _DISCLOSED_VENDORS:
            return _vendors(bits)
    return None


def _fixed_fields(core: str) -> Any:
    core = core.rstrip("=")
    try:
        return decode_v2(core + "A" * (-len(core) % 4))  # the package needs whole bytes; what is added is zeros
    except Exception:  # it has no exceptions of its own
        raise UnreadableSignal("The TC string could not be decoded.") from None


def _set_ones(field: dict[int, bool]) -> tuple[int, ...]:
    return tuple(number for number, is_set in field.items() if is_set)


def _country(raw: bytes) -> str:
    return raw.decode("ascii") if raw.isalpha() and raw.isupper() else ""
