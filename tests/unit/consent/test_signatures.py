"""Receipts under a signature: genuine ones are found genuine, and every other one is refused for its own reason."""

import hmac
import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.receipts import json_ld
from consent.signatures import (
    LONGEST_RECEIPT,
    BadReceipt,
    decode,
    derive_key,
    derived_keys,
    find_receipt,
    public_jwk,
    read_content,
    sign_receipt,
    verify_receipt,
)
from tests.factories.receipts import RECORD

SECRET = b"a secret that only this test knows"
KEY = derive_key(SECRET, 1)
KEYS = derived_keys(SECRET, 3)
CONTENT = json_ld(RECORD)
RECEIPT = sign_receipt(CONTENT, KEY)
HEADER, PAYLOAD, SIGNATURE = RECEIPT.split(".")
NOT_OURS = "No known key has signed this receipt: it is from another service, or from nobody."
NOT_FITTING = "The signature does not fit: this receipt was changed, or was never issued here."


def part(content: Any) -> str:
    """A part of a JWS."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def refused(receipt: str, keys: Any = KEYS) -> str:
    """Why a receipt is refused."""
    with pytest.raises(BadReceipt) as problem:
        verify_receipt(receipt, keys)
    return str(problem.value)


def header(**changes: Any) -> str:
    """The usual header with changes; None takes a member away."""
    usual = {"alg": "Ed25519", "kid": KEY.kid, "typ": "consent-receipt+jwt", **changes}
    return part({name: value for name, value in usual.items() if value is not None})


def signed_as_is(head: str, payload: str) -> str:
    """A JWS with a good signature over whatever parts these are."""
    return f"{head}.{payload}.{part(KEY.private_key.sign(f'{head}.{payload}'.encode()))}"  # type: ignore[union-attr]


def test_a_genuine_receipt_tells_what_was_signed() -> None:
    assert verify_receipt(RECEIPT, KEYS) == CONTENT
    assert read_content(RECEIPT) == CONTENT


def test_the_header_names_algorithm_key_and_type() -> None:
    assert json.loads(decode(HEADER)) == {"alg": "Ed25519", "kid": KEY.kid, "typ": "consent-receipt+jwt"}


def test_the_same_secret_and_number_give_the_same_key_for_ever() -> None:
    # A key of an earlier version must stay derivable, so the value itself is held here.
    assert derive_key(b"x" * 32, 1).kid == "r1-a2e8eb9d"
    assert derive_key(SECRET, 1).kid == KEY.kid
    assert len({derive_key(secret, number).kid for secret in (SECRET, b"other") for number in (1, 2)}) == 4


def test_a_kid_is_the_number_and_the_thumbprints_first_digits() -> None:
    members = json.dumps({name: public_jwk(KEY)[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
    assert KEY.kid == f"r1-{sha256(members.encode()).hexdigest()[:8]}"


def test_what_is_published_holds_no_private_part() -> None:
    assert [set(key) for key in KEYS["keys"]] == [{"kty", "crv", "x", "kid", "use", "alg"}] * 3


@pytest.mark.parametrize("receipt", ["", "a.b", "a.b.c.d", "a..c", ".b.c", "a.b.", "a b.c.d", "ä.b.c", "a=.b.c", "\0"])
def test_what_has_not_three_parts_in_base64url_is_no_receipt(receipt: str) -> None:
    assert refused(receipt) == "This is not a signed receipt: that is three parts in base64url, with dots between them."


def test_a_part_that_is_cut_within_a_letter_is_no_receipt() -> None:
    for cut in (f"a.{PAYLOAD}.{SIGNATURE}", f"{HEADER}.a.{SIGNATURE}", f"{HEADER}.{PAYLOAD}.a"):
        assert refused(cut) == "This is not a signed receipt: a part of it is not base64url."


def test_what_is_too_long_is_refused_before_it_is_read() -> None:
    assert refused(RECEIPT + "A" * LONGEST_RECEIPT) == "This is too long to be a receipt: more than 64 KiB."


@pytest.mark.parametrize("head", [b"\xff\xfe", b"not json", b"[]", b'"text"', b"null", b"[" * 20_000, b'{"alg": NaN}'])
def test_a_header_that_is_no_object_is_refused(head: bytes) -> None:
    assert (
        refused(f"{part(head)}.{PAYLOAD}.{SIGNATURE}")
        == "This is not a signed receipt: its header is not a JSON object."
    )


@pytest.mark.parametrize(
    "alg", ["none", "None", "EdDSA", "ed25519", "HS256", "RS256", "ES256", "", None, 7, ["Ed25519"]]
)
def test_no_other_algorithm_is_accepted(alg: Any) -> None:
    sentence = "This receipt is not signed with Ed25519, and no other algorithm is accepted."
    assert refused(signed_as_is(header(alg=alg), PAYLOAD)) == sentence


def test_the_public_key_does_not_serve_as_a_shared_secret() -> None:
    head = header(alg="HS256")
    for secret in (public_jwk(KEY)["x"].encode(), decode(public_jwk(KEY)["x"])):
        forged = hmac.digest(secret, f"{head}.{PAYLOAD}".encode(), "sha256")
        assert "no other algorithm" in refused(f"{head}.{PAYLOAD}.{part(forged)}")


@pytest.mark.parametrize("typ", ["JWT", "consent-receipt", None, 1])
def test_a_signature_over_something_else_is_no_receipt(typ: Any) -> None:
    sentence = "This is signed, but as something else than a consent receipt."
    assert refused(signed_as_is(header(typ=typ), PAYLOAD)) == sentence


@pytest.mark.parametrize(
    "member", [{"jwk": public_jwk(derive_key(b"thief", 1))}, {"jku": "https://thief.example"}, {"crit": ["b64"]}]
)
def test_a_header_cannot_bring_its_own_key_or_rules(member: dict[str, Any]) -> None:
    sentence = "The header of this receipt holds members that a consent receipt does not have."
    assert refused(signed_as_is(header(**member), PAYLOAD)) == sentence


@pytest.mark.parametrize("kid", ["r9-00000000", "", None, 1, [], {"a": 1}])
def test_an_unknown_key_is_refused(kid: Any) -> None:
    assert refused(signed_as_is(header(kid=kid), PAYLOAD)) == NOT_OURS


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"keys": None},
        {"keys": "all"},
        {"keys": ["text", None]},
        {"keys": [{"kid": KEY.kid}]},
        {"keys": [{"kid": KEY.kid, "crv": "Ed25519"}]},
        {"keys": [{**public_jwk(KEY), "x": "AAAA"}]},
        {"keys": [{**public_jwk(KEY), "x": 7}]},
        {"keys": [{"kid": KEY.kid, "kty": "oct", "k": "AAAA"}]},
    ],
)
def test_keys_that_are_no_keys_verify_nothing(keys: Any) -> None:
    assert refused(RECEIPT, keys) in (NOT_OURS, NOT_FITTING)


def test_another_services_receipt_with_our_keys_name_is_refused() -> None:
    thief = derive_key(b"thief", 1)
    payload = part({"@type": "dpv:ConsentRecord"})
    signature = thief.private_key.sign(f"{HEADER}.{payload}".encode())  # type: ignore[union-attr]
    assert refused(f"{HEADER}.{payload}.{part(signature)}") == NOT_FITTING


@given(
    st.integers(0, len(RECEIPT) - 1),
    st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."),
)
def test_no_character_can_be_changed(place: int, letter: str) -> None:
    changed = RECEIPT[:place] + letter + RECEIPT[place + 1 :]
    if changed != RECEIPT:
        refused(changed)


@given(st.text(max_size=200) | st.from_regex(r"[\w-]{1,20}\.[\w-]{1,20}\.[\w-]{1,20}", fullmatch=True))
def test_whatever_is_sent_is_refused_with_a_sentence(text: str) -> None:
    assert refused(find_receipt(text)).endswith(".")


def test_parts_of_two_receipts_do_not_make_a_third() -> None:
    other = sign_receipt({**CONTENT, "dct:identifier": "other"}, KEY).split(".")
    assert refused(f"{HEADER}.{other[1]}.{SIGNATURE}") == NOT_FITTING
    assert refused(f"{HEADER}.{PAYLOAD}.{other[2]}") == NOT_FITTING
    assert refused(f"{HEADER}.{PAYLOAD}.{part(bytes(64))}") == NOT_FITTING
    assert refused(f"{HEADER}.{PAYLOAD}.{part(b'short')}") == NOT_FITTING


@pytest.mark.parametrize("payload", [b"text", b"[]", b"\xff", b"null"])
def test_a_signed_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    sentence = "What this receipt says is not a JSON object, so it is not a consent record."
    assert refused(signed_as_is(header(), part(payload))) == sentence


@pytest.mark.parametrize(
    "text",
    [
        RECEIPT,
        f"\ufeff  {RECEIPT}\r\n",
        f"{RECEIPT[:76]}\r\n {RECEIPT[76:]}",
        json.dumps({"id": "1", "receipt": RECEIPT}),
    ],
)
def test_a_receipt_is_found_in_what_people_paste(text: str) -> None:
    assert find_receipt(text) == RECEIPT


@pytest.mark.parametrize("text", ["{", "{}", '{"receipt": 7}', "{" * 50_000])
def test_what_holds_no_receipt_is_refused_as_it_is(text: str) -> None:
    assert refused(find_receipt(text)).startswith("This is not a signed receipt")
