"""OpenDSR over HTTP, as a controller meets it: cases DSR-*, and their neighbours."""

import base64
import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client

from consent.certificates import find_signer
from consent.models import Caller as CallerRow
from consent.models import Package, PrivacyRequest
from profiles.privacy.requests import deny_request, execute_request, extend_request
from tests.factories.callers import Answered, Caller
from tests.factories.protocols import CASES, dsr, identity

STATUS = ("controller_id", "expected_completion_time", "subject_request_id", "request_status", "api_version")


def verify(answered: Answered, prefix: str = "x-opendsr") -> None:
    """As a controller does: fetch the certificate that discovery names, and verify the body's bytes."""
    url = Client().get("/v2/discovery").json()["processor_certificate"]
    certificate = x509.load_pem_x509_certificate(Client().get(url.removeprefix("http://testserver")).content)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert answered.headers[f"{prefix}-processor-domain"] in names.get_values_for_type(x509.DNSName)
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signature = base64.b64decode(answered.headers[f"{prefix}-signature"], validate=True)
    key.verify(signature, answered.body, padding.PKCS1v15(), hashes.SHA256())


def word(service: Caller, id_: str) -> str:
    answered = service.get(f"/v2/requests/{id_}")
    assert answered.status == 200, answered.body
    verify(answered)
    return str(answered.content["request_status"])


def messages(answered: Answered) -> list[str]:
    assert answered.content["error"]["code"] == answered.status
    return [one["message"] for one in answered.content["error"]["errors"]]


def test_dsr_01_a_valid_request_gets_a_signed_receipt(service: Caller) -> None:
    case = CASES["DSR-01"]
    raw = json.dumps(case["given"]["body"], indent=1).encode()
    answered = service.post(case["given"]["POST"], raw)
    assert answered.status == case["expected"]["status"]
    assert list(answered.content) == case["expected"]["body_keys"]
    assert {name.lower() for name in case["expected"]["headers"]} <= set(answered.headers)
    verify(answered)
    receipt = answered.content
    assert base64.b64decode(receipt["encoded_request"]) == raw
    assert (receipt["controller_id"], receipt["subject_request_id"]) == (
        service.name,
        case["given"]["body"]["subject_request_id"],
    )
    assert receipt["received_time"] < receipt["expected_completion_time"]
    row = PrivacyRequest.objects.get()
    assert (row.source, row.type, row.regulation) == ("opendsr", "erasure", "gdpr")
    assert (row.identity_level, row.identity_method) == ("verified", "controller")


def test_the_clock_runs_from_when_the_person_asked_but_from_no_later_than_now(service: Caller) -> None:
    lately = (datetime.now(UTC) - timedelta(days=3)).replace(microsecond=0)

    def received_at(told: str) -> datetime:
        body = dsr(submitted_time=told, subject_identities=[identity(value=f"{told[:4]}@example.com")])
        assert service.post("/v2/requests", body).status == 201
        return PrivacyRequest.objects.get(external_id=body["subject_request_id"]).received_at

    assert received_at(lately.isoformat()) == lately
    assert received_at("2999-03-01T15:00:00Z") <= datetime.now(UTC)
    # The specification's own example. A time of so long ago is taken as far back as times are believed here.
    assert received_at("2018-10-02T15:00:00Z") < datetime.now(UTC) - timedelta(days=1000)


def test_a_signature_over_other_bytes_is_noticed(service: Caller) -> None:
    answered = service.post("/v2/requests", dsr())
    with pytest.raises(InvalidSignature):
        verify(Answered(answered.status, answered.headers, answered.body + b" "))


def test_dsr_02_a_request_without_regulation_is_refused(service: Caller) -> None:
    expected = CASES["DSR-02"]["expected"]
    answered = service.post("/v2/requests", dsr(regulation=None))
    assert answered.status == expected["status"]
    assert answered.content["error"] == expected["error"]
    verify(answered)
    assert not PrivacyRequest.objects.exists()


