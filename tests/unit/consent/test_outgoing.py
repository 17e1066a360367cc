"""HTTP to other organisations: nowhere within this network, bounded in time and size, and failing in sentences."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from consent.outgoing import AddressRefused, Answered, NotReached, NotSent, Pinned, check_address, post, trusted
from tests.factories import recipients
from tests.factories.recipients import Reply, TestRecipient, closed_port, recipient, status

SECRET = "ann@example.org"
BODY = f'{{"email": "{SECRET}"}}'.encode()


@pytest.fixture
def allowed(settings: Any) -> None:
    """Tests tell servers of this machine."""
    settings.OUTGOING_PRIVATE = True


@pytest.fixture
def told(allowed: None) -> Iterator[TestRecipient]:
    with recipient() as found:
        yield found


def test_a_body_arrives_as_it_is_and_the_status_comes_back(told: TestRecipient) -> None:
    assert post(told.url, BODY, {"X-Own": "yes"}) == Answered(204)
    [received] = told.received
    assert (received.line, received.body) == ("POST /in HTTP/1.1", BODY)
    assert received.headers["x-own"] == "yes"
    assert received.headers["host"] == told.url.split("/")[2]


@pytest.mark.parametrize("code", [200, 202, 400, 401, 404, 410, 429, 500, 503])
def test_whatever_the_status_is_it_is_an_answer(code: int, told: TestRecipient) -> None:
    told.reply = status(code)
    answered = post(told.url, BODY, {})
    assert (answered.status, answered.succeeded) == (code, code < 300)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(code: int, told: TestRecipient) -> None:
    with recipient() as other:
        told.reply = status(code, Location=other.url)
        assert post(told.url, BODY, {}).status == code
        assert other.received == []


def test_a_body_is_read_as_far_as_it_is_asked_for(told: TestRecipient) -> None:
    told.reply = status(200, b"abcdef")
    assert [post(told.url, BODY, {}, most=most).body for most in (0, 3, 100)] == [b"", b"abc", b"abcdef"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("99999999", 86_400),
        ("-1", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("1e3", None),
    ],
)
def test_how_long_to_wait_is_read_in_seconds_and_believed_for_a_day(
    header: str, seconds: int | None, told: TestRecipient
) -> None:
    told.reply = status(429, Retry_After=header)
    assert post(told.url, BODY, {}).retry_after == seconds


SLOW: dict[str, Reply] = {
    "an answer that never comes": recipients.hangs,
    "headers that drip": recipients.drips_headers,
}
BROKEN: dict[str, Reply] = {
    "a reset in the middle": recipients.resets_in_mid_answer,
    "a connection that is closed": recipients.hangs_up,
    "no HTTP": recipients.talks_nonsense,
    "headers without an end": recipients.answers_endless_headers,
}


@pytest.mark.parametrize("name", SLOW)
def test_no_answer_is_waited_for_longer_than_said(name: str, told: TestRecipient) -> None:
    told.reply = SLOW[name]
    started = time.monotonic()
    with pytest.raises(NotReached, match=r"^No answer came within 0\.5 seconds\.$"):
        post(told.url, BODY, {}, timeout=0.5)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_off_is_no_answer(name: str, told: TestRecipient) -> None:
    told.reply = BROKEN[name]
    with pytest.raises(NotReached):
        post(told.url, BODY, {}, timeout=5)


@pytest.mark.parametrize("reply", [recipients.answers_a_gigabyte_slowly, recipients.stops_after_the_status])
def test_the_status_counts_whatever_follows_it(reply: Reply, told: TestRecipient) -> None:
    told.reply = reply
    started = time.monotonic()
    answered = post(told.url, BODY, {}, timeout=1, most=4096)
    assert answered.status == 200
    assert len(answered.body) <= 4096
    assert time.monotonic() - started < 5


def test_nobody_there_is_a_sentence_that_names_neither_the_address_nor_the_message(allowed: None) -> None:
    port = closed_port()
    with pytest.raises(NotReached) as caught:
        post(f"http://127.0.0.1:{port}/in?key={SECRET}", BODY, {})
    assert str(caught.value) == "The host cannot be reached, or broke the connection off."


def test_a_name_that_leads_nowhere_is_a_sentence() -> None:
    with pytest.raises(NotReached, match="leads to no address"):
        post("https://nobody.invalid/in", BODY, {})


REFUSED = [
    "http://crm.example/in",
    "ftp://crm.example/in",
    "https://",
    "crm.example",
    "",
    "https://user:password@crm.example/in",
    "https://crm.example/in#part",
    "https://127.0.0.1/in",
    "https://10.0.0.1/in",
    "https://192.168.1.1/in",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/in",
    "https://0.0.0.0/in",
    "https://224.0.0.1/in",
    "https://[::1]/in",
    "https://[fe80::1]/in",
    "https://[fd00::1]/in",
    "https://[::ffff:127.0.0.1]/in",
    "https://[64:ff9b::7f00:1]/in",
    "https://[2002:7f00:1::]/in",
    "https://crm.example:99999/in",
    "https://crm.exam\x00ple/in",
    "https://crm.example/" + "x" * 3000,
]


@pytest.mark.parametrize("url", REFUSED)
def test_addresses_that_nothing_may_be_sent_to(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(url)
    with pytest.raises(NotSent):
        post(url, BODY, {})


@pytest.mark.parametrize(
    "url", ["https://crm.example/in?tenant=7", "https://93.184.216.34:8443/in", "https://bücher.example/"]
)
def test_public_https_addresses_will_do(url: str) -> None:
    assert check_address(url).scheme == "https"


@pytest.mark.parametrize("url", ["https://localhost/in", "https://2130706433/in", "https://0x7f000001/in"])
def test_a_name_of_this_network_is_found_out_when_it_is_looked_up(url: str) -> None:
    with pytest.raises(NotSent, match=r"private network|leads to no address"):
        post(url, BODY, {})


def test_a_name_of_which_one_address_is_private_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = ["93.184.216.34", "10.0.0.1"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (one, 443)) for one in addresses])
    with pytest.raises(AddressRefused, match="private network"):
        post("https://crm.example/in", BODY, {})


def test_a_connection_goes_to_the_address_that_was_judged_whatever_the_name_says_now(told: TestRecipient) -> None:
    port = int(told.url.split(":")[2].partition("/")[0])
    stream = Pinned(["127.0.0.1"], time.monotonic() + 5).connect_tcp("somewhere.invalid", port)
    assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
    stream.close()


def test_the_next_address_is_tried_where_one_does_not_answer(told: TestRecipient) -> None:
    port = int(told.url.split(":")[2].partition("/")[0])
    stream = Pinned(["127.0.0.2", "127.0.0.1"], time.monotonic() + 5).connect_tcp("somewhere.invalid", port)
    assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
    stream.close()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of `localhost` that no authority has signed, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    return path


def test_a_certificate_that_nobody_vouches_for_ends_it_before_anything_is_told(
    allowed: None, certificate: Path
) -> None:
    with recipient(certificate=certificate) as told:
        with pytest.raises(NotReached, match="certificate is not trusted"):
            post(told.url.replace("127.0.0.1", "localhost"), BODY, {})
        assert told.received == []


def test_tls_is_checked_against_the_name_and_not_the_address(
    allowed: None, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr("consent.outgoing.trusted", trusted.__wrapped__)
    with recipient(certificate=certificate) as told:
        assert post(told.url.replace("127.0.0.1", "localhost"), BODY, {}).status == 204
        with pytest.raises(NotReached, match="certificate is not trusted"):
            post(told.url, BODY, {})
        assert len(told.received) == 1


def test_no_tls_where_tls_is_expected(told: TestRecipient) -> None:
    with pytest.raises(NotReached):
        post(told.url.replace("http:", "https:"), BODY, {}, timeout=0.5)


@pytest.mark.parametrize(
    "make", [lambda: {"X\r\nInjected": "1"}, lambda: {"X": "a\r\nInjected: 1"}, lambda: {"X": "ü\ud800"}]
)
def test_headers_that_would_break_the_request_are_refused(
    make: Callable[[], dict[str, str]], told: TestRecipient
) -> None:
    with pytest.raises(NotSent):
        post(told.url, BODY, make(), timeout=2)
    assert told.received == []
