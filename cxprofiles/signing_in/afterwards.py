"""What is done once the answer is on its way, so that how long the answer takes tells nothing of it."""

import logging
from collections.abc import Callable
from functools import partial

from django.http import HttpRequest
from django.http.response import HttpResponseBase

logger = logging.getLogger(__name__)

HELD = "_afterwards"


def do_afterwards(request: HttpRequest, act: Callable[[], object]) -> None:
    """Do something after the answer to a request. It can no longer fail for whoever asked: a failure is logged."""
    setattr(request, HELD, [*getattr(request, HELD, []), act])


def attach(request: HttpRequest, response: HttpResponseBase) -> None:
    """Have what was asked for done when the server has sent the answer and closes it."""
    for act in getattr(request, HELD, []):
        response._resource_closers.append(partial(_done, act))  # type: ignore[attr-defined]


def _done(act: Callable[[], object]) -> None:
    try:
        act()
    except Exception as error:
        logger.error("What was to be done after an answer failed (%s).", type(error).__name__)
