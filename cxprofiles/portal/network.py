"""Where a request comes from, as far as limits need to know: never stored, never logged."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

IPV6_NETWORK = 64  # bits: what one household or office is given


def network_of(request: HttpRequest) -> str:
    """The network that a request came from: an IPv4 address or an IPv6 network, empty where it is not known.

    Behind TLS it is what the proxy in front put last into X-Forwarded-For; all before that anybody may write.
    """
    given = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_TLS:
        given = request.headers.get("X-Forwarded-For", given).rpartition(",")[2]
    try:
        address = ipaddress.ip_address(given.strip())
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, IPV6_NETWORK), strict=False))
    return str(address)