def test_dsr_02_a_lenient_deployment_takes_it_under_its_own_regulation(service: Caller, settings: Any) -> None:
    settings.OPENDSR_LENIENT = True
    settings.PRIVACY_REGULATION = "ccpa"
    assert service.post("/v2/requests", dsr(regulation=None)).status == 201
    assert PrivacyRequest.objects.get().regulation == "ccpa"


def test_dsr_03_an_upper_case_id_is_refused(service: Caller) -> None:
    case = CASES["DSR-03"]
    id_ = case["given"]["subject_request_id"]
    assert service.post("/v2/requests", dsr(subject_request_id=id_)).status == case["expected"]["status"]
    assert service.get(f"/v2/requests/{id_}").status == 400
    assert service.delete(f"/v2/requests/{id_}").status == 400


def test_dsr_04_the_same_again_gets_the_same_receipt_and_another_body_is_a_conflict(service: Caller) -> None:
    case = CASES["DSR-04"]
    body = dsr(subject_request_id=case["given"]["same_id_twice"])
    first, second = service.post("/v2/requests", body), service.post("/v2/requests", body)
    assert (first.status, second.status) == (201, 201)
    signature = "x-opendsr-signature"
    assert (second.body, second.headers[signature]) == (first.body, first.headers[signature])
    assert PrivacyRequest.objects.count() == 1
    other = service.post("/v2/requests", {**body, "subject_request_type": "access"})
    assert other.status == case["expected"]["different_body"]
    verify(other)
    callbacks_alone = service.post("/v2/requests", {**body, "status_callback_urls": []})
    assert callbacks_alone.status == 409
    assert PrivacyRequest.objects.count() == 1


def test_dsr_04_the_receipt_stays_the_same_after_the_request_is_over(service: Caller) -> None:
    body = dsr()
    first = service.post("/v2/requests", body)
    assert service.delete(f"/v2/requests/{body['subject_request_id']}").status == 202
    again = service.post("/v2/requests", body)
    assert (again.status, again.body) == (201, first.body)


def test_dsr_04_each_controller_has_numbers_of_its_own(service: Caller) -> None:
    body, other = dsr(), Caller("privacy")
    assert service.post("/v2/requests", body).status == 201
    changed = {**body, "subject_identities": [identity(value="jane@example.com")]}
    assert other.get(f"/v2/requests/{body['subject_request_id']}").status == 404
    assert other.post("/v2/requests", changed).status == 201


def test_dsr_09_the_earlier_names_are_served_with_their_headers(service: Caller) -> None:
    case = CASES["DSR-09"]
    body = dsr(regulation=None, api_version="0.1")
    answered = service.post(case["given"]["POST"], body)
    assert answered.status == case["expected"]["status"]
    assert case["expected"]["header"].lower() in answered.headers
    verify(answered, "x-opengdpr")
    status = service.get(f"/v1/opengdpr_requests/{body['subject_request_id']}")
    assert (status.status, status.content["api_version"]) == (200, "1.0")
    verify(status, "x-opengdpr")
    cancelled = service.delete(f"/v1/opengdpr_requests/{body['subject_request_id']}")
    assert cancelled.status == 202
    verify(cancelled, "x-opengdpr")
    discovery = Client().get("/v1/discovery")
    assert (discovery.json()["api_version"], "X-OpenGDPR-Signature" in discovery) == ("1.0", True)


def test_dsr_09_a_legacy_caller_may_send_what_the_newest_version_says(service: Caller) -> None:
    assert service.post("/v1/opengdpr_requests", dsr()).status == 201
    answered = service.post("/v1/opencompliance_requests", dsr(api_version="1.0"))
    assert answered.status == 201
    verify(answered, "x-opencompliance")


