"""Where a member of staff signs in from: shown to themselves and to those who manage people."""

from django.http import HttpRequest

from cxprofiles.ip_address import ip_address_of

UNKNOWN = "0.0.0.0"  # noqa: S104 - a column's value, nothing listens there


def address_of(request: HttpRequest) -> str:
    """The address of whoever asks."""
    return str(ip_address_of(request) or UNKNOWN)
