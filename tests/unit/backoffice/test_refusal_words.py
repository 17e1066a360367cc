"""Why events are in quarantine is said in the reader's language, whatever the engine says of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from cxprofiles.backoffice.refusal_words import refusal_in_words
from profiles.collection.restriction import HELD
from profiles.intake.envelope import _BODY_TOO_LARGE, _TOO_MANY_EVENTS
from profiles.intake.lenient import _MISPLACED
from profiles.intake.wire.reading import TOO_LARGE
from profiles.intake.wire.segment import NO_PREFERENCES
from tests.repository.files import REPOSITORY

SAID_BY = {"NotAnEvent", "Unreadable", "Malformed", "Record"}
AT_THE_DOOR = ("The gzip body",)  # such a body is refused at once, and never stored
NAMED = (HELD, _BODY_TOO_LARGE.format(1000), _TOO_MANY_EVENTS, _MISPLACED, TOO_LARGE, NO_PREFERENCES)
FAILED = ("An event could not be processed (KeyError).", "A batch could not be taken apart (ValueError).")
OF_LONG_AGO = ("The JSON is broken: Expecting ',' delimiter (character 20).",)


def sentences(path: Path) -> Iterator[str]:
    """The sentences that a module gives as the reason of a refusal."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAID_BY:
            texts = [part.value for part in node.args if isinstance(part, ast.Constant)]
            yield from (text for text in texts if isinstance(text, str) and text.endswith("."))


FOUND = sorted({said for path in (REPOSITORY / "profiles" / "intake").rglob("*.py") for said in sentences(path)})
REASONS = [said for said in FOUND if not said.startswith(AT_THE_DOOR)]


def test_the_reasons_were_found() -> None:
    assert "The track event has no name; say in `event` what happened." in REASONS
    assert "The row is not UTF-8; encode the file in UTF-8." in REASONS


@pytest.mark.parametrize("reason", [*REASONS, *NAMED, *FAILED, *OF_LONG_AGO])
@pytest.mark.parametrize("language", ["de", "id"])
def test_each_reason_is_said_in_each_language(reason: str, language: str) -> None:
    with translation.override("en"):
        plain = refusal_in_words(reason)
    with translation.override(language):
        said = refusal_in_words(reason)
    assert said not in (plain, reason)
    assert "%(" not in said


def test_numbers_are_written_as_the_language_writes_them() -> None:
    with translation.override("de"):
        assert "32.768 Bytes" in refusal_in_words(TOO_LARGE)


def test_what_nobody_foresaw_is_said_as_it_is() -> None:
    assert refusal_in_words("Something else.") == "Something else."
