"""The embedded servers, as the tests themselves use them."""

import pytest
import redis
from django.db import connection


@pytest.mark.django_db
def test_the_tests_run_on_a_real_postgresql_without_waiting_for_the_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('listen_addresses')")
        assert cursor.fetchone() == ("off", "")


def test_the_tests_run_on_a_real_broker(broker: redis.Redis) -> None:
    assert broker.set("bell", "1", nx=True) is True
    assert broker.set("bell", "1", nx=True) is None
