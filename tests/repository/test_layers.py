"""The house's rules, held by tools: layers, migrations, docstrings."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from importlinter.cli import lint_imports

from tests.repository.files import REPOSITORY, tracked

PACKAGES = ("cxprofiles", "tasks", "profiles", "consent")


def sources() -> list[Path]:
    """Every Python file of the service."""
    return [path for path in tracked("*.py") if path.parts[0] in PACKAGES and "migrations" not in path.parts]


def definitions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """A module's own functions and classes."""
    for node in ast.parse((REPOSITORY / path).read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


def test_every_import_points_down_the_pipeline() -> None:
    assert lint_imports(config_filename=str(REPOSITORY / "pyproject.toml"), is_debug_mode=False) == 0


@pytest.mark.parametrize("path", [path for path in sources() if path.parts[0] == "tasks"], ids=str)
def test_a_task_touches_no_table(path: Path) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse((REPOSITORY / path).read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [f"{node.module}.{alias.name}" for alias in node.names]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    }
    # The errors of a database that is away are a task's business: it waits and tries again.
    orm = {name for name in imported if name.startswith("django.db") and not name.startswith("django.db.utils.")}
    assert orm == set()
    assert {name for name in imported if ".models" in name} == set()


def test_every_public_function_and_class_says_what_it_promises() -> None:
    silent = [
        f"{path}:{node.lineno} {node.name}"
        for path in sources()
        for node in definitions(path)
        if not node.name.startswith("_") and ast.get_docstring(node) is None
    ]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty_words = {"utils", "util", "helpers", "helper", "common", "managers", "misc", "base"}
    assert [path for path in sources() if empty_words & {part.removesuffix(".py") for part in path.parts}] == []


@pytest.mark.django_db
def test_the_tables_are_as_the_models_say() -> None:
    said = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said)
    assert said.getvalue().strip() == "No changes detected"


def test_settings_start_nothing_and_write_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import cxprofiles.settings, cxprofiles.celery"]
    environment = {"CXPROFILES_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(REPOSITORY)}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    assert list(tmp_path.iterdir()) == []
