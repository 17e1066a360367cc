"""Days as members of staff write and read them: when one begins and ends in their time zone."""

from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone


def begin_of(day: date) -> datetime:
    """The first instant of a day where the reader is, in UTC; raises `OverflowError` at the ends of the calendar."""
    return timezone.make_aware(datetime.combine(day, time.min)).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The last instant of a day where the reader is, in UTC; raises `OverflowError` at the ends of the calendar."""
    return begin_of(day + timedelta(days=1)) - timedelta(microseconds=1)
