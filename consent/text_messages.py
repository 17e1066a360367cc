"""Text messages to phones: handed to the gateway of the deployment, or written to the folder where none is set."""

import msgspec
from django.conf import settings

from consent.message_folder import TEXT, write_message
from consent.outgoing import NotSent, post


class TextNotTaken(ValueError):
    """The gateway for text messages refuses this message; sending it again would change nothing."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class GatewayAway(OSError):
    """The gateway for text messages does not answer, or not now."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def send_text(number: str, text: str) -> None:
    """Send a text to a phone number (E.164): a POST of {"to", "text"} as JSON. Raises `TextNotTaken`, `GatewayAway`."""
    if not settings.TEXT_MESSAGE_URL:
        write_message(f"To: {number}\n\n{text}".encode(), TEXT)
        return
    body = msgspec.json.encode({"to": number, "text": text})
    try:
        status = post(settings.TEXT_MESSAGE_URL, body, {"Content-Type": "application/json"}).status
    except NotSent:
        raise GatewayAway from None
    if status in (408, 425, 429) or status >= 500 or status < 200:
        raise GatewayAway
    if status >= 300:
        raise TextNotTaken
