"""Each worker of pytest-xdist has a numbered database of the broker to itself, so that none empties another's."""

import os

from django.conf import settings


def test_the_settings_were_read_once_this_process_knew_its_own() -> None:
    assert os.environ["REDIS_URL"] == settings.REDIS_URL
    assert settings.CACHES["default"]["LOCATION"] == settings.REDIS_URL
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    assert settings.REDIS_URL.endswith(f"db={1 + int(worker.removeprefix('gw'))}" if worker else "db=0")
