"""How log lines look, and what never stands in them: an exception's own words, which may quote a person's data."""

import logging
import traceback
from types import TracebackType
from typing import Any

from django.db import Error as DatabaseError

LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
CELERY_FAILURES = "celery.app.trace"
GRANIAN = "_granian"


class PlainFormatter(logging.Formatter):
    """One line an entry. Of an exception it shows where it arose and its class, never its text."""

    def __init__(self, **_: Any) -> None:
        super().__init__(LINE)

    def formatException(  # noqa: N802  (the name is logging's)
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        kind, error, trace = ei
        if kind is None or error is None:
            return ""
        frames = "".join(traceback.format_tb(trace))
        return f"{frames}{kind.__name__}{_code(error)}"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (the name is logging's)
        if record.name == CELERY_FAILURES:
            record.message = _task_failure(record)
        elif record.name == GRANIAN:
            record.message = _without_words(record.message)
        return super().formatMessage(record)


def _code(error: BaseException) -> str:
    """What may be said of an error beside its class: of a database's its code."""
    if not isinstance(error, DatabaseError):
        return ""
    code = getattr(error.__cause__, "sqlstate", None)
    return f" (SQLSTATE {code})" if code else ""


def _task_failure(record: logging.LogRecord) -> str:
    """Celery's line about a task, without the exception's text and traceback that it writes into the message."""
    about = getattr(record, "data", None)
    if not isinstance(about, dict):
        return record.message
    return f"Task {about.get('name')}[{about.get('id')}] {about.get('description', 'ended')}"


def _without_words(message: str) -> str:
    """A message that holds a traceback as text, with its frames and without the exception's words."""
    first, *rest = message.split("\n")
    return "\n".join([first, *(line for line in rest if line.startswith(("Traceback", "  ")))])
