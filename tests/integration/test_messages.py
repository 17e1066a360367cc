"""Messages to people: kept sealed, sent once, tried again, given up; and files where no server can send them."""

import http.server
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from consent.messages import FIRST_PAUSE, LEASE, LIFETIME, forget_messages, queue_message, send_due
from consent.models import Message, PrivacyTask
from cxprofiles.settings import read_email_url, read_mail_address, read_web_address

pytestmark = pytest.mark.django_db

ANN, BEN, PHONE = ("email", "ann@example.org"), ("email", "ben@example.org"), ("phone", "+3247012345")
FOLDER = "cxprofiles.mail_folder.FolderBackend"


class Away(BaseEmailBackend):
    """A mail server that hangs up."""

    def send_messages(self, email_messages: Any) -> int:
        raise SMTPServerDisconnected("ann@example.org")


class Refusing(BaseEmailBackend):
    """A mail server that knows no such address."""

    def send_messages(self, email_messages: Any) -> int:
        raise SMTPRecipientsRefused({"ann@example.org": (550, b"no such user")})


def queue(address: tuple[str, str] = ANN, **more: Any) -> None:
    queue_message(address=address, subject="Grüße", text="Your code: 123456", **more)


def written(folder: Path) -> list[str]:
    """The addresses of the files in the folder for messages."""
    return sorted(str(message_from_bytes(path.read_bytes(), policy=policy)["To"]) for path in folder.iterdir())


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """A folder for messages that is not there yet."""
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.EMAIL_BACKEND = FOLDER
    return tmp_path / "mail"


def test_a_message_waits_unreadable_and_is_gone_once_it_was_sent() -> None:
    queue()
    row = Message.objects.get()
    held = bytes(row.content) + bytes(row.address or b"")
    assert [word for word in (b"ann@", b"123456", "Grüße".encode()) if word in held] == []
    assert (send_due(), send_due()) == (1, 0)
    assert not Message.objects.exists()
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["ann@example.org"], "Grüße", "Your code: 123456")


