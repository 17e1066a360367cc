"""Signatures by the key of a certificate, as a controller verifies them."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from consent.protocols.x509 import BadPair, Pair, Signer, load_signer, make_pair, names_of, verifies

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DOMAIN = "processor.example"
BODY = b'{"a": 1}'
PAIR = make_pair(DOMAIN, now=NOW)


@pytest.fixture(scope="module")
def signer() -> Signer:
    return load_signer(PAIR)


def verified(signature: str, *, body: bytes = BODY, domain: str = DOMAIN, now: datetime = NOW) -> bool:
    return verifies(PAIR.certificate.decode(), domain=domain, body=body, signature=signature, now=now)


def test_a_controller_verifies_with_the_certificate_alone(signer: Signer) -> None:
    key = x509.load_pem_x509_certificate(PAIR.certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(signer.sign(BODY)), BODY, padding.PKCS1v15(), hashes.SHA256())


def test_a_signature_counts_for_its_bytes_its_domain_and_its_time(signer: Signer) -> None:
    signature = signer.sign(BODY)
    assert verified(signature)
    assert verified(signature[:76] + "\n" + signature[76:])
    assert not verified(signature, body=BODY + b" ")
    assert not verified(signature, domain="other.example")
    assert not verified(signature, now=NOW - timedelta(days=1))
    assert not verified(signature, now=NOW + timedelta(days=826))
    for bad in ("", "!", base64.b64encode(b"x").decode(), signer.sign(b"other")):
        assert not verified(bad)
    assert not verifies("no certificate", domain=DOMAIN, body=BODY, signature=signature, now=NOW)


def test_a_pair_is_for_the_domain_that_it_is_issued_to(signer: Signer) -> None:
    assert (signer.domain, signer.domains, signer.self_signed) == (DOMAIN, (DOMAIN,), True)
    assert names_of(x509.load_pem_x509_certificate(PAIR.certificate)) == [DOMAIN]
    with pytest.raises(BadPair, match="not issued to this domain"):
        load_signer(PAIR, domain="other.example")


def test_a_pair_that_does_not_fit_together_cannot_sign() -> None:
    other = make_pair(DOMAIN, now=NOW)
    with pytest.raises(BadPair, match="not the key's"):
        load_signer(Pair(other.key, PAIR.certificate))
    with pytest.raises(BadPair, match="PEM"):
        load_signer(Pair(b"x", PAIR.certificate))
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(BadPair, match="RSA"):
        load_signer(Pair(curve, PAIR.certificate))
