"""Durations as members of staff read them."""

from datetime import timedelta

import pytest

from cxprofiles.backoffice.durations import in_words, span_said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("", "for ever"),
        ("P10Y", "10 years"),
        ("P1M", "1 month"),
        ("P1Y6M", "1 year 6 months"),
        ("P2WT1M", "2 weeks 1 minute"),
        ("P", "P"),
        ("soon", "soon"),
    ],
)
def test_a_duration_is_said_part_by_part(told: str, said: str) -> None:
    assert in_words(told) == said


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(0), "0 seconds"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(seconds=-60), "1 minute"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=729), "729 days"),
        (timedelta(days=730), "2 years"),
    ],
)
def test_a_span_is_said_in_its_greatest_unit(span: timedelta, said: str) -> None:
    assert span_said(span) == said
