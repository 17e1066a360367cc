"""Receipts in the database: keys that rotate or change, what stays verifiable, and what cannot be rewritten."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from consent.models import Notice, Receipt, SigningKey
from consent.receipt_issuing import NoSuchReceipt, find_issued, find_notice, issue_receipt
from consent.receipts import NoticeShown, Terms, json_ld
from consent.signatures import BadReceipt, derive_key, derived_keys, read_header, verify_receipt
from consent.signing import active_key, public_keys, rotate_key
from tests.factories.receipts import RECORD, TERMS, make_record

OTHER = b"another secret of thirty-two characters"


def kid_of(receipt: str) -> str:
    """The key that signed a receipt."""
    return str(read_header(receipt)["kid"])


@pytest.mark.django_db
def test_a_receipt_is_signed_kept_and_found_again() -> None:
    record = make_record()
    jws = issue_receipt(record, [7, 3, 7])
    assert verify_receipt(jws, public_keys()) == json_ld(record)
    issued = find_issued(record.id)
    assert (issued.jws, issued.identifier_ids, issued.issued_at) == (jws, [3, 7], record.issued_at)
    assert issued.record == json_ld(record)
    with pytest.raises(NoSuchReceipt):
        find_issued(make_record().id)


@pytest.mark.django_db
def test_an_act_has_one_receipt() -> None:
    record = make_record()
    issue_receipt(record, [1])
    with pytest.raises(IntegrityError), transaction.atomic():
        issue_receipt(record, [1])


@pytest.mark.django_db
def test_the_first_key_is_made_once_and_published_before_that() -> None:
    before = public_keys()["keys"]
    assert [active_key().kid, active_key().kid] == [before[0]["kid"]] * 2
    stored = SigningKey.objects.get()
    assert (stored.id, stored.kid, stored.active, stored.jwk) == (1, before[0]["kid"], True, before[0])


@pytest.mark.django_db
def test_rotation_keeps_old_receipts_verifiable_and_the_next_key_was_known_before() -> None:
    old = issue_receipt(make_record(), [1])
    kept_by_a_verifier = public_keys()
    assert rotate_key().kid != kid_of(old)
    new = issue_receipt(make_record(), [1])
    assert [kid[:3] for kid in (kid_of(old), kid_of(new))] == ["r1-", "r2-"]
    for receipt in (old, new):
        verify_receipt(receipt, public_keys())
        verify_receipt(receipt, kept_by_a_verifier)
        verify_receipt(receipt, derived_keys(settings.RECEIPT_SECRET, 50))
    assert SigningKey.objects.filter(active=True).count() == 1


@pytest.mark.django_db
def test_another_secret_gets_a_key_of_its_own_and_old_receipts_stay_verifiable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = issue_receipt(make_record(), [1])
    monkeypatch.setattr(settings, "RECEIPT_SECRET", OTHER)
    new = issue_receipt(make_record(), [1])
    assert kid_of(new) == derive_key(OTHER, 2).kid
    for receipt in (old, new):
        verify_receipt(receipt, public_keys())
    with pytest.raises(BadReceipt):
        verify_receipt(old, derived_keys(OTHER, 50))


@pytest.mark.django_db
def test_processes_with_two_secrets_do_not_make_a_key_for_every_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = settings.RECEIPT_SECRET
    for secret in (mine, OTHER, mine, OTHER, mine):
        monkeypatch.setattr(settings, "RECEIPT_SECRET", secret)
        verify_receipt(issue_receipt(make_record(), [1]), public_keys())
    assert list(SigningKey.objects.order_by("id").values_list("id", "active")) == [(1, True), (2, False)]


@pytest.mark.django_db
def test_the_database_refuses_a_second_active_key() -> None:
    active_key()
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningKey.objects.create(id=9, kid="r9-00000000", jwk={}, active=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("work", [active_key, lambda: issue_receipt(make_record(), [1])], ids=["key", "receipt"])
def test_many_at_once_agree_on_the_first_key(work: Callable[[], Any]) -> None:
    empty_keys()
    together, failures = threading.Barrier(4), []

    def run() -> None:
        try:
            together.wait(10)
            with transaction.atomic():
                work()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert list(SigningKey.objects.values_list("id", "active")) == [(1, True)]


def empty_keys() -> None:
    """As in a database that has never signed."""
    SigningKey.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_receipt SET jws = 'forged'",
        "UPDATE consent_receipt SET identifier_ids = '[]'",
        "DELETE FROM consent_receipt",
        "TRUNCATE consent_receipt",
    ],
)
def test_the_database_refuses_to_rewrite_a_receipt(statement: str) -> None:
    record = make_record()
    jws = issue_receipt(record, [1])
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL cxprofiles.may_truncate = 'off'")
        cursor.execute(statement)
    assert Receipt.objects.get(id=record.id).jws == jws


@pytest.mark.django_db
def test_a_notice_brings_its_hash_and_its_terms_and_the_deployment_fills_in(monkeypatch: pytest.MonkeyPatch) -> None:
    Notice.objects.create(
        key="receipts-test", version="3", language="fr", text="…", sha256="ab" * 32, terms={"jurisdiction": "FR"}
    )
    monkeypatch.setattr(settings, "CONSENT_CONTROLLER", TERMS)
    terms = Terms(jurisdiction="FR").over(TERMS)
    assert find_notice("receipts-test", "3", "fr") == (NoticeShown("receipts-test", "3", "fr", "ab" * 32), terms)
    # One accepts a version, not one translation of it.
    assert find_notice("receipts-test", "3", "en", "https://a.example") == (
        NoticeShown("receipts-test", "3", "en", "", "https://a.example"),
        terms,
    )
    assert find_notice("receipts-test", "4", "fr") == (NoticeShown("receipts-test", "4", "fr"), TERMS)


@pytest.mark.django_db
def test_terms_that_cannot_be_read_tell_nothing() -> None:
    Notice.objects.create(
        key="receipts-test", version="1", language="en", text="…", sha256="00" * 32, terms={"jurisdiction": 7}
    )
    assert find_notice("receipts-test", "1", "en")[1] == Terms()


@pytest.mark.django_db
def test_a_receipt_fits_on_the_page_that_checks_it_with_every_purpose_there_is() -> None:
    many = tuple(one for one in RECORD.decisions for _ in range(20))
    verify_receipt(issue_receipt(make_record(decisions=many), [1]), public_keys())
