"""The OpenAPI description of the paths that are served before REST framework: intake, recognition, metrics."""

import re
from typing import Any

import msgspec

from cxprofiles.doors.recognise import Question, Questions
from cxprofiles.doors.routes import FIXED
from profiles.recognition import Answer, Answers

DOOR_SHAPES = (Question, Questions, Answer, Answers)

INTAKE_SUMMARIES = {
    "segment": "Events as Segment's and RudderStack's SDKs send them",
    "posthog": "Events as PostHog's SDKs send them",
    "jitsu": "Events as Jitsu's SDK sends them",
    "cloudevents": "CloudEvents 1.0: structured, binary and batched",
}
BROWSER_PATHS = {
    "/v1/projects/{write_key}/settings": "What Segment's browser library asks for before it sends",
    "/sourceConfig": "What RudderStack's browser library asks for before it sends",
    "/array/{key}/config": "What PostHog's browser library asks for before it sends",
    "/array/{key}/config.js": "The same as a script",
    "/flags": "PostHog's feature flags, of which there are none",
    "/decide": "The same for older libraries",
    "/v1/m": "The browser library's own telemetry, which is thrown away",
}
POSTED = ("/flags", "/decide", "/v1/m")
EVENTS: dict[str, Any] = {
    "description": "One event, or a batch. Plain or gzip, whatever its Content-Type says.",
    "required": True,
    "content": {"application/json": {"schema": {"type": ["object", "array"]}}},
}
ACCEPTED: dict[str, Any] = {
    "description": "Durably committed. `errors` names events of the batch that went into the quarantine.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["success"],
                "properties": {"success": {"const": True}, "errors": {"type": "array", "items": {"type": "object"}}},
            }
        }
    },
}


def door_paths() -> dict[str, Any]:
    """The paths, each in the spelling without a trailing slash."""
    paths: dict[str, Any] = {
        path: {"post": intake_operation(path, found.dialect)} for path, found in FIXED.items() if not path.endswith("/")
    }
    paths["/api/s/{type}"] = {
        "post": {
            **intake_operation("/api/s/type", "jitsu"),
            "parameters": [{"name": "type", "in": "path", "required": True, "schema": {"type": "string"}}],
        }
    }
    for path, summary in BROWSER_PATHS.items():
        paths[path] = {"post" if path in POSTED else "get": browser_operation(path, summary)}
    paths["/v1/recognise"] = {"post": recognition("recognise", "Who stands before a channel?", Question, Answer)}
    paths["/v1/recognise/batch"] = {
        "post": recognition(
            "recognise_batch",
            "The same for up to 1,000 at once; an array is answered by an array.",
            Questions | list[Question],
            Answers | list[Answer],
        )
    }
    paths["/metrics"] = {
        "get": {
            "operationId": "read_metrics",
            "summary": "Metrics for Prometheus.",
            "tags": ["operation"],
            "security": [],
            "responses": {"200": {"description": "The text format.", "content": {"text/plain": {}}}},
        }
    }
    return paths


def intake_operation(path: str, dialect: str) -> dict[str, Any]:
    """One intake path."""
    return {
        "operationId": "post" + path.replace("/", "_"),
        "summary": INTAKE_SUMMARIES[dialect],
        "tags": ["intake"],
        "security": [{"writeKey": []}],
        "requestBody": EVENTS,
        "responses": {"200": ACCEPTED},
    }


def browser_operation(path: str, summary: str) -> dict[str, Any]:
    """One path that a browser library asks beside intake."""
    kind = "text/javascript" if path.endswith(".js") else "application/json"
    return {
        "operationId": "browser_" + re.sub(r"\W+", "_", path).strip("_"),
        "summary": summary,
        "tags": ["browser libraries"],
        "security": [],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)}", path)
        ],
        "responses": {"200": {"description": "What the library expects.", "content": {kind: {}}}},
    }


def recognition(name: str, summary: str, request: Any, response: Any) -> dict[str, Any]:
    """One recognition path."""
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["recognition"],
        "security": [{"token": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference(request)}}},
        "responses": {
            "200": {"description": "The answer.", "content": {"application/json": {"schema": reference(response)}}}
        },
    }


def reference(shape: Any) -> Any:
    """Where the document has a shape."""
    (schema,), _ = msgspec.json.schema_components([shape], ref_template="#/components/schemas/{name}")
    return schema
