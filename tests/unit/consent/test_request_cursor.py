"""Places in lists of privacy requests, as texts that come back from anywhere."""

from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from consent.requests.cursor import read_day, read_instant, write_cursor
from consent.requests.refusals import BadRequestCursor

ID = UUID("01990000-0000-7000-8000-000000000001")


def told(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


def test_a_place_comes_back_as_it_was() -> None:
    at = datetime(2026, 3, 1, 12, 30, 0, 5, tzinfo=UTC)
    assert read_instant(write_cursor(at, ID)) == (at, ID)
    assert read_day(write_cursor(date(2026, 3, 1), ID)) == (date(2026, 3, 1), ID)


@pytest.mark.parametrize(
    "bad", ["", "%", "é", "AAAA", told("2026-03-01"), told(f"soon {ID}"), told("2026-03-01 x"), told(f"a b {ID}")]
)
def test_what_was_never_given_out_is_refused(bad: str) -> None:
    for read in (read_day, read_instant):
        with pytest.raises(BadRequestCursor):
            read(bad)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(BadRequestCursor):
        read_instant(told(f"2026-03-01T12:00:00 {ID}"))
