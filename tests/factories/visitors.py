"""People in front of the privacy pages: a browser without scripts, and the messages that they were sent."""

import re
from typing import Any

from django.core import mail
from django.test import Client

from consent.messages import send_due

ANN = "ann@example.org"
ANN_SEEN: dict[str, Any] = {
    "userId": "ann-1",
    "context": {"traits": {"email": ANN, "firstName": "Ann", "city": "Ghent", "order_count": 2}},
}

_CODE = re.compile(r"\b(\d{6})\b")
_LINK = re.compile(r"https?://\S+/privacy/link/(\S+)")
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Visitor:
    """A browser that takes cookies, and sends with each form what the page put into it."""

    def __init__(self, language: str = "en", **headers: str) -> None:
        self.client = Client(enforce_csrf_checks=True, headers={"Accept-Language": language, **headers})

    def get(self, path: str) -> Any:
        """A page."""
        return self.client.get(path)

    def send(self, path: str, *, page: str | None = None, **fields: Any) -> Any:
        """A form, out of the page that it stands on (the one of its own path if none is named)."""
        shown = self.client.get(page or path).content.decode()
        token = _TOKEN.search(shown)
        sent = {**fields, **({"csrfmiddlewaretoken": token[1]} if token else {})}
        return self.client.post(path, sent)

    def sign_in(self, address: str) -> Any:
        """Enter an address and the code that was sent to it."""
        assert self.send("/privacy/", address=address).status_code == 303
        answer = self.send("/privacy/code", code=code_sent())
        assert answer.status_code == 303, text_of(answer)
        return answer


def messages_sent() -> list[Any]:
    """The messages that went out so far, after all that wait were sent."""
    while send_due():
        pass
    return list(mail.outbox)


def code_sent() -> str:
    """The code of the last message."""
    found = _CODE.search(messages_sent()[-1].body)
    assert found is not None
    return found[1]


def link_sent() -> str:
    """The token of the link in the last message."""
    found = _LINK.search(messages_sent()[-1].body)
    assert found is not None
    return found[1]


def text_of(answer: Any) -> str:
    """What a page says."""
    return str(answer.content.decode())
