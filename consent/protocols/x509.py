"""Signatures over bodies by the key of an X.509 certificate, as OpenDSR wants them (4.1, 4.2, 8.8). Pure.

RSA with PKCS #1 v1.5 and SHA-256 (FIPS 186-4), in base64, over the bytes as they travel.
"""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

KEY_BITS = 3072
LEAST_BITS = 2048
VALID_DAYS = 825
CLOCKS_APART = timedelta(hours=1)


class BadPair(ValueError):
    """Why a key and a certificate cannot sign."""


class Pair(NamedTuple):
    """A private key and its certificate, both as PEM."""

    key: bytes
    certificate: bytes


class Signer(NamedTuple):
    """What signs bodies. `domain`: for whom, one of the `domains` of the certificate, which is PEM."""

    key: rsa.RSAPrivateKey
    certificate: bytes
    domain: str
    domains: tuple[str, ...]
    self_signed: bool

    def sign(self, body: bytes) -> str:
        """The signature over the bytes, in base64."""
        return base64.b64encode(self.key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()


def make_pair(domain: str, *, now: datetime) -> Pair:
    """A key and a certificate that it signs itself: for trials, as the protocol forbids it in earnest."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain[:64])])
    use = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_APART)
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .add_extension(use, critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Pair(private, certificate.public_bytes(serialization.Encoding.PEM))


def load_signer(pair: Pair, *, domain: str = "") -> Signer:
    """What signs with a pair, for a domain of its certificate, by default the first; raises `BadPair`."""
    try:
        key = serialization.load_pem_private_key(pair.key, password=None)
        certificate = x509.load_pem_x509_certificate(pair.certificate)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadPair("The key and the certificate must be PEM, the key without a password.") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < LEAST_BITS:
        raise BadPair(f"The key must be an RSA key of at least {LEAST_BITS} bits.")
    if certificate.public_key() != key.public_key():
        raise BadPair("The certificate is not the key's.")
    names = names_of(certificate)
    if domain and domain not in names:
        raise BadPair("The certificate is not issued to this domain.")
    if not names:
        raise BadPair("The certificate names no domain (subjectAltName).")
    return Signer(key, pair.certificate, domain or names[0], tuple(names), certificate.issuer == certificate.subject)


def names_of(certificate: x509.Certificate) -> list[str]:
    """The domains that a certificate is issued to, in lower case."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [name.lower() for name in found.value.get_values_for_type(x509.DNSName)]


def read_certificate(pem: str) -> x509.Certificate:
    """A certificate with an RSA key; raises `BadPair`."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        key = certificate.public_key()
    except (ValueError, UnicodeEncodeError, UnsupportedAlgorithm):
        raise BadPair("The certificate is not X.509 in PEM.") from None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_BITS:
        raise BadPair(f"The certificate's key must be an RSA key of at least {LEAST_BITS} bits.")
    return certificate


def verifies(pem: str, *, domain: str, body: bytes, signature: str, now: datetime) -> bool:
    """Whether the key of a certificate, issued to the domain and valid now, signed these bytes."""
    try:
        certificate = read_certificate(pem)
        signed = base64.b64decode("".join(signature.split()), validate=True)
    except (BadPair, binascii.Error, ValueError):
        return False
    valid = certificate.not_valid_before_utc <= now.astimezone(UTC) <= certificate.not_valid_after_utc
    key = certificate.public_key()
    if not valid or domain.lower() not in names_of(certificate) or not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(signed, body, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
