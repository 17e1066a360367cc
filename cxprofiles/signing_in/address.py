"""Where a member of staff signs in from: shown to themselves and to those who manage people."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104 - a column's value, nothing listens there


def address_of(request: HttpRequest) -> str:
    """The address of whoever asks; behind TLS what the proxy in front put last into X-Forwarded-For."""
    given = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_TLS:
        given = request.headers.get("X-Forwarded-For", given).rpartition(",")[2]
    try:
        address = ipaddress.ip_address(given.strip())
    except ValueError:
        return UNKNOWN
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
