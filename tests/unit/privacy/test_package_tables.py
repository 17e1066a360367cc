"""Tables of packages as files, and who traits are from."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.privacy.origins import INFERRED, OBSERVED, PROVIDED, origin_of, without_inferred
from profiles.privacy.package_words import ALWAYS, BESIDE, LOGIC, TITLES, paragraphs_of
from profiles.privacy.tables import DANGEROUS, Archive, Table, cell_of

AT = (2026, 1, 1, 0, 0, 0)


class Kept(io.BytesIO):
    """What is kept aside, in memory."""

    def take_back(self) -> list[bytes]:
        return [self.getvalue()]


def written(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> dict[str, bytes]:
    sink = io.BytesIO()
    archive = Archive(Unseekable(sink), Kept, AT)
    assert archive.add_table(Table("t", columns, lambda: rows)) == len(rows)
    archive.close()
    with ZipFile(sink) as found:
        return {name: found.read(name) for name in found.namelist()}


class Unseekable:
    """A place that bytes can only be sent to."""

    def __init__(self, into: io.BytesIO) -> None:
        self._into = into

    def write(self, content: bytes, /) -> int:
        return self._into.write(content)

    def flush(self) -> None: ...

    def close(self) -> None: ...


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]))


@given(st.lists(st.fixed_dictionaries({"a": texts, "b": st.none() | st.integers(-(10**9), 10**9) | st.booleans()})))
def test_what_is_written_can_be_read_back(rows: list[dict[str, Any]]) -> None:
    files = written(rows, ("a", "b"))
    assert json.loads(files["t.json"]) == rows
    text = files["t.csv"].decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[0] == ["a", "b"]
    assert [len(row) for row in read] == [2] * (len(rows) + 1)
    for cells, row in zip(read[1:], rows, strict=True):
        assert not cells[0].startswith(DANGEROUS)
        assert cells[0].removeprefix("'") == row["a"].removeprefix("'")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "true"),
        (-5, "-5"),
        (1.5, "1.5"),
        ("=1+1", "'=1+1"),
        ({"a": 1}, '{"a":1}'),
        (["x"], '["x"]'),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00Z"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_cells(value: Any, cell: str) -> None:
    assert cell_of(value) == cell


def test_a_large_table_goes_out_in_pieces() -> None:
    rows = [{"a": "x" * 1000} for _ in range(1000)]
    assert json.loads(written(rows, ("a",))["t.json"]) == rows


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("email", PROVIDED),
        ("credit_score", INFERRED),
        ("riskScore", INFERRED),
        ("predicted_value", INFERRED),
        ("page_views", OBSERVED),
        ("quiz_score", PROVIDED),
    ],
)
def test_origins(name: str, origin: str) -> None:
    assert origin_of(name, {"page_views": OBSERVED, "quiz_score": PROVIDED}) == origin


def test_what_was_worked_out_is_taken_out_of_traits_and_left_where_it_is_something_else() -> None:
    event = {
        "context": {"traits": {"email": "a", "lead_score": 1}},
        "traits": {"lead_score": 1},
        "properties": {"score": 3, "$set": {"churn_score": 1, "plan": "x"}, "list": [{"traits": {"a_score": 1}}]},
    }
    assert without_inferred(event, {}) == {
        "context": {"traits": {"email": "a"}},
        "traits": {},
        "properties": {"score": 3, "$set": {"plan": "x"}, "list": [{"traits": {}}]},
    }


def test_every_language_says_all_of_it() -> None:
    languages = {"en", "de", "id"}
    for texts_of in (ALWAYS, BESIDE, LOGIC, TITLES):
        assert set(texts_of) == languages
        assert len({len(one) for one in texts_of.values()}) == 1
    for language in languages:
        letter = paragraphs_of("access", language, number="n-1", received="r-1", made="m-1", authority="The Authority")
        whole = " ".join(letter)
        assert all(part in whole for part in ("n-1", "r-1", "m-1", "The Authority"))
        assert "{" not in whole
        assert len(letter) > len(paragraphs_of("portability", language, number="", received="", made="", authority=""))
