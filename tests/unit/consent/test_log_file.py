"""The append-only file: whole lines in order, and every cut and change shows."""

import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.log_file import BLOCK, LogBroken, append_line, last_position, read_lines


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "log"


def fill(log: Path, count: int = 5) -> None:
    for number in range(count):
        append_line(log, {"said": number})


def test_lines_are_read_back_in_order(log: Path) -> None:
    fill(log)
    assert [(line.position, line.content["said"]) for line in read_lines(log)] == [(n + 1, n) for n in range(5)]
    assert [line.position for line in read_lines(log, after=3)] == [4, 5]
    assert last_position(log) == 5


def test_no_file_has_no_lines(log: Path) -> None:
    assert (read_lines(log), last_position(log)) == ([], 0)


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    assert (read_lines(log), last_position(log)) == ([], 0)
    assert append_line(log, {}) == 1


def test_lines_longer_than_a_block_are_read_too(log: Path) -> None:
    for _ in range(3):
        append_line(log, {"long": "x" * (BLOCK + 7)})
    assert [line.position for line in read_lines(log)] == [1, 2, 3]
    assert last_position(log) == 3


def test_only_its_owner_can_read_it(log: Path) -> None:
    fill(log, 1)
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_line_left_half_written_is_no_line_and_the_next_takes_its_place(log: Path) -> None:
    fill(log, 2)
    with log.open("ab") as file:
        file.write(b'{"n":3,"prev":"')
    assert [line.position for line in read_lines(log)] == [1, 2]
    assert append_line(log, {"said": "whole"}) == 3
    assert [line.content.get("said") for line in read_lines(log)] == [0, 1, "whole"]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 4), st.integers(0, 300), st.integers(0, 255))
def test_any_changed_byte_before_the_last_line_shows(
    tmp_path_factory: pytest.TempPathFactory, line: int, place: int, byte: int
) -> None:
    log = tmp_path_factory.mktemp("log") / "log"
    fill(log, 6)
    lines = log.read_bytes().splitlines(keepends=True)
    changed = bytearray(lines[line])
    changed[place % len(changed)] = byte
    if bytes(changed) == lines[line]:
        return
    log.write_bytes(b"".join([*lines[:line], bytes(changed), *lines[line + 1 :]]))
    with pytest.raises(LogBroken):
        read_lines(log)


@pytest.mark.parametrize("gone", [0, 2])
def test_a_line_that_was_taken_out_shows(log: Path, gone: int) -> None:
    fill(log)
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))
    with pytest.raises(LogBroken):
        read_lines(log)


@pytest.mark.parametrize("nonsense", [b"nonsense\n", b"[]\n", b'{"n":"x","prev":""}\n', b"\n"])
def test_nonsense_is_no_log(tmp_path: Path, nonsense: bytes) -> None:
    log = tmp_path / "log"
    log.write_bytes(nonsense)
    with pytest.raises(LogBroken):
        read_lines(log)
    with pytest.raises(LogBroken):
        append_line(log, {})
    assert log.read_bytes() == nonsense


def test_processes_write_one_after_the_other(log: Path) -> None:
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(write_many, [str(log)] * 4))
    assert [line.position for line in read_lines(log)] == list(range(1, 41))
    assert json.loads(log.read_bytes().splitlines()[-1])["n"] == 40


def write_many(path: str) -> None:
    for _ in range(10):
        append_line(Path(path), {"by": "one of several"})
