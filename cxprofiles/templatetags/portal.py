"""How the pages for consumers write days and instants in each language."""

from datetime import UTC, date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cxprofiles.day_words import day_in_words

register = template.Library()


@register.filter
def day(value: date | None) -> SafeString | str:
    """A day in words, as in 22 December 2026; empty for none."""
    if value is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', _day_of(value).isoformat(), day_in_words(value))


@register.filter
def instant(value: datetime | None) -> SafeString | str:
    """A day in words with the time, in UTC; empty for none."""
    if value is None:
        return ""
    at = value.astimezone(UTC)
    return format_html('<time datetime="{}">{}, {} UTC</time>', at.isoformat(), day_in_words(at), f"{at:%H:%M}")


def _day_of(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value
