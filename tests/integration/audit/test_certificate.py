"""The certificate of an erasure: it opens the person's own commitment, and only who has the link can read it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client, override_settings

from consent.audit.certificate import NoSuchCertificate, find_certificate, issue_certificate, reserve_certificate
from consent.audit.checking import CERTIFICATE, check_certificate
from consent.audit.log import append_audit
from consent.models import AuditEntry, AuditHead, Certificate
from consent.signatures import read_content, sign, split
from consent.signing import active_key, public_keys, rotate_key
from cxprofiles.portal import certificate as certificate_module
from tests.factories.receipts import make_record
from tests.integration.audit.worlds import append

pytestmark = pytest.mark.django_db

REQUEST = UUID("018f2b3c-0000-7000-8000-00000000000a")
ERASED_AT = datetime(2026, 3, 5, 12, tzinfo=UTC)
ANN = [("user_id", "ann-1"), ("email", "ann@example.org")]
PAGE = "/audit/verify"
GENUINE, NOT_VALID = "This certificate is genuine", "This certificate is not valid"


def issue(request_id: UUID = REQUEST, identifiers: Any = ANN, **more: Any) -> str:
    counts = {"interaction": 12, "trait_fact": 3}
    return issue_certificate(request_id=request_id, identifiers=identifiers, counts=counts, erased_at=ERASED_AT, **more)


def issued() -> str:
    """A signed certificate, among other entries."""
    append(4)
    signed = find_certificate(issue()).signed
    append(3)
    return signed


def forged(signed: str, **changes: Any) -> str:
    """Another certificate under a good signature: as a dishonest operator could make it."""
    return sign({**read_content(signed), **changes}, active_key(), CERTIFICATE)


def verdict(response: Any) -> str:
    text = response.content.decode()
    return next((words for words in (GENUINE, NOT_VALID) if words in text), "none")


def send(signed: str, **options: Any) -> Any:
    return Client(enforce_csrf_checks=True).post(PAGE, {"certificate": signed}, **options)


def tamper(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = 'replica'")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = 'origin'")


def test_a_certificate_proves_that_its_erasure_stands_in_the_signed_log() -> None:
    found = check_certificate(issued(), public_keys())
    assert (found.opens, found.included, found.seq) == (True, True, 5)
    assert found.stated.identifiers == sorted(ANN)
    entry = found.stated.entry
    assert {name: entry[name] for name in ("type", "at", "counts", "request")} == {
        "type": "erasure.completed",
        "at": "2026-03-05T12:00:00Z",
        "counts": {"interaction": 12, "trait_fact": 3},
        "request": str(REQUEST),
    }


def test_neither_the_log_nor_the_stored_certificate_says_whose_it_is() -> None:
    issued()
    stored = Certificate.objects.get()
    texts = [entry.entry for entry in AuditEntry.objects.all()] + [head.jws for head in AuditHead.objects.all()]
    held = "\n".join(texts).encode() + bytes(stored.content) + bytes(stored.digest)
    for identity in (b"ann@example.org", b"ann-1", issue().encode()):
        assert identity not in held


def test_two_certificates_about_the_same_person_have_different_commitments() -> None:
    first, second = (find_certificate(issue(uuid4())).signed for _ in range(2))
    commitments = {read_content(one)["entry"]["commitment"] for one in (first, second)}
    assert len(commitments) == 2


def test_the_link_is_known_before_the_erasure_and_leads_nowhere_until_then() -> None:
    token = reserve_certificate(REQUEST)
    assert len(token) == 43
    with pytest.raises(NoSuchCertificate):
        find_certificate(token)
    assert issue(token=token) == token == reserve_certificate(REQUEST)
    assert find_certificate(token).signed
    with override_settings(SEALING_SECRET=b"another secret of 32 characters!"):
        assert reserve_certificate(REQUEST) != token


def test_issued_again_it_stays_the_same() -> None:
    token = issue()
    signed = find_certificate(token).signed
    assert issue() == token
    assert find_certificate(token).signed == signed
    assert AuditEntry.objects.filter(entry__contains="erasure.completed").count() == 1


def test_an_erasure_that_was_done_in_parts_has_one_certificate_about_all_of_them(client: Client) -> None:
    token = issue()
    more = {"interaction": 20, "trait_fact": 3}
    device = [("anonymous_id", "a-1")]
    again = issue_certificate(request_id=REQUEST, identifiers=device, counts=more, erased_at=ERASED_AT)
    assert again == token
    found = check_certificate(find_certificate(token).signed, public_keys())
    assert (found.opens, found.included) == (True, True)
    assert (found.stated.identifiers, found.stated.entry["counts"]) == (sorted([*ANN, *device]), more)
    assert (Certificate.objects.count(), AuditEntry.objects.count()) == (1, 2)
    assert verdict(client.get(f"/privacy/certificate/{token}")) == GENUINE


def test_it_is_gone_after_its_time() -> None:
    token = issue()
    kept = find_certificate(token)
    assert timedelta(days=89) < kept.until - datetime.now(UTC) <= timedelta(days=90)
    Certificate.objects.update(expires_at=datetime.now(UTC))
    with pytest.raises(NoSuchCertificate):
        find_certificate(token)


@pytest.mark.parametrize("token", ["", "x", "ä", "A" * 43, "A" * 5000])
def test_no_other_link_leads_to_it(client: Client, token: str) -> None:
    issue()
    with pytest.raises(NoSuchCertificate):
        find_certificate(token)
    if token:
        response = client.get(f"/privacy/certificate/{token}")
        assert response.status_code == 404
        assert b"There is no certificate here" in response.content


def test_the_page_behind_the_link_shows_and_checks_it(client: Client) -> None:
    token = issue()
    response = client.get(f"/privacy/certificate/{token}")
    text = response.content.decode()
    assert (response.status_code, verdict(response), len(response.cookies)) == (200, GENUINE, 0)
    for words in ("ann@example.org", "ann-1", "2026-03-05T12:00:00Z", "interaction", "12"):
        assert words in text
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "script" not in response.headers["Content-Security-Policy"]


def test_the_file_that_the_page_gives_is_the_certificate(client: Client) -> None:
    token = issue()
    response = client.get(f"/privacy/certificate/{token}?download=1")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert verdict(send(response.content.decode())) == GENUINE


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_link_only_reads(client: Client, method: str) -> None:
    path = f"/privacy/certificate/{issue()}"
    assert getattr(client, method)(path).status_code == 405
    assert client.head(path).status_code == 200


@pytest.mark.parametrize("language", ["en", "de", "id"])
def test_the_pages_speak_the_visitors_language(client: Client, language: str) -> None:
    token = issue()
    for path in (PAGE, f"/privacy/certificate/{token}", "/privacy/certificate/none"):
        response = client.get(path, headers={"Accept-Language": language})
        assert response.headers["Content-Language"] == language
        english = any(words in response.content for words in (b"Check a certificate", b"Certificate of your erasure"))
        assert english == (language == "en")


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/"])
def test_the_form_is_there_without_a_cookie_or_a_script(client: Client, path: str) -> None:
    response = client.get(path)
    text = response.content.decode()
    assert (response.status_code, verdict(response), len(response.cookies)) == (200, "none", 0)
    assert '<label for="certificate">' in text
    assert [word for word in ("<script", "style=", "<style", "onclick") if word in text] == []


def test_anybody_can_check_a_certificate_pasted_or_as_a_file(client: Client) -> None:
    signed = issued()
    before = (Certificate.objects.count(), AuditEntry.objects.count())
    rotate_key()
    assert verdict(send(signed)) == GENUINE
    assert verdict(send(f"\r\n {signed} \r\n")) == GENUINE
    assert verdict(send(json.dumps({"certificate": signed}))) == GENUINE
    upload = SimpleUploadedFile("certificate.txt", signed.encode())
    response = client.post(PAGE, {"file": upload, "certificate": ""})
    assert (verdict(response), len(response.cookies)) == (GENUINE, 0)
    assert (Certificate.objects.count(), AuditEntry.objects.count()) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"identifiers": [["email", "ann@example.org"]]},
        {"identifiers": [["email", "bob@example.org"], ["user_id", "ann-1"]]},
        {"identifiers": []},
        {"salt": "00" * 32},
        {"salt": "no hex"},
        {"path": []},
        {"path": ["00" * 32]},
        {"path": ["short"]},
        {"entry": {}},
        {"entry": {"seq": "5"}},
        {"entry": {"seq": 1e400}},
    ],
)
def test_what_was_signed_wrongly_is_not_valid_either(changes: dict[str, Any]) -> None:
    signed = issued()
    assert verdict(send(signed)) == GENUINE
    assert verdict(send(forged(signed))) == GENUINE
    response = send(forged(signed, **changes))
    assert (response.status_code, verdict(response)) == (200, NOT_VALID)


def test_one_persons_opening_does_not_open_anothers_entry() -> None:
    ann = issued()
    bob = find_certificate(issue(uuid4(), [("email", "bob@example.org")])).signed
    opening = {name: read_content(bob)[name] for name in ("salt", "identifiers")}
    assert verdict(send(forged(ann, **opening))) == NOT_VALID


def test_a_log_that_was_changed_since_shows() -> None:
    signed = issued()
    tamper("UPDATE audit_node SET digest = sha256(digest) WHERE level = 2 AND position = 0")
    response = send(signed)
    assert verdict(response) == NOT_VALID
    assert response.content.count(b'class="state yes"') == 3


def test_a_log_that_lost_the_entry_shows() -> None:
    signed = issued()
    tamper("DELETE FROM audit_entry WHERE seq >= 5")
    assert verdict(send(signed)) == NOT_VALID


def test_what_is_signed_as_something_else_is_no_certificate() -> None:
    from consent.receipt_issuing import issue_receipt

    signed = issued()
    for other in (
        issue_receipt(make_record(), [1]),
        read_content(signed)["head"],
        "a.b.c",
        "<script>alert(1)</script>",
    ):
        response = send(other)
        assert verdict(response) == NOT_VALID
        assert b"<script" not in response.content
    head, payload, signature = signed.split(".")
    assert verdict(send(f"{head}.{payload}.{signature[::-1]}")) == NOT_VALID
    assert len(split(signed, CERTIFICATE)) == 3


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({}, 400, "Paste a certificate or choose its file first."),
        ({"certificate": " \r\n"}, 400, "Paste a certificate or choose its file first."),
        ({"file": SimpleUploadedFile("a.bin", b"\xff\xfe\x00")}, 400, "This file is not text"),
        ({"certificate": "A" * 1_100_000}, 413, "This is too large to be a certificate."),
    ],
)
def test_a_form_without_a_certificate_is_answered_with_a_sentence(
    client: Client, fields: dict[str, object], status: int, words: str
) -> None:
    response = client.post(PAGE, fields)
    assert (response.status_code, verdict(response)) == (status, "none")
    assert words in response.content.decode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (b"{}", "application/json"),
        (b"a=1&" * 2000, "application/x-www-form-urlencoded"),
        (b"certificate=%ff%fe%00", "application/x-www-form-urlencoded"),
    ],
)
def test_a_broken_form_is_answered_with_a_page(client: Client, body: bytes, kind: str) -> None:
    response = client.post(PAGE, body, content_type=kind)
    assert response.status_code in (200, 400)
    assert verdict(response) != GENUINE
    assert b"Check a certificate" in response.content


def test_while_the_database_is_away_nothing_is_called_genuine_or_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issue()
    signed = find_certificate(token).signed

    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(certificate_module, "public_keys", away)
    for response in (send(signed), client.get(f"/privacy/certificate/{token}")):
        assert (response.status_code, verdict(response)) == (503, "none")


def test_a_head_over_a_longer_log_is_one_that_the_certificate_may_name() -> None:
    signed = issued()
    append_audit(type="retention.applied", content={"counts": {"message": 1}})
    assert verdict(send(signed)) == GENUINE
