"""When days begin and end where a member of staff is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from cxprofiles.backoffice.days import begin_of, end_of


def test_a_day_begins_and_ends_where_the_reader_is() -> None:
    with timezone.override(ZoneInfo("Asia/Jakarta")):
        assert begin_of(date(2026, 3, 1)) == datetime(2026, 2, 28, 17, tzinfo=UTC)
        assert end_of(date(2026, 3, 1)) == datetime(2026, 3, 1, 16, 59, 59, 999_999, tzinfo=UTC)


def test_the_day_on_which_clocks_go_forward_is_an_hour_shorter() -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")):
        lasts = end_of(date(2026, 3, 29)) - begin_of(date(2026, 3, 29))
    assert round(lasts.total_seconds()) == 23 * 3600


def test_there_is_no_end_of_the_last_day_of_the_calendar() -> None:
    with pytest.raises(OverflowError):
        end_of(date.max)
