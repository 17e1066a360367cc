"""The pair that answers are signed with: the deployment's own, or one that every process finds."""

import multiprocessing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from consent import certificates
from consent.certificates import find_signer
from consent.protocols.x509 import BadPair, Pair, make_pair
from cxprofiles.checks import check_certificate

DOMAIN = "profiles.example"


@pytest.fixture(autouse=True)
def read_anew() -> None:
    certificates._made.cache_clear()
    certificates._given.cache_clear()


def give(settings: Any, folder: Path, pair: Pair) -> None:
    for name, content in (("OPENDSR_PRIVATE_KEY", pair.key), ("OPENDSR_CERTIFICATE", pair.certificate)):
        path = folder / name
        path.write_bytes(content)
        setattr(settings, name, path)


def test_a_deployments_own_pair_signs(settings: Any, tmp_path: Path) -> None:
    pair = make_pair(DOMAIN, now=datetime.now(UTC))
    give(settings, tmp_path, pair)
    response = Client().get("/v2/discovery")
    assert response["X-OpenDSR-Processor-Domain"] == DOMAIN
    assert Client().get("/opendsr/certificate.pem").content == pair.certificate
    assert [found.id for found in check_certificate(None)] == ["cxprofiles.W002"]


def test_a_pair_that_cannot_sign_is_found_at_the_start(settings: Any, tmp_path: Path) -> None:
    pair = make_pair(DOMAIN, now=datetime.now(UTC))
    give(settings, tmp_path, pair)
    settings.OPENDSR_DOMAIN = "other.example"
    assert [found.id for found in check_certificate(None)] == ["cxprofiles.E003"]
    settings.OPENDSR_DOMAIN = ""
    give(settings, tmp_path, pair._replace(key=make_pair(DOMAIN, now=datetime.now(UTC)).key))
    assert [found.id for found in check_certificate(None)] == ["cxprofiles.E003"]
    with pytest.raises(BadPair):
        find_signer()


def test_without_one_nothing_is_complained_of_since_it_is_made(settings: Any) -> None:
    assert check_certificate(None) == []


def made_in(folder: Path) -> bytes:
    return certificates._made(folder, DOMAIN).certificate


def test_processes_that_start_together_make_one_pair(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(3) as pool:
        found = pool.map(made_in, [tmp_path] * 6, chunksize=1)
    assert len(set(found)) == 1
    assert oct((tmp_path / f"{DOMAIN}.key.pem").stat().st_mode)[-3:] == "600"


def test_a_pair_that_is_over_is_made_anew(tmp_path: Path) -> None:
    old = make_pair(DOMAIN, now=datetime(2020, 1, 1, tzinfo=UTC))
    (tmp_path / f"{DOMAIN}.key.pem").write_bytes(old.key)
    (tmp_path / f"{DOMAIN}.pem").write_bytes(old.certificate)
    assert made_in(tmp_path) != old.certificate


def test_answers_name_the_domain_that_requests_come_to(settings: Any) -> None:
    """Where none is set: one of the service's own names, and no other that a stranger may state."""
    settings.ALLOWED_HOSTS = ["one.example", ".many.example"]
    one = Client().get("/v2/discovery", headers={"host": "one.example:8000"})
    assert one["X-OpenDSR-Processor-Domain"] == "one.example"
    assert one.json()["processor_certificate"] == "http://one.example:8000/opendsr/certificate.pem"
    made_up = Client().get("/v2/discovery", headers={"host": "x1.many.example"})
    assert made_up["X-OpenDSR-Processor-Domain"] == "localhost"
    settings.OPENDSR_DOMAIN = DOMAIN
    assert Client().get("/v2/discovery", headers={"host": "one.example"})["X-OpenDSR-Processor-Domain"] == DOMAIN
