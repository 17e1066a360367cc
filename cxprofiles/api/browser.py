"""What browser libraries fetch before they send: where to send, and that nothing else is wanted of them.

Each is answered for pages of any origin. What is answered for a write key says no more than that the key is known;
a page's write key is public.
"""

from collections.abc import Callable

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from cxprofiles.api.errors import Problem, not_found, problem_of
from cxprofiles.api.recognise import respond
from cxprofiles.doors.connection import execute_on_django
from cxprofiles.doors.cors import preflight
from cxprofiles.doors.freshness import with_fresh_configuration
from cxprofiles.doors.intake import authenticate, basic_user, with_cors
from cxprofiles.doors.problem import not_allowed, problem_reply
from cxprofiles.doors.reply import JSON, NO_STORE, NOSNIFF, Reply
from profiles.configuration import Configuration, SourceSettings
from profiles.credentials import SHAPE

JAVASCRIPT = ("Content-Type", "text/javascript; charset=utf-8")
UPDATED_AT = "2026-01-01T00:00:00Z"  # a document of a constant shape has no later date

# Nothing that a PostHog project can switch on is here; all of it would be asked of paths that do not exist.
POSTHOG_CONFIG = {
    "supportedCompression": ["gzip-js"],
    "hasFeatureFlags": False,
    "analytics": {"endpoint": "/e/"},
    "sessionRecording": False,
    "heatmaps": False,
    "surveys": False,
    "productTours": False,
    "conversations": False,
    "capturePerformance": False,
    "captureDeadClicks": False,
    "autocaptureExceptions": False,
    "errorTracking": {"autocaptureExceptions": False, "suppressionRules": []},
    "logs": {"captureConsoleLogs": False},
    "toolbarParams": {},
    "siteApps": [],
    "defaultIdentifiedOnly": True,
    "elementsChainAsString": True,
    "isAuthenticated": False,
}
POSTHOG_FLAGS = {
    "flags": {},
    "featureFlags": {},
    "featureFlagPayloads": {},
    "errorsWhileComputingFlags": False,
    **POSTHOG_CONFIG,
}


def segment_settings(request: HttpRequest, write_key: str) -> HttpResponse:
    """GET /v1/projects/{writeKey}/settings: where analytics.js posts. 404 for an unknown key, and it never starts.

    Without `metrics.sampleRate` 0 the library would post its errors to its maker.
    """

    def content() -> object:
        find_source(write_key)
        host = f"{request.get_host()}/v1"
        destination = {"apiKey": write_key, "apiHost": host, "protocol": request.scheme}
        return {"integrations": {"Segment.io": destination}, "metrics": {"sampleRate": 0}, "plan": {"track": {}}}

    return answer(request, lambda: as_json(content()))


def rudder_source_config(request: HttpRequest) -> HttpResponse:
    """GET /sourceConfig/: the source of a write key, with no destinations in the browser."""

    def content() -> object:
        scheme, _, credentials = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        key = basic_user(credentials) if scheme.lower() == "basic" else ""
        key = key or request.GET.get("writeKey", "")
        source = find_source(key)
        silent = {"errors": {"enabled": False}, "metrics": {"enabled": False}}
        return {
            "source": {
                "id": str(source.id),
                "name": "cxprofiles",
                "writeKey": key,
                "config": {"statsCollection": silent},
                "enabled": True,
                "workspaceId": "cxprofiles",
                "destinations": [],
                "updatedAt": UPDATED_AT,
            },
            "updatedAt": UPDATED_AT,
        }

    return answer(request, lambda: as_json(content()))


def posthog_config(request: HttpRequest, key: str) -> HttpResponse:
    """GET /array/{key}/config: nothing is switched on."""
    return answer(request, lambda: as_json({"token": key, **POSTHOG_CONFIG}))


def posthog_config_script(request: HttpRequest, key: str) -> HttpResponse:
    """GET /array/{key}/config.js: the same as a script."""

    def script() -> Reply:
        if not SHAPE.fullmatch(key):  # nothing else may stand in a script
            raise not_found()
        config = msgspec.json.encode({"config": {"token": key, **POSTHOG_CONFIG}, "siteApps": []}).decode()
        name = msgspec.json.encode(key).decode()
        text = f"(window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{{}})[{name}]={config};"
        return Reply(200, [JAVASCRIPT, NO_STORE, NOSNIFF], text.encode())

    return answer(request, script)


@csrf_exempt
def posthog_flags(request: HttpRequest) -> HttpResponse:
    """POST /flags and /decide: there are no feature flags."""
    return answer(request, lambda: as_json(POSTHOG_FLAGS), methods=("GET", "POST"))


def find_source(write_key: str) -> SourceSettings:
    """The source of a write key; raises a 404."""

    def work(held: Configuration) -> SourceSettings:
        return authenticate(write_key, held)

    try:
        return with_fresh_configuration(execute_on_django, work, look_first=True)
    except Problem as problem:
        raise (not_found("There is no source with this write key.") if problem.status == 401 else problem) from None


def as_json(content: object) -> Reply:
    """Some content as an answer."""
    return Reply(200, [JSON, NO_STORE, NOSNIFF], msgspec.json.encode(content))


def answer(request: HttpRequest, reply: Callable[[], Reply], methods: tuple[str, ...] = ("GET",)) -> HttpResponse:
    """A preflight's answer, what `reply` gives, or its problem; readable by pages of any origin."""
    if request.method == "OPTIONS":
        return respond(preflight(request.META))
    try:
        if request.method not in (*methods, "HEAD"):
            raise not_allowed(*methods, "OPTIONS")
        given = reply()
    except Exception as error:
        given = problem_reply(problem_of(error), for_sdk=True)
    return respond(with_cors(given, request.META))
