"""Sentences that the engine keeps in English, said anew in the language of whoever looks."""

import re
from collections.abc import Container, Mapping

from django.utils.formats import number_format
from django.utils.translation import gettext


def said_anew(sentence: str, fixed: Container[str], patterns: Mapping[re.Pattern[str], str]) -> str:
    """A kept sentence in the reader's language; itself where it is none of ours.

    `fixed`: sentences that are always the same; `patterns`: how those look that hold something, each with the sentence
    to say, which takes the pattern's named groups. Numbers are written as the language writes them.
    """
    if sentence in fixed:
        return gettext(sentence)
    for pattern, anew in patterns.items():
        if found := pattern.fullmatch(sentence):
            held = {name: _shown(value) for name, value in found.groupdict().items()}
            return gettext(anew) % held if held else gettext(anew)
    return sentence


def _shown(value: str) -> str:
    return number_format(int(value), force_grouping=True) if value.isdigit() else value
