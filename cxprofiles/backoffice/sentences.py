"""Sentences that the engine says in English, said anew in the language of whoever looks."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Text = str | Promise


class Form(NamedTuple):
    """Sentences of one form, and what is said instead; named parts of the form are filled in."""

    form: re.Pattern[str]
    said: Text


def as_they_are(*sentences: str) -> Mapping[str, Text]:
    """Sentences that are said anew by their own translations."""
    return {one: gettext_lazy(one) for one in sentences}


def forms_of(*told: tuple[str, str]) -> Sequence[Form]:
    """Patterns, each with the sentence that is said instead of what it fits."""
    return [Form(re.compile(pattern), gettext_lazy(sentence)) for pattern, sentence in told]


def said_anew(sentence: str, fixed: Mapping[str, Text], forms: Iterable[Form]) -> str:
    """A sentence in the reader's language; itself where it is none of ours.

    `fixed`: those that are always the same; `forms`: how those look that hold something. Numbers are written as the
    language writes them.
    """
    if sentence in fixed:
        return str(fixed[sentence])
    for form, said in forms:
        if found := form.fullmatch(sentence):
            held = {name: _written(value) for name, value in found.groupdict().items()}
            return str(said) % held if held else str(said)
    return sentence


def _written(value: str) -> str:
    return number_format(int(value), force_grouping=True) if value.isdigit() else value
