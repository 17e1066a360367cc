"""Every erasure ends with a certificate about whom it was, under the link that the person was told."""

import json

import pytest
from django.test import Client

from consent.audit.certificate import find_certificate, reserve_certificate
from consent.audit.checking import check_certificate
from consent.models import AuditEntry, Certificate
from consent.signing import public_keys
from profiles.models import Source
from profiles.privacy.requests import execute_request
from tests.factories.requests import NOBODY, submit


def test_an_erasure_is_certified_for_all_that_was_the_persons(ann: Source) -> None:
    shown = submit("erasure")
    path = f"/privacy/certificate/{reserve_certificate(shown.id)}"
    assert Client().get(path).status_code == 404
    assert execute_request(shown.id).state == "completed"
    found = check_certificate(find_certificate(reserve_certificate(shown.id)).signed, public_keys())
    assert (found.opens, found.included) == (True, True)
    names = [("anonymous_id", "browser"), ("email", "ann@example.org"), ("user_id", "ann-1")]
    assert found.stated.identifiers == names
    assert found.stated.entry["counts"]["profiles.interaction"] == 1
    assert b"This certificate is genuine" in Client().get(path).content


def test_the_log_tells_of_the_erasure_and_not_whose_it_was(ann: Source) -> None:
    shown = submit("erasure")
    execute_request(shown.id)
    entries = [json.loads(entry) for entry in AuditEntry.objects.order_by("seq").values_list("entry", flat=True)]
    types = [entry["type"] for entry in entries if entry.get("request") == str(shown.id)]
    assert types == [
        "request.received",
        "request.verified",
        "request.executing",
        "request.closed",
        "erasure.completed",
    ]
    assert not any(name in json.dumps(entries) for name in ("ann", "browser"))


@pytest.mark.parametrize("kind", ["access", "erasure"])
def test_where_nothing_was_erased_there_is_no_certificate(ann: Source, kind: str) -> None:
    execute_request(submit(kind, NOBODY).id)
    assert not Certificate.objects.exists()
