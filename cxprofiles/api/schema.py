"""The OpenAPI document and its page.

The views say their own part by `extend_schema`, in shapes that are msgspec structs. The hot doors and the paths of
other people's clients are no views of REST framework; they are told here.
"""

from functools import lru_cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.settings import patched_settings
from drf_spectacular.views import SpectacularSwaggerSplitView

from cxprofiles.api.door_paths import DOOR_SHAPES, door_paths
from cxprofiles.api.errors import CONTENT_TYPE, FieldError

TEMPLATE = "#/components/schemas/{name}"
SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/v1/",
    "PREPROCESSING_HOOKS": ["cxprofiles.api.schema.without_second_spellings"],
    "POSTPROCESSING_HOOKS": ["cxprofiles.api.schema.with_doors_and_problems"],
}


class ProblemDetails(msgspec.Struct):
    """What is wrong and what to do (RFC 9457). A `decision` is there where a purpose is not allowed now."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldError] = []
    decision: dict[str, Any] | None = None


class StructExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # the library has no types
    """Lets `extend_schema` take msgspec structs."""

    target_class = "msgspec.Struct"
    match_subclasses = True

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        _, components = msgspec.json.schema_components([self.target], ref_template=TEMPLATE)
        own = components.pop(self.target.__name__)
        for name, schema in components.items():
            kind = ResolvedComponent.SCHEMA
            component = ResolvedComponent(name, kind, schema, name)  # type: ignore[no-untyped-call]
            auto_schema.registry.register_on_missing(component)
        return own


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library has no types
    """How the document names bearer tokens."""

    target_class = "cxprofiles.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "A service token with the scope that is needed."}


def without_second_spellings(endpoints: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Each path is served with and without its trailing slash; the document names it once."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]


def with_doors_and_problems(result: dict[str, Any], **_rest: Any) -> dict[str, Any]:
    """Add the doors, and to every operation that its errors are problem details."""
    _, shapes = msgspec.json.schema_components([ProblemDetails, *DOOR_SHAPES], ref_template=TEMPLATE)
    components = result.setdefault("components", {})
    components["schemas"] = dict(sorted({**shapes, **components.get("schemas", {})}.items()))
    components.setdefault("securitySchemes", {}).update(
        writeKey={
            "type": "http",
            "scheme": "basic",
            "description": "A source's write key as the user name, with an empty password.",
        }
    )
    result["paths"] = dict(sorted({**result["paths"], **door_paths()}.items()))
    for operations in result["paths"].values():
        for operation in operations.values():
            usual = {
                "description": "What is wrong and what to do.",
                "content": {CONTENT_TYPE: {"schema": {"$ref": TEMPLATE.format(name="ProblemDetails")}}},
            }
            operation["responses"].setdefault("default", usual)
    return result


@lru_cache(maxsize=1)
def document() -> bytes:
    """The OpenAPI document of this version, as JSON."""
    with patched_settings(SETTINGS):
        generator = SchemaGenerator()  # type: ignore[no-untyped-call]
        return msgspec.json.encode(generator.get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """GET /v1/openapi.json."""
    return HttpResponse(document(), content_type="application/json")


class DocsView(SpectacularSwaggerSplitView):
    """GET /v1/docs: the document as a page, under the same content security policy as all pages."""

    url_name = "openapi"
    template_name = "cxprofiles/docs.html"
    authentication_classes = ()
