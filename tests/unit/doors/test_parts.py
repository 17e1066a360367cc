"""The small parts of the doors."""

import base64
import threading
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from psycopg.adapt import Transformer
from psycopg.pq import Format

from cxprofiles.doors.background import Background
from cxprofiles.doors.bell import Bell
from cxprofiles.doors.cors import cors_headers, preflight
from cxprofiles.doors.intake import basic_user
from cxprofiles.doors.metrics import Notes
from cxprofiles.doors.recognise import token_digest
from cxprofiles.doors.routes import find_intake_path
from profiles.statements import INT4, INT4_ARRAY, UUID, UUID_ARRAY, pack_array, pack_int4


def loaded(oid: int, packed: bytes) -> Any:
    """What the driver reads from a packed value."""
    return Transformer().get_loader(oid, Format.BINARY).load(packed)


@given(st.lists(st.integers(-(2**31), 2**31 - 1)), st.lists(st.uuids()))
def test_packed_arrays_are_what_the_driver_would_read(numbers: list[int], ids: list[uuid.UUID]) -> None:
    assert loaded(INT4_ARRAY, pack_array(INT4, [pack_int4(number) for number in numbers])) == numbers
    assert loaded(UUID_ARRAY, pack_array(UUID, [one.bytes for one in ids])) == ids


@given(st.text(st.characters(codec="latin-1")))
def test_no_authorization_header_breaks_its_reader(header: str) -> None:
    assert isinstance(basic_user(header), str)


@given(st.text(st.characters(codec="utf-8", exclude_characters=":")), st.text())
def test_the_user_of_basic_is_what_stands_before_the_colon(user: str, password: str) -> None:
    encoded = base64.b64encode(f"{user}:{password}".encode("utf-8", "replace")).decode()
    assert basic_user(encoded) == user


def test_a_token_is_told_by_its_hash_whatever_the_case_of_bearer() -> None:
    assert token_digest("Bearer abc") == token_digest("bearer  abc ") != token_digest("Bearer abd")


@pytest.mark.parametrize(
    ("path", "dialect", "path_type"),
    [
        ("/v1/t", "segment", "track"),
        ("/v1/import/", "segment", "import"),
        ("/batch/", "posthog", "batch"),
        ("/api/s/track", "jitsu", "track"),
        ("/api/s/s2s/track/", "jitsu", "track"),
        ("/v1/cloudevents", "cloudevents", None),
    ],
)
def test_a_path_says_whose_format_it_is(path: str, dialect: str, path_type: str | None) -> None:
    assert find_intake_path(path) == (dialect, path_type)


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/x", "/v1/t//", "/api/s/a/b", "/api/s/s2s", "/V1/T"])
def test_other_paths_are_none(path: str) -> None:
    assert find_intake_path(path) is None


@given(st.text(st.characters(codec="latin-1")), st.text(st.characters(codec="latin-1")))
def test_no_origin_and_no_header_can_break_into_the_answer(origin: str, asked: str) -> None:
    environ = {"HTTP_ORIGIN": origin, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": asked}
    for name, value in [*cors_headers(environ), *preflight(environ).headers]:
        assert (name + value).isprintable()
        assert (name + value).isascii()


def test_work_beside_the_doors_goes_on_after_a_failure_and_is_done_once_more_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cxprofiles.doors.background.PAUSE", 0.001)
    monkeypatch.setattr("cxprofiles.doors.background.REST", 0.001)
    rounds = threading.Semaphore(0)

    def work() -> bool:
        rounds.release()
        raise RuntimeError

    beside = Background(work)
    for _ in range(3):
        beside.ensure()
        assert rounds.acquire(timeout=5)
    before = threading.active_count()
    beside.stop()
    assert threading.active_count() == before - 1
    beside.ensure()
    assert rounds.acquire(timeout=5)
    beside.stop()


def test_what_was_noted_is_counted_once() -> None:
    noted = Notes(most=3)
    for _ in range(5):
        noted.answers.append(("intake", 401, 0.001))
    before = REGISTRY.get_sample_value("cxprofiles_door_refusals_total", {"door": "intake", "status": "401"}) or 0.0
    noted.count()
    noted.count()
    after = REGISTRY.get_sample_value("cxprofiles_door_refusals_total", {"door": "intake", "status": "401"})
    assert after == before + 3


def test_the_bell_rings_after_every_commit_and_not_for_each() -> None:
    rung = threading.Semaphore(0)
    committed: list[int] = []
    rings: list[int] = []

    def ring() -> None:
        rings.append(len(committed))
        rung.release()

    bell = Bell(ring)
    for number in range(2000):
        committed.append(number)
        bell.ask()
    while not rings or rings[-1] < len(committed):
        assert rung.acquire(timeout=5)
    assert len(rings) < 500