def test_discovery_is_open_signed_and_says_what_is_served() -> None:
    response = Client().get("/v2/discovery")
    found = response.json()
    assert found["api_version"] == "2.0"
    assert found["supported_subject_request_types"] == ["access", "portability", "erasure"]
    assert {"identity_type": "email", "identity_format": "raw"} in found["supported_identities"]
    answered = Answered(200, {name.lower(): value for name, value in response.items()}, response.content)
    verify(answered)


def test_the_certificates_address_is_the_public_one(settings: Any) -> None:
    settings.PUBLIC_URL = "https://profiles.example"
    assert (
        Client().get("/v2/discovery").json()["processor_certificate"]
        == "https://profiles.example/opendsr/certificate.pem"
    )


@pytest.mark.parametrize("type_", ["access", "portability", "erasure"])
def test_each_type_goes_from_pending_to_completed(service: Caller, type_: str) -> None:
    body = dsr(subject_request_type=type_)
    assert service.post("/v2/requests", body).status == 201
    assert word(service, body["subject_request_id"]) in ("pending", "in_progress")
    execute_request(PrivacyRequest.objects.get().id)
    # Nothing is held of them, so all that was asked is done.
    assert word(service, body["subject_request_id"]) == "completed"


def test_the_status_has_the_members_of_the_specification(service: Caller) -> None:
    body = dsr()
    receipt = service.post("/v2/requests", body).content
    for path in ("/v2/requests", "/v2/status"):
        answered = service.get(f"{path}/{body['subject_request_id']}")
        verify(answered)
        assert set(STATUS) <= set(answered.content)
        assert answered.content["expected_completion_time"] == receipt["expected_completion_time"]
        assert "results_url" not in answered.content


def test_results_are_told_to_who_authenticates_while_they_can_be_fetched(service: Caller, settings: Any) -> None:
    settings.PUBLIC_URL = "https://profiles.example"
    body = dsr(subject_request_type="access")
    service.post("/v2/requests", body)
    row = PrivacyRequest.objects.get()
    PrivacyRequest.objects.update(state="completed", closed_at=datetime.now(UTC))
    made = {"id": row.id, "digest": b"\1" * 32, "made_at": datetime.now(UTC), "size": 1}
    Package.objects.create(request=row, expires_at=datetime.now(UTC) + timedelta(days=7), **made)
    shown = service.get(f"/v2/requests/{body['subject_request_id']}").content
    assert shown["results_url"].startswith("https://profiles.example/privacy/package/")
    Package.objects.update(fetched_at=datetime.now(UTC))
    assert "results_url" not in service.get(f"/v2/requests/{body['subject_request_id']}").content


def test_a_pending_request_can_be_cancelled_and_only_that(service: Caller) -> None:
    body = dsr()
    path = f"/v2/requests/{body['subject_request_id']}"
    service.post("/v2/requests", body)
    answered = service.delete(path)
    assert answered.status == 202
    verify(answered)
    assert set(answered.content) == {"controller_id", "subject_request_id", "received_time", "api_version"}
    assert word(service, body["subject_request_id"]) == "cancelled"
    assert service.delete(path).status == 202
    PrivacyRequest.objects.update(state="executing")
    refused = service.delete(path)
    assert refused.status == 409
    verify(refused)


def test_a_denied_request_is_told_as_cancelled_as_there_is_no_other_word(service: Caller) -> None:
    body = dsr()
    service.post("/v2/requests", body)
    PrivacyRequest.objects.update(state="awaiting_approval", needs_approval=True, executing_since=None)
    deny_request(
        id=PrivacyRequest.objects.get().id, reason="legal_claims", explanation="A claim is open.", actor="staff:1"
    )
    assert word(service, body["subject_request_id"]) == "cancelled"