def test_while_the_server_is_away_messages_wait_ever_longer(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Away"
    queue()
    queue(BEN)
    now = datetime.now(UTC)
    pauses = []
    for _ in range(3):
        assert send_due(now) == 0
        pauses.append(Message.objects.latest("next_at").next_at - now)
        now += timedelta(hours=2)
    assert pauses == [LEASE + FIRST_PAUSE, LEASE + FIRST_PAUSE * 2, LEASE + FIRST_PAUSE * 4]
    assert Message.objects.count() == 2
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_due(now) == 2
    assert "example.org" not in caplog.text


@pytest.mark.parametrize(("backend", "later"), [("Refusing", timedelta(0)), ("Away", LIFETIME + timedelta(seconds=1))])
def test_what_cannot_be_delivered_is_given_up_and_staff_are_told_once(
    settings: Any, backend: str, later: timedelta
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.{backend}"
    for _ in range(2):
        queue()
        assert send_due(datetime.now(UTC) + later) == 0
    assert not Message.objects.exists()
    task = PrivacyTask.objects.get(kind="message_failed")
    assert task.count == 2
    assert "example.org" not in f"{task.subject}{task.detail}"


def test_a_code_that_is_over_is_not_sent() -> None:
    queue(until=datetime.now(UTC) - timedelta(seconds=1))
    assert send_due() == 1
    assert (mail.outbox, Message.objects.count()) == ([], 0)


def test_what_another_worker_has_taken_is_left_to_it() -> None:
    queue()
    now = datetime.now(UTC)
    Message.objects.update(next_at=now + LEASE)
    assert send_due(now) == 0
    assert send_due(now + LEASE) == 1


def test_a_message_under_another_secret_stops_nothing(settings: Any) -> None:
    queue()
    settings.SEALING_SECRET = b"another secret that is long enough"
    queue(BEN)
    send_due()
    assert [sent.to for sent in mail.outbox] == [["ben@example.org"]]
    assert not Message.objects.exists()


def test_without_a_server_messages_are_files_and_the_log_names_nobody(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for address in (ANN, BEN, PHONE):
        queue(address)
    assert send_due() == 3
    assert written(folder) == ["+3247012345", "ann@example.org", "ben@example.org"]
    assert sorted(path.suffix for path in folder.iterdir()) == [".eml", ".eml", ".txt"]
    assert folder.stat().st_mode & 0o077 == 0
    assert caplog.text.count("A message was written") == 3
    assert [word for word in ("example.org", "+32", "123456") if word in caplog.text] == []


def test_an_erasure_takes_the_messages_that_wait_and_the_files(folder: Path) -> None:
    queue()
    queue(BEN)
    queue(PHONE)
    send_due()
    queue()
    assert forget_messages([ANN, PHONE]) == 3
    assert written(folder) == ["ben@example.org"]
    assert not Message.objects.exists()
    assert forget_messages([]) == 0


class Gateway(http.server.BaseHTTPRequestHandler):
    """A gateway for text messages, which answers with the status that it is told."""

    taken: list[Any] = []  # noqa: RUF012 - shared by all requests of a test
    status = 200

    def do_POST(self) -> None:
        self.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def gateway(settings: Any) -> Iterator[type[Gateway]]:
    """A gateway that takes everything."""
    Gateway.taken, Gateway.status = [], 200
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    settings.OUTGOING_PRIVATE = True
    settings.TEXT_MESSAGE_URL = f"http://127.0.0.1:{server.server_address[1]}/send"
    try:
        yield Gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_text_message_goes_to_the_gateway(gateway: type[Gateway]) -> None:
    queue(PHONE)
    assert send_due() == 1
    assert gateway.taken == [{"to": "+3247012345", "text": "Your code: 123456"}]


@pytest.mark.parametrize(("status", "kept"), [(500, 1), (429, 1), (400, 0), (301, 0)])
def test_a_gateway_that_fails_is_tried_again_unless_it_refuses(gateway: type[Gateway], status: int, kept: int) -> None:
    gateway.status = status
    queue(PHONE)
    assert (send_due(), Message.objects.count()) == (0, kept)


def test_mail_servers_are_named_by_their_address() -> None:
    plain = read_email_url("smtp://ann%40x:p%2Fw@mail.example.org")
    assert (plain["EMAIL_HOST"], plain["EMAIL_PORT"]) == ("mail.example.org", 587)
    assert (plain["EMAIL_HOST_USER"], plain["EMAIL_HOST_PASSWORD"]) == ("ann@x", "p/w")
    assert (plain["EMAIL_USE_TLS"], plain["EMAIL_USE_SSL"]) == (True, False)
    tls = read_email_url("smtps://mail.example.org")
    assert (tls["EMAIL_PORT"], tls["EMAIL_USE_TLS"], tls["EMAIL_USE_SSL"]) == (465, False, True)
    assert read_email_url("smtp://relay:25?starttls=0")["EMAIL_USE_TLS"] is False


@pytest.mark.parametrize(
    "value",
    [
        "",
        "mail.example.org",
        "http://x",
        "smtp://",
        "smtp://secret@x:port",
        "smtp://x/path",
        "smtp://x?tls=1",
        "smtp://[x",
    ],
)
def test_what_names_no_mail_server_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(ValueError, match="it must look like") as refusal:
        read_email_url(value)
    assert "secret" not in str(refusal.value)


def test_addresses_to_send_from_and_to() -> None:
    assert read_mail_address("Example Shop <privacy@example.org>") == "Example Shop <privacy@example.org>"
    for wrong in ("privacy", "a@b@c", "@x", "x@", "a@x.org\nBcc: b@x.org"):
        with pytest.raises(ValueError, match="such as"):
            read_mail_address(wrong)
    assert read_web_address("https://gateway.example.org/send") == "https://gateway.example.org/send"
    for wrong in ("gateway", "ftp://x", "https://"):
        with pytest.raises(ValueError, match="scheme"):
            read_web_address(wrong)
