"""Where a request comes from, as far as limits need to know: never stored, never logged."""

import ipaddress

from django.http import HttpRequest

from cxprofiles.ip_address import ip_address_of

IPV6_NETWORK = 64  # bits: what one household or office is given


def network_of(request: HttpRequest) -> str:
    """The network that a request came from: an IPv4 address or an IPv6 network, empty where it is not known."""
    address = ip_address_of(request)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, IPV6_NETWORK), strict=False))
    return "" if address is None else str(address)
