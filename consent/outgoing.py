"""HTTP to other organisations: signed bodies out, a status back, and nothing that could be turned against this network.

The address comes from configuration or from a caller, so it is not trusted: TLS only, no redirects, no proxies, no
address of this network. The name is looked up once, every address that it has is judged, and the connection goes to the
address that was judged, so that a name which answers otherwise a moment later leads nowhere else.
"""

import ipaddress
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ssl import SSLContext
from typing import Any

import httpcore
import httpx
from django.conf import settings

TIMEOUT = 10.0  # seconds, for all of it
CHUNK = 65_536
LONGEST_URL = 2_000
MOST_WAITED = 86_400  # seconds: a Retry-After beyond that is not believed
# Addresses that lead to IPv4 behind the back of a check that sees IPv6 only.
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotSent(Exception):
    """Why nothing was told, in a sentence that holds nothing of the message and nothing of the address."""


class AddressRefused(NotSent):
    """Why nothing may be sent to this address."""


class NotReached(NotSent):
    """Why no answer came."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The status of an answer, the beginning of its body as far as it was asked for, and how long to wait."""

    status: int
    body: bytes = b""
    retry_after: int | None = None  # seconds

    @property
    def succeeded(self) -> bool:
        """Whether the message was taken."""
        return 200 <= self.status < 300


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout: float = TIMEOUT, most: int = 0) -> Answered:
    """Post a body; the answer's status, and up to `most` bytes of its body.

    All of it takes `timeout` seconds at most, the looking up of the name aside. Raises `NotSent`, and nothing else.
    """
    target = check_address(url)
    deadline = time.monotonic() + timeout
    network = Pinned(addresses_of(target), deadline)
    with httpcore.ConnectionPool(ssl_context=trusted(), network_backend=network, max_connections=1) as pool:
        try:
            return _exchange(pool, target, body, headers, most)
        except (httpcore.TimeoutException, TimeoutError):
            raise NotReached(f"No answer came within {timeout:g} seconds.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, TypeError, ValueError) as error:
            raise NotReached(_why(error)) from None


def check_address(url: str) -> httpx.URL:
    """The address, if something may be sent there as far as it can be told without asking; raises `AddressRefused`."""
    try:
        target = httpx.URL(url) if len(url) <= LONGEST_URL else None
    except (httpx.InvalidURL, TypeError, ValueError):
        target = None
    if target is None or not target.host or not 0 < _port(target) < 65_536:
        raise AddressRefused(f"This is no address of at most {LONGEST_URL} characters, such as https://crm.example/in.")
    if target.scheme != "https" and not (target.scheme == "http" and settings.OUTGOING_PRIVATE):
        raise AddressRefused("Only https addresses are told anything.")
    if target.userinfo or target.fragment:
        raise AddressRefused("The address holds a user, a password or a fragment; leave them out.")
    literal = _literal(target.host)
    if literal is not None:
        check_public([literal])
    return target


def addresses_of(target: httpx.URL) -> list[str]:
    """The addresses that a name has now; raises `NotReached`, and `AddressRefused` where one is of this network."""
    try:
        found = socket.getaddrinfo(target.raw_host.decode(), _port(target), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotReached("The host's name leads to no address.") from None
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    check_public(ipaddress.ip_address(one) for one in addresses)
    return addresses


def check_public(addresses: Iterable[Address]) -> None:
    """Raise `AddressRefused` unless all of the addresses are public, or private ones are allowed."""
    if settings.OUTGOING_PRIVATE:
        return
    if not all(is_public(one) for one in addresses):
        raise AddressRefused("The host is in a private network; nothing is sent there unless OUTGOING_PRIVATE is set.")


def is_public(address: Address) -> bool:
    """Whether an address is one of the public network, also where it wraps one of IPv4."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _wrapped(address)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _port(target: httpx.URL) -> int:
    return (443 if target.scheme == "https" else 80) if target.port is None else target.port


@lru_cache(maxsize=1)
def trusted() -> SSLContext:
    """Whose certificates are believed: those of certifi, or of SSL_CERT_FILE. Read once: it takes a while."""
    return httpx.create_ssl_context()


def _exchange(
    pool: httpcore.ConnectionPool, target: httpx.URL, body: bytes, headers: Mapping[str, str], most: int
) -> Answered:
    address = httpcore.URL(
        scheme=target.raw_scheme, host=target.raw_host, port=_port(target), target=target.raw_path or b"/"
    )
    sent = [("Host", target.netloc.decode()), ("Connection", "close"), *headers.items()]
    with pool.stream("POST", address, headers=sent, content=body) as response:
        wait = {name.lower(): value for name, value in response.headers}.get(b"retry-after", b"")
        return Answered(response.status, _beginning(response, most), _seconds(wait))


def _beginning(response: httpcore.Response, most: int) -> bytes:
    """Up to `most` bytes; what breaks off after the status was given is taken as far as it came."""
    taken = b""
    try:
        for chunk in response.iter_stream() if most else ():
            taken += chunk
            if len(taken) >= most:
                break
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError):
        pass
    return taken[:most]


def _seconds(wait: bytes) -> int | None:
    """A Retry-After in seconds; one that is a date, or makes no sense, is none."""
    return min(int(wait), MOST_WAITED) if wait.isdigit() and len(wait) < 10 else None


class Untrusted(httpcore.ConnectError):
    """The host was reached and TLS failed."""


def _why(error: Exception) -> str:
    if isinstance(error, Untrusted):
        return "The host's certificate is not trusted, or it does not speak TLS."
    if isinstance(error, httpcore.LocalProtocolError | TypeError | ValueError):
        return "The message has headers that HTTP does not know."
    if isinstance(error, httpcore.NetworkError | OSError):
        return "The host cannot be reached, or broke the connection off."
    return "What came was no answer of HTTP."


class Pinned(httpcore.NetworkBackend):
    """Connects to addresses that were judged before, whatever host it is told, and lets nothing outlast a deadline."""

    def __init__(self, addresses: list[str], deadline: float) -> None:
        self.addresses = addresses
        self.deadline = deadline
        self.network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """The first of the addresses that answers; the host's name stays what TLS is checked against."""
        failure: Exception = httpcore.ConnectError()
        for number, address in enumerate(self.addresses):
            share = _left(self.deadline) / (len(self.addresses) - number)
            try:
                stream = self.network.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return Hurried(stream, self.deadline)
        raise failure


class Hurried(httpcore.NetworkStream):
    """A stream of which no part may take longer than what is left until the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self.stream = stream
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, as they come."""
        return self.stream.read(max_bytes, _left(self.deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of the bytes, a piece at a time, since the network's own timeout is for each piece anew."""
        for start in range(0, len(buffer), CHUNK):
            self.stream.write(buffer[start : start + CHUNK], _left(self.deadline))

    def close(self) -> None:
        """End it."""
        self.stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same stream within TLS."""
        try:
            stream = self.stream.start_tls(ssl_context, server_hostname, _left(self.deadline))
        except httpcore.ConnectError:
            raise Untrusted from None
        return Hurried(stream, self.deadline)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks its own streams."""
        return self.stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left
