"""What a newcomer and an operator rely on: the lock files, the targets, the containers."""

import re
import subprocess
from functools import lru_cache
from typing import Any

import pytest
import yaml

from tests.repository.files import REPOSITORY, tracked

TARGETS = {"setup", "demo", "up", "test", "test-all", "check", "bench", "clean"}
LOCKS = ("requirements.txt", "requirements-dev.txt")
SECRETS = ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "SECRET_KEY")
# Written apart, so that this file does not trip over itself.
HOMES = re.compile("(?<![\\w.:/}-])/" + "(?:home|root|Users|work)/" + r"\w")
REGISTRY = re.compile("https?://|file:|--index-url|--extra-index-url|--find-links|--trusted-host")
TEXTS = {".py", ".md", ".toml", ".yml", ".yaml", ".in", ".txt", ".cfg", ".sh", ".html", ".js", ".mjs", ""}


@lru_cache
def compose() -> dict[str, Any]:
    """The compose file as data."""
    read: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    return read


def requirements(lock: str) -> dict[str, list[str]]:
    """The hashes of each pinned package of a lock file."""
    text = (REPOSITORY / lock).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    return {line.split(" ", 1)[0]: re.findall(r"--hash=sha256:[0-9a-f]{64}", line) for line in lines}


@pytest.mark.parametrize("lock", LOCKS)
def test_each_package_is_pinned_with_its_hashes_and_names_no_registry(lock: str) -> None:
    assert [name for name, hashes in requirements(lock).items() if "==" not in name or not hashes] == []
    assert REGISTRY.findall((REPOSITORY / lock).read_text()) == []


def test_the_tests_run_on_the_versions_that_the_service_runs_on() -> None:
    service, tests = (requirements(lock) for lock in LOCKS)
    assert service.items() <= tests.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_each_wanted_package_is_locked(lock: str) -> None:
    locked = {name.split("==")[0] for name in requirements(lock)}
    wanted = (REPOSITORY / lock.replace(".txt", ".in")).read_text()
    names = [re.split(r"[\[=<>~ #]", line)[0].lower() for line in wanted.splitlines() if line and line[0] not in "#-"]
    assert set(names) - locked == set()


def test_no_file_knows_the_place_where_it_was_written() -> None:
    found = [
        f"{path}: {match[0]}"
        for path in tracked()
        if path.suffix in TEXTS and not {"data", "vendor"} & set(path.parts)
        for match in HOMES.finditer((REPOSITORY / path).read_text(errors="replace"))
    ]
    assert found == []


def test_every_promised_target_is_there() -> None:
    listed = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make (\S+)", listed, flags=re.MULTILINE)) >= TARGETS


@pytest.mark.parametrize("script", [".ci/run", "tests/e2e/install-chromium", "manage.py"])
def test_a_script_can_be_run(script: str) -> None:
    path = REPOSITORY / script
    assert path.stat().st_mode & 0o111
    if script != "manage.py":
        subprocess.run(["bash", "-n", path], check=True)


def test_the_licence_is_apache_2_in_full() -> None:
    text = (REPOSITORY / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_compose_starts_the_whole_service_and_watches_each_part() -> None:
    services = compose()["services"]
    assert set(services) == {"web", "worker", "beat", "migrate", "postgres", "redis"}
    checked_in_image = {"web"}
    unwatched = {name for name in services if "test" not in services[name].get("healthcheck", {})} - checked_in_image
    assert unwatched == {"migrate"}
    assert "HEALTHCHECK" in (REPOSITORY / "Dockerfile").read_text()
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_compose_has_no_default_for_any_secret() -> None:
    text = (REPOSITORY / "docker-compose.yml").read_text()
    for secret in SECRETS:
        uses = re.findall(r"(?<!\$)\$\{?" + secret + r"[^}]*\}?", text)
        assert uses, secret
        assert {use for use in uses if not use.startswith("${" + secret + ":?")} == set()
    assert re.findall(r"(?i)(?:password|secret_key)\w*: (?!\$\{)\S+", text) == []


def test_compose_opens_one_port_on_this_machine_only() -> None:
    ports = {name: service["ports"] for name, service in compose()["services"].items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}


def test_the_image_runs_as_nobody_special() -> None:
    lines = (REPOSITORY / "Dockerfile").read_text().splitlines()
    last_user = [line for line in lines if line.startswith("USER ")][-1]
    assert last_user == "USER cxprofiles"
    assert lines.index(last_user) > max(number for number, line in enumerate(lines) if line.startswith("RUN "))


def test_the_image_holds_every_package_of_the_service_and_no_tests() -> None:
    copied = re.findall(r"^COPY (\w+) \1$", (REPOSITORY / "Dockerfile").read_text(), flags=re.MULTILINE)
    assert set(copied) == {"consent", "profiles", "tasks", "cxprofiles"}
    allowed = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert allowed == {*copied, "manage.py", "requirements.txt"}


def test_no_large_or_stray_file_is_under_version_control() -> None:
    stray = {".pyc", ".log", ".sqlite3", ".rdb", ".aof"}
    assert [path for path in tracked() if path.suffix in stray] == []
    assert [path for path in tracked() if (REPOSITORY / path).stat().st_size > 4 * 1024 * 1024] == []
