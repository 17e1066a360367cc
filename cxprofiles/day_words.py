"""A day in words, as each language of the pages and screens has it: 22 December 2026, 22. Dezember 2026."""

from datetime import date

from django.utils.dateformat import format as dated
from django.utils.translation import get_language

PATTERNS = {"de": "j. F Y"}
PATTERN = "j F Y"


def day_in_words(value: date) -> str:
    """The day of a date, or of an instant where it stands."""
    return dated(value, PATTERNS.get(get_language() or "", PATTERN))
