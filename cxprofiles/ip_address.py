"""The address that a request came from. Never stored or logged but where its caller says so."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def ip_address_of(request: HttpRequest) -> Address | None:
    """The address, an IPv4 one that is written as an IPv6 one as what it is; None: it is not known.

    Behind TLS it is what the proxy in front put last into X-Forwarded-For; all before that anybody may write.
    """
    given = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_TLS:
        given = request.headers.get("X-Forwarded-For", given).rpartition(",")[2]
    try:
        address = ipaddress.ip_address(given.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
