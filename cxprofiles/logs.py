"""How log lines look, and what never stands in them."""

import logging
import traceback
from types import TracebackType
from typing import Any

from django.db import Error as DatabaseError

LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class PlainFormatter(logging.Formatter):
    """One line an entry. Of an exception it shows where and its class, never its text: a database's quotes the row."""

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
        return f"{frames}{kind.__name__}{_cause(error)}"


def _cause(error: BaseException) -> str:
    """What may be said of an error beside its class: of a database's its code."""
    if not isinstance(error, DatabaseError):
        return ""
    code = getattr(error.__cause__, "sqlstate", None)
    return f" (SQLSTATE {code})" if code else ""
