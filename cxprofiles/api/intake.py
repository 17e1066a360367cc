"""Intake as plain Django views: the hot door's twin, on Django's own connection."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from cxprofiles.api.errors import not_found, problem_response
from cxprofiles.api.recognise import respond
from cxprofiles.doors import intake
from cxprofiles.doors.connection import execute_on_django
from cxprofiles.doors.routes import FIXED, METRICS, find_intake_path
from tasks.intake import ring


@csrf_exempt
def post_events(request: HttpRequest, **_captured: str) -> HttpResponse:
    """Any intake path: what it says of the body is in `doors.routes`."""
    found = find_intake_path(request.path_info)
    if found is None:
        return problem_response(not_found())
    return respond(intake.answer_intake(found, request.META, execute_on_django, ring_after_commit))


@csrf_exempt
def post_metrics(request: HttpRequest) -> HttpResponse:
    """POST /v1/m."""
    return respond(intake.answer_browser_metrics(request.META))


def intake_urls() -> list[URLPattern]:
    """Every intake path in both of its spellings."""
    jitsu = ("api/s/<str:type>", "api/s/<str:type>/", "api/s/s2s/<str:type>", "api/s/s2s/<str:type>/")
    return [
        *(path(spelling[1:], post_events) for spelling in FIXED),
        *(path(spelling, post_events) for spelling in jitsu),
        *(path(spelling[1:], post_metrics) for spelling in sorted(METRICS)),
    ]


def ring_after_commit() -> None:
    """Wake the workers once the batch is committed."""
    transaction.on_commit(ring)
