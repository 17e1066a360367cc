"""From the protocol's message to the end: somebody of whom something is stored, by the real engine."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from consent.models import PrivacyRequest
from profiles.models import Identifier, Source
from profiles.privacy.requests import execute_request
from tests.factories.callers import Caller
from tests.factories.channels import event, tell
from tests.factories.protocols import dsr, identity

ANN = identity(value="ann@example.org")


@pytest.fixture(autouse=True)
def ann(shop: Source) -> None:
    """Ann is known by her account and her address."""
    tell(shop, event(userId="ann-1", context={"traits": {"email": "ann@example.org"}}))


def carry_out(service: Caller, type_: str) -> str:
    body = dsr(subject_request_type=type_, subject_identities=[ANN], submitted_time=datetime.now(UTC).isoformat())
    assert service.post("/v2/requests", body).status == 201
    execute_request(PrivacyRequest.objects.get().id)
    return str(body["subject_request_id"])


def test_an_erasure_is_carried_out_and_counted(service: Caller) -> None:
    id_ = carry_out(service, "erasure")
    shown = service.get(f"/v2/requests/{id_}").content
    assert shown["request_status"] == "completed"
    assert shown["results_count"] > 0
    assert not Identifier.objects.filter(value="ann@example.org").exists()


def test_an_access_gives_an_address_at_which_the_package_is(service: Caller) -> None:
    id_ = carry_out(service, "access")
    shown = service.get(f"/v2/requests/{id_}").content
    assert shown["request_status"] == "completed"
    path = "/" + shown["results_url"].split("/", 3)[3]
    assert service.get(path).status == 200
    assert UUID(id_)
