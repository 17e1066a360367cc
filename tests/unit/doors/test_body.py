"""Reading a body without holding more of it than is allowed."""

import io
import time
from typing import Any

import pytest

from cxprofiles.api.errors import Problem
from cxprofiles.doors import body
from cxprofiles.doors.body import read_body


class Pieces(io.BytesIO):
    """A stream that gives less than it is asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size, 3) if size is not None and size >= 0 else 3)


def environ(stream: io.BytesIO, length: str | None, *, terminated: bool = True) -> dict[str, Any]:
    said = {} if length is None else {"CONTENT_LENGTH": length}
    return {"wsgi.input": stream, "wsgi.input_terminated": terminated, **said}


@pytest.mark.parametrize("kind", [io.BytesIO, Pieces])
@pytest.mark.parametrize("length", ["10", None, ""])
def test_a_body_within_the_limit_is_read_whole(kind: type[io.BytesIO], length: str | None) -> None:
    assert read_body(environ(kind(b"0123456789"), length), 10) == b"0123456789"


@pytest.mark.parametrize("kind", [io.BytesIO, Pieces])
@pytest.mark.parametrize("length", ["11", None])
def test_a_body_past_the_limit_is_drained_and_refused(kind: type[io.BytesIO], length: str | None) -> None:
    stream = kind(b"0123456789a")
    with pytest.raises(Problem) as refused:
        read_body(environ(stream, length), 10)
    assert refused.value.status == 413
    assert stream.tell() == 11


def test_no_more_is_read_than_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO(b"0123456789" * 100)
    assert read_body(environ(stream, "4"), 10) == b"0123"
    assert read_body(environ(stream, "0"), 10) == b""
    assert stream.tell() == 4


@pytest.mark.parametrize("length", ["-1", "1e3", "ten", "9" * 30])
def test_a_length_that_is_none_or_beyond_belief_does_no_harm(length: str) -> None:
    stream = io.BytesIO(b"0123456789" * 2)
    with pytest.raises(Problem):
        read_body(environ(stream, length), 10)


def test_without_an_end_in_sight_nothing_is_read() -> None:
    assert read_body(environ(io.BytesIO(b"0123456789"), None, terminated=False), 10) == b""


def test_draining_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.taken += size or 0
            return b" " * (size or 0)

    stream = Endless()
    with pytest.raises(Problem):
        read_body(environ(stream, None), 10)
    assert body.MOST_DRAINED <= stream.taken <= body.MOST_DRAINED + 2 * body.CHUNK
    monkeypatch.setattr(body, "LONGEST_DRAIN", 0.0)
    began = time.monotonic()
    with pytest.raises(Problem):
        read_body(environ(Endless(), str(10**9)), 10)
    assert time.monotonic() - began < 1
