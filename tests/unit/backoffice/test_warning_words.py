"""What was noticed of an event is said in the reader's language, whatever the engine says of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from consent.signals.tcf import DISCLOSED_VENDORS_MISSING
from cxprofiles.backoffice.warning_words import warning_in_words
from tests.repository.files import REPOSITORY

SAID_BY = {"warn", "fail"}
PLACES = ("profiles/intake/wire", "consent/signals")
NUMBER, NAME = "500", "traits"  # what stands where a sentence holds something


def sentences(path: Path) -> Iterator[str]:
    """The sentences that a module warns with."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SAID_BY:
            yield from (written(part) for part in node.args if isinstance(part, ast.Constant | ast.JoinedStr))


def written(sentence: ast.Constant | ast.JoinedStr) -> str:
    """A sentence as it comes to be stored."""
    if isinstance(sentence, ast.Constant):
        return str(sentence.value)
    held = {"name": NAME, "DISCLOSED_VENDORS_MISSING": DISCLOSED_VENDORS_MISSING}
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else held.get(ast.unparse(part.value), NUMBER)
        for part in sentence.values
        if isinstance(part, ast.Constant | ast.FormattedValue)
    )


FOUND = sorted({said for place in PLACES for path in (REPOSITORY / place).rglob("*.py") for said in sentences(path)})


def test_the_warnings_were_found() -> None:
    assert "`traits` is longer than 500 characters and was cut." in FOUND
    assert f"{DISCLOSED_VENDORS_MISSING}: what the TC string says about vendors is unproven." in FOUND
    assert "Consent Mode could not be read." in FOUND


@pytest.mark.parametrize("warning", FOUND)
@pytest.mark.parametrize("language", ["de", "id"])
def test_each_warning_is_said_in_each_language(warning: str, language: str) -> None:
    with translation.override("en"):
        plain = warning_in_words(warning)
    with translation.override(language):
        said = warning_in_words(warning)
    assert said not in (plain, warning)
    assert "%(" not in said


def test_what_nobody_foresaw_is_said_as_it_is() -> None:
    assert warning_in_words("Something else.") == "Something else."
