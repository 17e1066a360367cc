"""What is proved about requests at the doors: the log, worked out anew by somebody else, and certificates."""

import itertools
import json
import re
from hashlib import sha256
from html import unescape
from urllib.parse import urlencode, urlsplit

import pytest

from tests.integration.cases.requests import Officer
from tests.integration.cases.service import Json, Service, content, email, track, user

ANN = user("ann")
CHECKER = "/audit/verify"
FORM = "application/x-www-form-urlencoded"
GENUINE, NOT_VALID = "This certificate is genuine", "This certificate is not valid"


@pytest.fixture
def officer(service: Service) -> Officer:
    service.tell(track(userId="ann", context={"traits": {"email": "ann@example.org", "city": "Gent"}}))
    return Officer(service)


def public(service: Service, path: str) -> Json:
    """What anybody reads of the log."""
    return content(service.anyone("GET", path))


def leaf_of(entry: Json) -> bytes:
    """An entry as its leaf has it: sorted, nothing between. The entries hold no numbers but whole ones."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\1" + root_of(leaves[:half]) + root_of(leaves[half:])).digest()


def test_anybody_works_out_the_signed_root_from_entries_that_name_nobody(officer: Officer) -> None:
    officer.done("opt_out_sale_share", email("nobody@example.org"))
    officer.done("erasure", ANN)
    told: list[Json] = public(officer.service, "/v1/audit/entries")["entries"]
    assert {"request.received", "request.closed", "erasure.completed"} <= {one["type"] for one in told}
    for before, after in itertools.pairwise(told):
        assert after["prev"] == sha256(leaf_of(before)).hexdigest()
    head = public(officer.service, "/v1/audit/head")
    assert head["root"] == root_of([leaf_of(one) for one in told[: head["size"]]]).hex()
    assert not re.search(r"\bann\b|gent|nobody|example\.org", json.dumps(told), re.IGNORECASE)


def certificate_page(officer: Officer) -> tuple[str, str]:
    """The path of the certificate of Ann's erasure, and the page there."""
    path = urlsplit(officer.done("erasure", ANN)["certificate_url"]).path
    page = officer.service.anyone("GET", path)
    assert page.status == 200
    return path, unescape(page.body.decode())


def test_a_certificate_opens_the_persons_erasure_and_another_link_opens_nothing(officer: Officer) -> None:
    path, page = certificate_page(officer)
    assert "ann@example.org" in page
    assert officer.service.anyone("GET", f"{path[:-4]}{'abcd' if path[-4:] != 'abcd' else 'dcba'}").status == 404


def test_anybody_can_check_it_and_no_letter_of_it_can_be_changed(officer: Officer) -> None:
    path, _ = certificate_page(officer)
    signed = officer.service.anyone("GET", f"{path}?download=1").body.decode()
    middle = len(signed) // 2
    other = signed[:middle] + ("A" if signed[middle] != "A" else "B") + signed[middle + 1 :]
    for text, verdict in ((signed, GENUINE), (other, NOT_VALID)):
        body = urlencode({"certificate": text}).encode()
        answered = officer.service.anyone("POST", CHECKER, body, Content_Type=FORM)
        assert verdict in answered.body.decode()
