"""Every sentence of the pages and screens is in every language's catalogue, with the same gaps to be filled."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, engines
from django.template.base import FilterExpression, Node, Template, VariableNode
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils import translation
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR

from tests.factories.catalogues import read_catalogue
from tests.repository.files import REPOSITORY, tracked

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
CONTEXT = "\x04"
SINGLE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy"}
MANY = {"ngettext", "ngettext_lazy"}
MANY_WITH_CONTEXT = {"npgettext", "npgettext_lazy"}
GAP = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
FOLDERS = ("cxprofiles", "profiles", "consent")

TEMPLATES = [path for path in tracked() if path.suffix == ".html" and path.parts[0] == "cxprofiles"]
CODE = [path for path in tracked() if path.suffix == ".py" and path.parts[0] in FOLDERS]


def said_by_template(path: Path) -> set[str]:
    """The sentences of a template, as a catalogue names them."""
    engine = engines["django"].engine  # type: ignore[attr-defined]
    template = Template((REPOSITORY / path).read_text(), engine=engine)
    return set(sentences_of(template.nodelist))


def sentences_of(nodes: Iterator[Node] | list[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, TranslateNode):
            yield from sentence_of(node)
        elif isinstance(node, BlockTranslateNode):
            context = f"{node.message_context.resolve(Context())}{CONTEXT}" if node.message_context else ""
            yield context + node.render_token_list(node.singular)[0]
        elif isinstance(node, VariableNode):
            yield from texts_of(node.filter_expression)
        for name in (*node.child_nodelists, "nodelist"):
            yield from sentences_of(list(getattr(node, name, None) or []))
        for _, branch in getattr(node, "conditions_nodelists", ()):
            yield from sentences_of(list(branch))


def sentence_of(node: TranslateNode) -> Iterator[str]:
    text = node.filter_expression.var.literal if hasattr(node.filter_expression.var, "literal") else None
    if isinstance(text, str):
        context = f"{node.message_context.resolve(Context())}{CONTEXT}" if node.message_context else ""
        yield context + text.replace("%", "%%")  # as Django looks it up


def texts_of(expression: FilterExpression) -> Iterator[str]:
    """What `_("…")` says in an expression."""
    yield from re.findall(r'_\("([^"]+)"\)', expression.token)


def said_by_code(path: Path) -> set[str]:
    """The sentences that a module has translated, as a catalogue names them."""
    source = (REPOSITORY / path).read_text()
    if "gettext" not in source:
        return set()
    return {text for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) for text in sentence_in(node)}


def sentence_in(call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    texts = [part.value for part in call.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if name in SINGLE | MANY and texts:
        yield texts[0]
    if name in WITH_CONTEXT | MANY_WITH_CONTEXT and len(texts) > 1:
        yield CONTEXT.join(texts[:2])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_a_template_is_translated(language: str) -> None:
    held = read_catalogue(language)
    lacking = {str(path): found for path in TEMPLATES if (found := said_by_template(path) - held.keys())}
    assert lacking == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_code_is_translated(language: str) -> None:
    held = read_catalogue(language)
    lacking = {str(path): found for path in CODE if (found := said_by_code(path) - held.keys())}
    assert lacking == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_no_gap_that_its_sentence_has_not(language: str) -> None:
    wrong = {
        sentence: text
        for sentence, texts in read_catalogue(language).items()
        for text in texts
        if sentence and not set(GAP.findall(text)) <= set(GAP.findall(sentence)) | {"%(n)s", "%(count)s"}
    }
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_library_says_a_word_of_ours_otherwise(language: str) -> None:
    with translation.override(language):
        wrong = {
            sentence: said
            for sentence, texts in read_catalogue(language).items()
            if sentence and (said := said_at_last(sentence)) not in texts
        }
    assert wrong == {}


def said_at_last(sentence: str) -> str:
    """What a page says for a sentence, whichever catalogue it is from."""
    context, sign, text = sentence.rpartition(CONTEXT)
    return str(translation.pgettext(context, text) if sign else translation.gettext(text))


def test_sentences_are_found_at_all() -> None:
    assert sum(len(said_by_template(path)) for path in TEMPLATES) > 1000
    assert sum(len(said_by_code(path)) for path in CODE) > 500


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_names_of_months_and_days_are_said_once(language: str) -> None:
    """A word of a screen that is spelt like a month would be the month's name in every date."""
    named = {*MONTHS.values(), *MONTHS_3.values(), *WEEKDAYS.values(), *WEEKDAYS_ABBR.values()}
    assert read_catalogue(language).keys() & {str(name) for name in named} == set()
