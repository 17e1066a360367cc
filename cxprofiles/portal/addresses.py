"""The address that somebody enters: of mail or of a phone, since a code can be sent to no other identifier."""

from django.conf import settings

from profiles.configuration import configuration
from profiles.identity.canonical import Dropped, canonical

EMAIL, PHONE = "email", "phone"
LONGEST = 320


class NotAnAddress(ValueError):
    """This is neither an email address nor a phone number with its country's prefix."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def read_address(entered: str) -> tuple[str, str]:
    """The identifier that was entered: type and canonical value. Raises `NotAnAddress`."""
    type_name = EMAIL if "@" in entered else PHONE
    rule = configuration().types.get(type_name)
    if rule is None or len(entered) > LONGEST:
        raise NotAnAddress
    try:
        return type_name, canonical(rule, entered, region=settings.PRIVACY_COUNTRY)
    except Dropped:
        raise NotAnAddress from None


def masked(identifier: tuple[str, str]) -> str:
    """An address so that its owner knows it, and who looks over their shoulder does not."""
    type_name, value = identifier
    if type_name == PHONE:
        return f"{value[:3]}••••{value[-2:]}"
    local, _, domain = value.rpartition("@")
    return f"{local[:1]}•••@{domain}"
