"""The code for each client: made as the end-to-end tests make it, with the address and the key put in."""

import json
import re

import pytest

from cxprofiles.backoffice.sources.snippets import BROWSER, SNIPPETS, Snippet, snippets_for
from tests.repository.files import REPOSITORY

CLIENTS = REPOSITORY / "tests" / "e2e" / "clients"
DRIVEN = "".join(
    path.read_text() for folder in (CLIENTS, CLIENTS / "browser") for path in sorted(folder.glob("*.*js"))
) + "".join(path.read_text() for path in sorted(CLIENTS.glob("*.py")))
NODE = set(json.loads((CLIENTS / "package.json").read_text())["dependencies"])
PYTHON = {
    line.partition("==")[0]
    for name in ("requirements.txt", "requirements-dev.txt")
    for line in (REPOSITORY / name).read_text().splitlines()
}


each = pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda one: one.name)


def imports_of(code: str) -> list[str]:
    found = re.findall(r"^import .* from '([^']+)'$|^(?:from|import) ([a-z_.0-9]+)", code, re.MULTILINE)
    return [one or other for one, other in found]


@each
def test_it_imports_what_the_end_to_end_tests_drive(snippet: Snippet) -> None:
    for module in imports_of(snippet.code):
        assert module in DRIVEN, module


@each
def test_what_it_has_installed_is_what_they_install(snippet: Snippet) -> None:
    tool, *packages = snippet.install.replace(" install", "").split() or [""]
    there = {"npm": NODE, "pip": PYTHON}.get(tool, set())
    assert set(packages) <= there


@pytest.mark.parametrize(
    "snippet", [one for one in SNIPPETS if one.install.startswith("pip")], ids=lambda one: one.name
)
def test_python_can_read_it(snippet: Snippet) -> None:
    compile(snippet.code, snippet.name, "exec")


def test_the_address_and_the_key_are_put_in_everywhere() -> None:
    for one in snippets_for(url="https://profiles.example.org", key="cxw_key", trusted=True):
        assert "cxw_key" in one.code
        assert "https://profiles.example.org" in one.code
        assert "{{" not in one.code


def test_those_that_suit_the_source_come_first() -> None:
    assert snippets_for(url="u", key="k", trusted=False)[0].name in BROWSER
    assert snippets_for(url="u", key="k", trusted=True)[0].name not in BROWSER
