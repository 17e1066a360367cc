"""The WSGI callable in front of Django: the two hot doors, and everything else to Django.

Seven layers of middleware and URL resolving cost more than a recognition; these paths need none of it.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cxprofiles.doors import intake, recognise
from cxprofiles.doors.access import buffer
from cxprofiles.doors.background import Background
from cxprofiles.doors.bell import bell
from cxprofiles.doors.connection import HealingConnection, execute
from cxprofiles.doors.gathering import Gathering
from cxprofiles.doors.metrics import notes
from cxprofiles.doors.reply import STATUS_LINES, Reply
from cxprofiles.doors.routes import METRICS, IntakePath, find_intake_path

Door = Callable[[Mapping[str, Any]], Reply]

gathering = Gathering(HealingConnection())
means = recognise.Means(execute, gathering.find_cards, buffer.extend)

RECOGNITION: dict[str, Door] = {
    path + slash: partial(door, means=means)
    for path, door in (("/v1/recognise", recognise.answer_one), ("/v1/recognise/batch", recognise.answer_batch))
    for slash in ("", "/")
}


def settle() -> bool:
    """What is done beside the answers: the counts and the access log; False where the log could not be written."""
    notes.count()
    return buffer.flush()


background = Background(settle)


def find_door(path: str) -> tuple[str, Door] | None:
    """The door of a path and its name, or None where Django serves it."""
    door = RECOGNITION.get(path)
    if door is not None:
        return "recognition", door
    intake_path = find_intake_path(path)
    if intake_path is not None:
        return "intake", partial(answer_intake, intake_path)
    return ("intake", intake.answer_browser_metrics) if path in METRICS else None


def answer_intake(path: IntakePath, environ: Mapping[str, Any]) -> Reply:
    """The intake door, on this thread's own connection."""
    return intake.answer_intake(path, environ, execute, bell.ask)


def front_door(behind: WSGIApplication) -> WSGIApplication:
    """The hot doors, and `behind` them the application that serves every other path."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        found = find_door(environ["PATH_INFO"])
        if found is None:
            return behind(environ, start_response)
        began = time.perf_counter()
        name, door = found
        reply = door(environ)
        start_response(STATUS_LINES[reply.status], [*reply.headers, ("Content-Length", str(len(reply.body)))])
        notes.answers.append((name, reply.status, time.perf_counter() - began))
        background.ensure()
        return [reply.body]

    return application
