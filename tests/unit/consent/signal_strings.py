"""Consent strings as tests write them, bit by bit. The service itself makes none."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SIGNALS = Path(__file__).parents[2] / "data/signals"


def stored(name: str) -> list[dict[str, Any]]:
    """The strings in a file of tests/data/signals."""
    found: list[dict[str, Any]] = json.loads((SIGNALS / name).read_text())
    return found


def number(value: int, bits: int) -> str:
    return format(value, f"0{bits}b")


def characters(bits: str) -> str:
    """Web-safe base64 of bits, filled up with zeros."""
    bits += "0" * (-len(bits) % 6)
    return "".join(ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))


def fibonacci(value: int) -> str:
    places = [1, 2]
    while places[-1] <= value:
        places.append(places[-1] + places[-2])
    bits = ""
    for place in reversed(places):
        bits = ("1" if place <= value else "0") + bits
        value -= place if place <= value else 0
    return bits.rstrip("0") + "1"


def gpp_header(*ids: int) -> str:
    """The header of a GPP string with these sections, each on its own."""
    steps = [after - before for before, after in zip((0, *ids), ids, strict=False)]
    return characters(number(3, 6) + number(1, 6) + number(len(ids), 12) + "".join("0" + fibonacci(n) for n in steps))


def bitfield(ids: Iterable[int], greatest: int) -> str:
    chosen = set(ids)
    return "".join("1" if at in chosen else "0" for at in range(1, greatest + 1))


def vendors_one_by_one(ids: Iterable[int]) -> str:
    chosen = sorted(ids)
    greatest = chosen[-1] if chosen else 0
    return number(greatest, 16) + "0" + bitfield(chosen, greatest)


def vendors_in_ranges(*ranges: tuple[int, int]) -> str:
    entries = "".join("1" + number(first, 16) + number(last, 16) for first, last in ranges)
    return number(max((last for _, last in ranges), default=0), 16) + "1" + number(len(ranges), 12) + entries


def tc_string(
    purposes: Iterable[int] = (),
    vendors: str = vendors_one_by_one(()),
    disclosed: str | None = None,
    *,
    created: str = "2026-01-01",
    service_specific: bool = True,
    country: tuple[int, int] = (3, 4),  # DE
    restrictions: str = "0" * 12,
) -> str:
    """A TC string of version 2. `vendors`, `disclosed`: lists as the functions above write them."""
    tenths = int(datetime.fromisoformat(created).replace(tzinfo=UTC).timestamp() * 10)
    core = (
        number(2, 6)
        + number(tenths, 36) * 2
        + number(880, 12)
        + number(1, 12)
        + number(0, 6)
        + number(4, 6) + number(13, 6)  # EN
        + number(48, 12)
        + number(5, 6)
        + ("1" if service_specific else "0")
        + "0"
        + "0" * 12
        + bitfield(purposes, 24)
        + "0" * 24
        + "0"
        + number(country[0], 6) + number(country[1], 6)
        + vendors
        + vendors_one_by_one(())
        + restrictions
    )  # fmt: skip
    return characters(core) + ("" if disclosed is None else "." + characters("001" + disclosed))
