"""The documents: links lead somewhere, decisions are numbered, and what is named exists."""

import re
from pathlib import Path

import pytest

from tests.repository.files import REPOSITORY, tracked

DOCUMENTS = [path for path in tracked() if path.suffix == ".md"]
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
SETTING = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
READ_IN_CODE = re.compile(r"""(?:\bsetting\(|os\.environ\.get\(|os\.environ\[)\s*"([A-Z_]+)\"""")
METRIC = re.compile(r"`(cxprofiles_[a-z_]+?)(?:_total)?(?:\{[a-z,]+\})?`")
NOT_SETTINGS = {"DJANGO_SETTINGS_MODULE"}
DJANGOS_COMMANDS = {"check", "createsuperuser", "migrate"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_each_link_leads_to_a_file(document: Path) -> None:
    folder = (REPOSITORY / document).parent
    links = LINK.findall((REPOSITORY / document).read_text())
    assert [link for link in links if not (folder / link).exists()] == []


def test_decisions_are_numbered_without_a_gap_and_say_context_decision_and_consequences() -> None:
    decisions = sorted((REPOSITORY / "docs" / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for number, path in enumerate(decisions, 1):
        text = path.read_text()
        assert text.startswith(f"# {number}. ")
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences")), path.name
        assert len(text.split()) < 320, f"{path.name} is longer than half a page"


def test_each_command_that_a_document_names_exists() -> None:
    there = {path.stem for path in (REPOSITORY / "cxprofiles/management/commands").glob("[a-z]*.py")} | DJANGOS_COMMANDS
    named = {name for path in DOCUMENTS for name in COMMAND.findall((REPOSITORY / path).read_text())}
    assert named - there == set()


def test_each_setting_is_documented() -> None:
    documented = set(SETTING.findall((REPOSITORY / "docs/operating.md").read_text()))
    read = {
        name
        for path in tracked()
        if path.suffix == ".py" and path.parts[0] in ("cxprofiles", "profiles", "tasks", "consent")
        for name in READ_IN_CODE.findall((REPOSITORY / path).read_text())
    }
    assert documented == read - NOT_SETTINGS


def test_each_metric_that_a_document_names_exists() -> None:
    code = "".join((REPOSITORY / path).read_text() for path in tracked() if path.suffix == ".py")
    named = {name for path in DOCUMENTS for name in METRIC.findall((REPOSITORY / path).read_text())}
    assert len(named) > 5
    assert {name for name in named if f'"{name}' not in code} == set()