def test_more_time_is_told_in_the_expected_completion(service: Caller) -> None:
    body = dsr(submitted_time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    first = service.post("/v2/requests", body).content["expected_completion_time"]
    PrivacyRequest.objects.update(state="awaiting_approval", needs_approval=True, executing_since=None)
    extend_request(id=PrivacyRequest.objects.get().id, reason="Many requests.", actor="staff:1")
    shown = service.get(f"/v2/requests/{body['subject_request_id']}").content
    assert shown["expected_completion_time"] > first


def test_who_is_not_known_gets_nothing(service: Caller) -> None:
    body, nobody = dsr(), Client()
    for method, path in itertools.product(("GET", "DELETE"), (f"/v2/requests/{body['subject_request_id']}",)):
        assert nobody.generic(method, path).status_code == 401
    response = nobody.post("/v2/requests", body, content_type="application/json")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="cxprofiles"')
    assert response.json()["error"]["code"] == 401
    without_scope = Caller("recognise")
    assert without_scope.post("/v2/requests", body).status == 401
    assert not PrivacyRequest.objects.exists()


def put(service: Caller, name: str = "acme", **fields: Any) -> Callable[..., Answered]:
    """Register a controller; what asks in its name."""
    assert service.put(f"/v1/privacy/callers/opendsr/{name}", fields).status == 200
    token = service.post(f"/v1/privacy/callers/opendsr/{name}/rotate").content["token"]
    return lambda method, path, body=None: service.ask(method, path, body, headers={"Authorization": f"Bearer {token}"})


def test_a_controller_has_a_token_of_its_own_until_it_is_rotated_or_revoked(service: Caller) -> None:
    acme = put(service)
    answered = acme("POST", "/v2/requests", dsr())
    assert (answered.status, answered.content["controller_id"]) == (201, "acme")
    assert PrivacyRequest.objects.get().requester == "opendsr:acme"
    assert acme("GET", "/v1/profiles/lookup").status == 401
    again = put(service)
    assert acme("POST", "/v2/requests", dsr()).status == 401
    assert service.post("/v1/privacy/callers/opendsr/acme/revoke").status == 200
    assert again("POST", "/v2/requests", dsr()).status == 401
    assert CallerRow.objects.get().token_digest is None


def test_callbacks_go_to_a_controllers_own_hosts_alone(service: Caller) -> None:
    acme = put(service, callback_hosts=["Controller.example"])
    assert acme("POST", "/v2/requests", dsr()).status == 201
    refused = acme("POST", "/v2/requests", dsr(status_callback_urls=["https://evil.example/"]))
    assert refused.status == 400
    assert messages(refused)[0].startswith("status_callback_urls[0] cannot be called back")


@pytest.mark.parametrize(
    "url", ["http://controller.example/", "https://10.0.0.1/", "https://[::1]/", "https://u:p@c.example/"]
)
def test_no_callback_goes_into_this_network_or_in_the_clear(service: Caller, url: str) -> None:
    assert service.post("/v2/requests", dsr(status_callback_urls=[url])).status == 400


def test_no_error_repeats_a_value(service: Caller) -> None:
    secret = "jane.secret@example.com"
    for body in (
        dsr(subject_identities=[identity(value=secret, form=secret)]),
        dsr(subject_identities=[identity(secret, secret)]),
        dsr(subject_identities=[identity(value=f"not an address {secret} at all")]),
        dsr(subject_request_type=secret, regulation=secret, submitted_time=secret, api_version=secret),
        dsr(subject_request_id=secret, extensions={"localhost": {secret: 1}}),
    ):
        answered = service.post("/v2/requests", body)
        assert answered.status == 400
        assert b"secret" not in answered.body


def test_too_large_a_body_and_wrong_methods_are_told_in_the_protocols_shape(service: Caller) -> None:
    large = service.post("/v2/requests", b" " * 300_000)
    assert (large.status, large.content["error"]["code"]) == (413, 413)
    wrong = service.put("/v2/requests", {})
    assert (wrong.status, wrong.content["error"]["code"]) == (405, 405)


def test_every_process_signs_with_the_same_pair() -> None:
    from consent import certificates

    first = find_signer()
    certificates._made.cache_clear()
    assert find_signer().certificate == first.certificate
