"""`manage.py load_purposes`: the difference first, then all of it or nothing."""

import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from consent.models import ConsentAge, Notice, Purpose
from profiles.models import ConfigurationChange, ConfigurationVersion, Source, TraitRule
from tests.factories.channels import event, tell

FILE = """
version = "shop-3"
[purposes.club]
legal_basis = "consent"
name = { en = "The club" }
[purposes.research]
legal_basis = "legitimate_interest"
[[notices]]
key = "club"
version = "1"
language = "en"
text = "We write to members."
[consent_ages]
DE = 14
[trait_categories]
shade = "preference"
city = "contact"
"""


def run(*arguments: Any) -> list[str]:
    out = StringIO()
    call_command("load_purposes", *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "purposes.toml"
    found.write_text(FILE)
    return found


class Terminal(StringIO):
    """A person who types."""

    def isatty(self) -> bool:
        return True


def test_the_shipped_file_has_nothing_to_change_on_a_new_deployment() -> None:
    assert run() == ["Version 2026.1 of the purposes: nothing to change."]
    assert run("--check") == ["Version 2026.1 of the purposes: nothing to change."]
    assert not ConfigurationChange.objects.exists()


def test_the_difference_is_shown_and_made(path: Path) -> None:
    lines = run(path, "--yes")
    assert lines[0] == "Version shop-3 of the purposes would change:"
    assert lines[1] == "+ purpose club: consent, denied by default"
    assert lines[2] == "~ purpose research: legal_basis: consent → legitimate_interest"
    assert "~ purpose research: name.en: Research and surveys → none" in lines
    assert lines[-5:] == [
        "+ notice club 1 in en: 20 characters",
        "~ consent age DE: 16 → 14",
        "~ trait city: location → contact",
        "+ trait shade: preference",
        f"{len(lines) - 2} changes were made.",
    ]
    assert Purpose.objects.get(key="research").default == "allowed"
    assert Notice.objects.get().text == "We write to members."
    assert ConsentAge.objects.get(country="DE").years == 14
    assert dict(TraitRule.objects.filter(name__in=["shade", "city"]).values_list("name", "category")) == {
        "shade": "preference",
        "city": "contact",
    }
    subjects = set(ConfigurationChange.objects.values_list("actor", "subject"))
    assert subjects == {
        ("command:load_purposes", subject)
        for subject in (
            *("purposes:file", "purpose:club", "purpose:research", "notice:club:1"),
            *("consent_age:DE", "trait:shade", "trait:city"),
        )
    }


def test_the_same_file_again_has_nothing_to_change_and_keeps_what_it_does_not_name(path: Path) -> None:
    run(path, "--yes")
    assert run(path) == ["Version shop-3 of the purposes: nothing to change."]
    assert Purpose.objects.filter(key="personalisation").exists()


def test_a_check_changes_nothing_and_says_so_by_its_exit(path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(path, "--check")
    assert stopped.value.code == 1
    assert not Purpose.objects.filter(key="club").exists()


def test_without_a_terminal_nothing_is_changed_unless_yes_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("y\n"))
    with pytest.raises(CommandError, match="say --yes") as refused:
        run(path)
    assert refused.value.returncode == 2
    assert not Purpose.objects.filter(key="club").exists()


@pytest.mark.parametrize(
    ("typed", "made"), [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_at_a_terminal_the_person_decides(path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, made: bool) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    lines = run(path)
    assert Purpose.objects.filter(key="club").exists() == made
    assert (lines[-1] == "Nothing was changed.") != made


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("version = 1", "version: state"),
        ('version = "1"\n[purposes.club]\nlegal_basis = "whim"', 'purposes."club".legal_basis: A legal basis'),
        ('version = "1"\n[purposes.club]\nlegal_basis = "consent"\naddress_type = "fax"', "address_type: An address"),
        ('version = "1"\n[purposes.club]\nlegal_basis = "consent"\n[consent_ages]\nDE = 99', "An age is 0 to 25"),
    ],
)
def test_a_file_that_is_wrong_changes_nothing(path: Path, text: str, sentence: str) -> None:
    path.write_text(text)
    with pytest.raises(CommandError, match=sentence) as refused:
        run(path, "--yes")
    assert refused.value.returncode == 2
    assert not Purpose.objects.filter(key="club").exists()


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="The file cannot be read: No such file"):
        run(tmp_path / "missing.toml", "--yes")
    with pytest.raises(CommandError, match="The file cannot be read: Is a directory"):
        run(tmp_path, "--yes")


def test_a_notice_that_stands_is_not_rewritten_by_a_file(path: Path) -> None:
    run(path, "--yes")
    path.write_text(FILE.replace("We write to members.", "Else."))
    version = ConfigurationVersion.objects.get().version
    with pytest.raises(CommandError, match="publish a new version"):
        run(path, "--yes")
    assert ConfigurationVersion.objects.get().version == version


def test_a_file_that_changes_what_joins_asks_for_a_rebuild(path: Path, shop: Source, rebuilds: list[Any]) -> None:
    tell(shop, event(1, userId="ann-1"))
    path.write_text('version = "1"\n[purposes.unification]\nlegal_basis = "consent"\n')
    assert run(path, "--yes")[-1] == "A rebuild of what is stored: scheduled."
    assert len(rebuilds) == 1
