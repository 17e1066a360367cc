"""Liveness asks nobody; readiness asks database, broker, migrations and erasure log, and says what is missing."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from cxprofiles.api import health

READY = {"status": "ready", "database": True, "broker": True, "migrations": True, "erasures": True}


@pytest.fixture(autouse=True)
def nothing_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test looks at the migrations anew."""
    monkeypatch.setattr(health._seen, "migrated", False)


@pytest.mark.django_db
def test_the_service_is_ready_when_all_is_there(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, READY)


@pytest.mark.django_db
def test_it_is_not_without_its_broker(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", f"unix://{tmp_path}/none.sock")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {**READY, "status": "unavailable", "broker": False})


@pytest.mark.django_db
def test_it_is_not_before_every_migration(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="profiles").delete()
    answer = client.get("/readyz")
    without = {**READY, "status": "unavailable", "migrations": False, "erasures": False}
    assert (answer.status_code, answer.json()) == (503, without)


@pytest.mark.django_db
def test_it_is_not_without_its_database_and_the_process_lives_on(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def ask_both() -> tuple[int, dict[str, object], int]:
        ready, alive = client.get("/readyz"), client.get("/healthz")
        connection.close()
        return ready.status_code, ready.json(), alive.status_code

    monkeypatch.setitem(connection.settings_dict, "HOST", str(tmp_path))
    with ThreadPoolExecutor(1) as another_thread:  # which has no connection yet
        found = another_thread.submit(ask_both).result()
    without = {"status": "unavailable", "database": False, "broker": True, "migrations": False, "erasures": False}
    assert found == (503, without, 200)
