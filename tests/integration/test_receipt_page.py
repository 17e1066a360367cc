"""The page on which anybody checks a receipt, as Django answers it."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client

from consent.models import Receipt
from consent.receipt_issuing import issue_receipt
from cxprofiles.portal import receipts
from tests.factories.receipts import make_record

PAGE = "/receipts/verify"
GENUINE, NOT_VALID = "This receipt is genuine", "This receipt is not valid"


@pytest.fixture
def receipt(db: None) -> str:
    return issue_receipt(make_record(), [1])


def send(client: Client, **fields: object) -> Any:
    """The form, sent as a browser does."""
    return client.post(PAGE, fields)


def verdict(response: Any) -> str:
    """Which verdict the page shows."""
    text = response.content.decode()
    return next((words for words in (GENUINE, NOT_VALID) if words in text), "none")


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/"])
def test_the_form_is_there_without_a_database_a_cookie_or_a_script(client: Client, path: str) -> None:
    response = client.get(path)
    text = response.content.decode()
    assert (response.status_code, verdict(response), len(response.cookies)) == (200, "none", 0)
    assert '<label for="receipt">' in text
    assert '<label for="file">' in text
    assert [word for word in ("<script", "style=", "<style", "onclick") if word in text] == []
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "script" not in policy
    assert response.headers["Cache-Control"] == "no-store"


def test_a_genuine_receipt_is_read_out(receipt: str) -> None:
    response = send(Client(enforce_csrf_checks=True), receipt=receipt)
    text = response.content.decode()
    assert (response.status_code, verdict(response), len(response.cookies)) == (200, GENUINE, 0)
    shown = ("News by e-mail", "marketing.email", "Given", "Refused", "1 March 2026, 10:00 UTC", "Example Ltd")
    assert [words for words in (*shown, "privacy, version 3, in en", "ann@example.org") if words not in text] == []


@pytest.mark.parametrize("wrap", ["{}", "\r\n {} \r\n", '{{"receipt": "{}"}}'])
def test_a_receipt_may_come_as_a_file_or_in_the_answer_of_the_api(client: Client, receipt: str, wrap: str) -> None:
    assert verdict(send(client, receipt=wrap.format(receipt))) == GENUINE
    upload = SimpleUploadedFile("receipt.txt", wrap.format(receipt).encode())
    assert verdict(send(client, file=upload, receipt="")) == GENUINE


def test_a_plain_form_is_read_as_well(client: Client, receipt: str) -> None:
    response = client.post(PAGE, f"receipt={receipt}", content_type="application/x-www-form-urlencoded")
    assert verdict(response) == GENUINE


@pytest.mark.django_db
def test_an_invalid_receipt_is_refused_with_the_reason_and_shown_as_text(client: Client) -> None:
    response = send(client, receipt="<script>alert(1)</script>")
    text = response.content.decode()
    assert (response.status_code, verdict(response)) == (200, NOT_VALID)
    assert "three parts in base64url" in text
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_changed_receipt_is_refused(client: Client, receipt: str) -> None:
    head, payload, signature = receipt.split(".")
    response = send(client, receipt=f"{head}.{payload}.{signature[::-1]}")
    assert verdict(response) == NOT_VALID


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({}, 400, "Paste a receipt or choose its file first."),
        ({"receipt": " \r\n"}, 400, "Paste a receipt or choose its file first."),
        ({"file": SimpleUploadedFile("a.bin", b"\xff\xfe\x00")}, 400, "This file is not text"),
        ({"receipt": "A" * 65_600}, 413, "This is too large to be a receipt: more than 64 KiB."),
    ],
)
def test_a_form_without_a_receipt_is_answered_with_a_sentence(
    client: Client, fields: dict[str, object], status: int, words: str
) -> None:
    response = send(client, **fields)
    assert (response.status_code, verdict(response)) == (status, "none")
    assert words in response.content.decode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (b"receipt=a", "multipart/form-data; boundary=" + "y" * 300),
        (b"{}", "application/json"),
        (b"a=1&" * 2000, "application/x-www-form-urlencoded"),
        (b"receipt=%ff%fe%00", "application/x-www-form-urlencoded"),
    ],
)
@pytest.mark.django_db
def test_a_broken_form_is_answered_with_a_page(client: Client, body: bytes, kind: str) -> None:
    response = client.post(PAGE, body, content_type=kind)
    assert response.status_code in (200, 400)
    assert verdict(response) != GENUINE
    assert b"Check a consent receipt" in response.content


def test_while_the_keys_cannot_be_read_nothing_is_called_genuine_or_not(
    client: Client, receipt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(receipts, "public_keys", away)
    response = send(client, receipt=receipt)
    assert (response.status_code, verdict(response)) == (503, "none")
    assert "nothing was checked" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("length", ["many", "-1", "", "9" * 40])
def test_a_length_that_is_none_is_answered_with_a_page(client: Client, length: str) -> None:
    response = client.post(PAGE, {"receipt": "a"}, CONTENT_LENGTH=length)
    assert response.status_code in (200, 400, 413)
    assert b"Check a consent receipt" in response.content


def test_other_methods_are_refused(client: Client) -> None:
    assert client.put(PAGE).status_code == 405


def test_nothing_that_is_sent_is_stored(client: Client, receipt: str) -> None:
    before = Receipt.objects.count()
    send(client, receipt=receipt)
    send(client, receipt=json.dumps({"receipt": "x.y.z"}))
    assert Receipt.objects.count() == before


def test_the_pages_stylesheet_is_there(client: Client) -> None:
    assert b":focus-visible" in b"".join(client.get("/static/cxprofiles/portal.css"))
