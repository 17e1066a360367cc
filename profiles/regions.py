"""Where a person lives, as far as traits say it. Pure."""

import re

import msgspec

_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_text = msgspec.json.Decoder(str).decode

COUNTRY = ("country_code", "countryCode", "country")
SUBDIVISION = ("region_code", "regionCode", "state_code", "state", "region", "province")


def region_of(traits: bytes) -> str:
    """The region as ISO 3166 has it (`US-CA`, or `US` alone) of a card's traits, JSON; empty where it is not plain."""
    members = _decode(traits)
    country = _code(members, COUNTRY, r"[A-Z]{2}")
    if not country:
        return ""
    subdivision = _code(members, SUBDIVISION, r"(?:[A-Z]{2}-)?[A-Z0-9]{1,3}").rpartition("-")[2]
    return f"{country}-{subdivision}" if subdivision else country


def _code(members: dict[str, msgspec.Raw], names: tuple[str, ...], pattern: str) -> str:
    """The first of some traits that is a code; empty where none is."""
    for name in names:
        if name in members:
            try:
                value = _text(members[name]).strip().upper()
            except msgspec.ValidationError:
                continue
            if re.fullmatch(pattern, value):
                return value
    return ""
