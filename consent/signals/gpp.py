"""Strings of the IAB Tech Lab's Global Privacy Platform, read as its specification has them. Pure.

A string is a header, which lists the sections by id, and the sections, parted by `~`. A section of a US law is a
core and perhaps more parts, parted by `.`. An opt-out is 0 for not applicable, 1 for opted out, 2 for did not opt
out: it is no truth value. We read such strings; we never make them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from consent.signals.bits import MAX_LENGTH, Bits, UnreadableSignal
from consent.signals.gpp_sections import LAYOUTS, TCF_EU, US_PRIVACY, Fields, Layout

OPTED_OUT: Final = 1

_HEADER = 3
_VERSION = 1
_MOST_SECTIONS = 64
_KNOWN = frozenset({TCF_EU, US_PRIVACY, *LAYOUTS})
_GPC = 1  # the type of the part that carries Global Privacy Control
_UNTYPED_GPC = 2
_NATIONAL = 7
_NATIONAL_1_LENGTH = 66  # bits at most: 60, filled up to what makes whole bytes and whole characters
_US_PRIVACY = re.compile(r"1([YN-])([YN-])([YN-])", re.IGNORECASE)
_US_PRIVACY_VALUES = {"-": 0, "y": 1, "n": 2}


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a US law: its fields as numbers, and what its part about Global Privacy Control says, if any."""

    id: int
    name: str
    fields: Mapping[str, int | tuple[int, ...]]
    gpc: bool | None = None

    def opted_out(self, field_name: str) -> bool:
        """Whether the person opted out; False where the section has no such field."""
        return self.fields.get(field_name) == OPTED_OUT


@dataclass(frozen=True, slots=True)
class Gpp:
    """What a GPP string holds. `tc_string`: the section of the European TCF as it stands; `unknown`: ids of sections
    that this decoder has no layout for; `broken`: ids of those that it has one for and could not read."""

    ids: tuple[int, ...]
    sections: Mapping[int, Section] = field(default_factory=dict)
    tc_string: str | None = None
    unknown: tuple[int, ...] = ()
    broken: tuple[int, ...] = ()


def decode_gpp(text: str) -> Gpp:
    """What a GPP string holds. Raises UnreadableSignal where not even its sections can be told apart; a section that
    cannot be read costs only itself, for the refusals in the others count."""
    if len(text) > MAX_LENGTH:
        raise UnreadableSignal(f"The GPP string is longer than {MAX_LENGTH} characters.")
    header, *parts = text.strip().split("~")
    ids = decode_header(header)
    if len(parts) != len(ids):
        raise UnreadableSignal("The GPP string has not as many sections as its header lists.")
    sections: dict[int, Section] = {}
    broken: list[int] = []
    for section_id, part in zip(ids, parts, strict=True):
        try:
            if section_id == US_PRIVACY:
                sections[section_id] = _us_privacy(part)
            elif section_id in LAYOUTS:
                sections[section_id] = _us_section(section_id, LAYOUTS[section_id], part)
        except UnreadableSignal:
            broken.append(section_id)
    unknown = tuple(section_id for section_id in ids if section_id not in _KNOWN)
    return Gpp(ids, sections, dict(zip(ids, parts, strict=True)).get(TCF_EU), unknown, tuple(broken))


def decode_header(text: str) -> tuple[int, ...]:
    """The ids that the header of a GPP string lists, in the order of its sections. Raises UnreadableSignal."""
    bits = Bits(text)
    if bits.integer(6) != _HEADER:
        raise UnreadableSignal("The signal is no GPP string.")
    if bits.integer(6) != _VERSION:
        raise UnreadableSignal("The GPP string is of a version that is not known.")
    ids: list[int] = []
    last = 0
    for _ in range(bits.integer(12)):
        is_group = bits.flag()
        first = last + bits.fibonacci()
        last = first + bits.fibonacci() if is_group else first
        if len(ids) + last - first >= _MOST_SECTIONS:
            raise UnreadableSignal("The GPP string lists too many sections.")
        ids.extend(range(first, last + 1))
    return tuple(ids)


def _us_privacy(text: str) -> Section:
    """The older four characters, such as `1YNN`: version, notice given, opted out of the sale, covered by the LSPA."""
    match = _US_PRIVACY.fullmatch(text)
    if match is None:
        raise UnreadableSignal("The US Privacy string is not of its four characters.")
    notice, sale, agreement = (_US_PRIVACY_VALUES[letter] for letter in match[0].lower()[1:])
    fields = {"Version": 1, "SaleOptOutNotice": notice, "SaleOptOut": sale, "LspaCoveredTransaction": agreement}
    return Section(US_PRIVACY, "uspv1", fields)


def _us_section(section_id: int, layout: Layout, text: str) -> Section:
    parts = [Bits(part) for part in text.split(".")]
    if not layout.states_version:
        parts = _without_header(section_id, parts)
    if not parts:
        raise UnreadableSignal("The section has no core.")
    core = parts[0]
    length = core.left
    version = core.integer(6)
    fields: dict[str, int | tuple[int, ...]] = {"Version" if layout.states_version else "MspaVersion": version}
    fields |= _fields(core, _core_fields(section_id, layout, version, length))
    gpc: bool | None = None
    for part in parts[1:]:
        if layout.further:
            fields |= _fields(part, layout.further)
        elif (said := _gpc(part)) is not None:
            gpc = said or bool(gpc)
    return Section(section_id, layout.name, fields, gpc)


def _without_header(section_id: int, parts: list[Bits]) -> list[Bits]:
    """The parts from the core on.

    The specification puts id and version of the section in front; the IAB Tech Lab's own library (3.2.0) leaves
    them out and begins with the version of the agreement, which is years away from such a number.
    """
    if not parts[0].begins_with(section_id):
        return parts
    parts[0].integer(6)
    if parts[0].integer(6) != 1:
        raise UnreadableSignal("The section is of a version that is not known.")
    return parts[1:]


def _core_fields(section_id: int, layout: Layout, version: int, length: int) -> Fields:
    if not layout.states_version:
        return layout.versions[1]
    if section_id == _NATIONAL and version == 1 and length > _NATIONAL_1_LENGTH:
        version = 2  # for some months the longer core was written under the older number
    fields = layout.versions.get(version)
    if fields is None:
        raise UnreadableSignal("The section is of a version that is not known.")
    return fields


def _fields(bits: Bits, fields: Fields) -> dict[str, int | tuple[int, ...]]:
    return {name: tuple(bits.integer(2) for _ in range(count)) if count else bits.integer(2) for name, count in fields}


def _gpc(bits: Bits) -> bool | None:
    """What a part says about Global Privacy Control; None if it is about something else.

    The drafts of 2022 had no type in front: a lone bit that is set looks like a type of 2, with nothing after it.
    """
    kind = bits.integer(2)
    if kind == _GPC:
        return bits.flag()
    return True if kind == _UNTYPED_GPC and not bits.integer(bits.left) else None
