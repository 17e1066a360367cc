"""No log line repeats what an exception says: it may quote a row, an address, a name."""

import logging
import sys

import psycopg
import pytest
from celery import Celery
from django.db import IntegrityError

from cxprofiles.logs import PlainFormatter

WORDS = "Key (email)=(ann@example.org) already exists."


def line(record: logging.LogRecord) -> str:
    """The line as it is logged."""
    return PlainFormatter().format(record)


def caught(error: Exception, cause: Exception | None = None) -> logging.LogRecord:
    """A record of an exception that was raised and caught."""
    try:
        raise error from cause
    except type(error):
        return logging.LogRecord("cxprofiles", logging.ERROR, __file__, 1, "It failed.", None, sys.exc_info())


def test_an_exception_is_told_by_its_place_and_class() -> None:
    said = line(caught(ValueError(WORDS)))
    assert "in caught" in said
    assert said.endswith("ValueError")
    assert "ann@" not in said


def test_a_databases_error_is_told_by_its_code() -> None:
    said = line(caught(IntegrityError(WORDS), psycopg.errors.UniqueViolation(WORDS)))
    assert said.endswith("IntegrityError (SQLSTATE 23505)")
    assert "ann@" not in said


def test_a_failed_task_is_told_by_name_and_id(caplog: pytest.LogCaptureFixture) -> None:
    app = Celery("test", set_as_current=False, broker="memory://")

    @app.task(name="broken")
    def broken() -> None:
        raise ValueError(WORDS)

    broken.apply(task_id="t-1")
    [record] = [record for record in caplog.records if record.name == "celery.app.trace"]
    said = line(record)
    assert "ERROR celery.app.trace: Task broken[t-1] raised unexpected\n" in said
    assert said.endswith("ValueError")
    assert "ann@" not in said


def test_the_web_servers_own_traceback_loses_its_words() -> None:
    frames = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    f()'
    text = f"It raised\n{frames}\nKeyError: {WORDS}\n{WORDS}"
    said = line(logging.LogRecord("_granian", logging.ERROR, __file__, 1, text, None, None))
    assert said.endswith(f"_granian: It raised\n{frames}")
