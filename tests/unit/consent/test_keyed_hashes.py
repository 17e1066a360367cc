"""Hashes by which identifiers are found again, as the cases work them out."""

import json
from pathlib import Path
from typing import Any

import pytest

from consent.drop_hash import drop_hash
from consent.pseudonyms import digest_under
from profiles.identity.canonical import DEFAULT_TYPES, canonical
from profiles.identity.types import TypeRule

CASES: dict[str, dict[str, Any]] = {
    one["id"]: one for one in json.loads((Path(__file__).parents[2] / "data/cases/privacy.json").read_text())
}
EMAIL = next(TypeRule(id=1, **row) for row in DEFAULT_TYPES if row["name"] == "email")


def test_a_suppression_entry_is_the_keyed_hash_of_type_and_canonical_value() -> None:
    given, expected = CASES["TMB-01"]["given"], CASES["TMB-01"]["expected"]
    value = canonical(EMAIL, given["value"], region="")
    digest = digest_under(bytes.fromhex(given["key_hex"]), given["type"], value)
    assert digest.hex() == expected["hmac_sha256"]


def test_types_keep_namespaces_apart() -> None:
    key = b"k" * 32
    assert digest_under(key, "email", "x") != digest_under(key, "user_id", "x")


def test_an_address_is_hashed_as_the_platform_does() -> None:
    case = CASES["TMB-10"]
    assert drop_hash(case["given"]["email"]) == case["expected"]["hash"]


@pytest.mark.parametrize("other", ["janedoe@example.com", "jane.doe+shop@example.com"])
def test_dots_and_plus_signs_tell_addresses_apart(other: str) -> None:
    assert drop_hash(other) != drop_hash("jane.doe@example.com")


# Vectors of docs.datagrail.io, "Hashing Algorithm", which TMB-10 is from too.
@pytest.mark.parametrize(
    ("number", "hashed"),
    [
        ("+1(415)555-9317", "vGM7y5n+hBXRSEAklhHDPCbysyNgYTmXdMcagGUOY8E="),
        ("415.555.9317", "vGM7y5n+hBXRSEAklhHDPCbysyNgYTmXdMcagGUOY8E="),
        ("+84(90)123 4567", "ptzVkgbv9DonwvPCHmXmJ2SEOaolSh37z3ZzY/Gmm+U="),
    ],
)
def test_a_number_is_hashed_by_its_last_ten_digits(number: str, hashed: str) -> None:
    assert drop_hash(number, "phone") == hashed


def test_a_short_number_is_hashed_whole_and_other_types_are_not_known() -> None:
    assert drop_hash("555-9317", "phone") == drop_hash("5559317", "phone") != drop_hash("9317", "phone")
    with pytest.raises(KeyError):
        drop_hash("x", "shoe_size")
