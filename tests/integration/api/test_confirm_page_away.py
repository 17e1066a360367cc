"""The page behind a link of a double opt-in while the database is away."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from cxprofiles.portal import confirm
from tests.factories.callers import Caller
from tests.integration.api.test_confirm_page import ask

SECRET = "ann.secret@example.org"


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_opens_a_link_gets_a_page_that_says_so(
    service: Caller, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    def lost(*_: Any, **__: Any) -> None:
        raise OperationalError(f"connection lost while reading {SECRET}")

    link = ask(service)
    monkeypatch.setattr(confirm, "confirm_consents", lost)
    monkeypatch.setattr(confirm, "read_question", lost)
    answered = getattr(Client(), method)(link, headers={"Accept-Language": "de"})
    text = answered.content.decode()
    assert (answered.status_code, answered.headers["Content-Language"]) == (503, "de")
    assert "Ihr Link bleibt gültig" in text
    assert SECRET not in text
