"""What the privacy engine says in English is said anew on the desk, in each language of the screens."""

import ast
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils.translation import override

from consent.audit.contents import TYPES
from cxprofiles.backoffice.audit.words import type_named
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.engine_words import said_anew
from cxprofiles.store_words import STORES, store_named
from profiles.privacy.erasing import STEPS
from tests.repository.files import REPOSITORY

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
REFUSALS = {
    "NotNow",
    "RequestRefused",
    "CorrectionRefused",
    "RetentionRefused",
    "RecipientRefused",
    "AddressRefused",
    "NotReached",
}
FILES = [
    *sorted((REPOSITORY / "consent/requests").glob("*.py")),
    *(REPOSITORY / name for name in ("consent/outgoing.py", "consent/recipient_writing.py", "consent/hold_writing.py")),
    *(
        REPOSITORY / "profiles/privacy" / name
        for name in ("requests.py", "submitting.py", "rectifying.py", "keeping.py")
    ),
]
# What no form of the desk can ask for, so that no screen shows it.
UNASKED = (
    "This is at most 7",
    "A request waits at most",
    "A choice takes effect at once; it has no cooling-off.",
    "Each group is answered by",
    "An appeal names the request",
    "An overlap is",
    "The traits to correct are an object",
    "The identifiers to correct are a list",
    "A right value",
    "The right values are at most",
    "No trait has this data category.",
    "This request has no such letter now",
)


def sentences() -> Iterator[str]:
    """The sentences with which the engine refuses, their blanks filled."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and name_of(node.exc) in REFUSALS:
                said = text_of(node.exc.args[-1])
                if said and not said.startswith(UNASKED):
                    yield said


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def text_of(node: ast.expr) -> str:
    """A text as the code writes it, `7` in each of its blanks; empty where it is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = [str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values]
    return "".join(parts).replace("The request is 7", "The request is completed").replace("not 7", "not a purpose")


SENTENCES = sorted(set(sentences()))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_refusal_of_the_engine_has_words_in_each_language(sentence: str, language: str) -> None:
    with override(language):
        said = said_anew(sentence)
    with override("en"):
        assert said != said_anew(sentence)
    assert "%(" not in said


@pytest.mark.parametrize(
    "sentence",
    ["It answered 500.", "The answer was 401.", "No answer came within 10 seconds.", "MessageWaits", "KeyError"],
)
def test_why_something_failed_has_words(sentence: str) -> None:
    with override("de"):
        assert said_anew(sentence) != sentence
        assert " " in said_anew(sentence)


def test_what_the_engine_never_said_is_left_as_it_is() -> None:
    assert said_anew("Something else.") == "Something else."
    assert said_anew("") == ""


@pytest.mark.parametrize("type_name", TYPES)
def test_each_type_of_the_log_has_words(type_name: str) -> None:
    with override("de"):
        said = type_named(type_name)
    assert said != type_named(type_name)
    assert "_" not in said


def test_each_step_of_an_erasure_has_words_on_the_desk_and_on_its_certificate() -> None:
    for store, _step in STEPS:
        assert words.store_word(store) != store
        assert store_named(store) in {str(word) for word in STORES.values()}
    assert store_named("no.such_store") == "no.such store"
