"""The pages in the languages that there are: each word of theirs is translated, what people wrote is left alone."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils import translation

from cxprofiles.portal import words
from profiles.models import Source
from tests.factories.catalogues import read_catalogue
from tests.factories.channels import event, tell
from tests.factories.visitors import ANN, ANN_SEEN, Visitor, text_of

PAGES = Path(settings.BASE_DIR) / "cxprofiles"
TEMPLATES = sorted((PAGES / "templates" / "cxprofiles" / "portal").glob("*.html"))
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
_TRANSLATED = re.compile(r'translate "([^"]+)"(?: context "([^"]+)")?')


def words_of(template: Path) -> set[str]:
    """What a template says, as the catalogue names it: the sentences of `translate`."""
    tokens = Lexer(template.read_text()).tokenize()
    blocks = [token.contents for token in tokens if token.token_type == TokenType.BLOCK]
    found = [match for block in blocks if (match := _TRANSLATED.match(block))]
    return {f"{match[2]}\x04{match[1]}" if match[2] else match[1] for match in found}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_sentence_of_a_page_is_translated(language: str, template: Path) -> None:
    assert words_of(template) - read_catalogue(language).keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_domain_is_translated(language: str) -> None:
    tables = [table for table in vars(words).values() if isinstance(table, dict) and table]
    told = [text for table in tables for text in table.values() if hasattr(text, "_args")]
    assert len(told) > 80
    with translation.override("en"):
        english = [str(text) for text in told]
    with translation.override(language):
        same = {word for word, text in zip(english, told, strict=True) if str(text) == word}
    assert same <= {"Browser"}


@pytest.mark.parametrize(("language", "heading"), [("de", "Meine Daten"), ("id", "Data saya")])
@pytest.mark.django_db
def test_a_whole_visit_speaks_the_language_of_the_visitor(shop: Source, language: str, heading: str) -> None:
    tell(shop, event(1, name="Order Completed", **ANN_SEEN))
    visitor = Visitor(language)
    visitor.sign_in(ANN)
    for path in ("overview", "choices", "accesses", "receipts", "requests", "requests/new/erasure", "correct/city"):
        answer = visitor.get(f"/privacy/{path}")
        assert (answer.status_code, answer.headers["Content-Language"]) == (200, language)
        assert f'<html lang="{language}">' in text_of(answer)
        english = ("My data", "You were not asked", "Nobody", "Sign out", "You took")
        assert [sentence for sentence in english if sentence in text_of(answer)] == [], path
    shown = text_of(visitor.get("/privacy/overview"))
    assert f"<h1>{heading}</h1>" in shown
    assert "Order Completed" in shown
