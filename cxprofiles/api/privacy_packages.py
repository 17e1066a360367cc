"""Fetching a package as a service that sees to people's rights: once, whoever fetches it."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar

import uuid_utils
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from consent.access import Access, record_accesses
from cxprofiles.api.authentication import ApiView, Scopes, actor_of
from profiles.privacy.packaging import open_package, package_token, people_in

OPERATION = "package"
PURPOSE = "service"
ZIP = "application/zip"


class PackageView(ApiView):
    """The package of a request."""

    scopes: ClassVar[Scopes] = {"POST": ("privacy",)}

    @extend_schema(
        operation_id="fetch_privacy_package",
        request=None,
        responses={
            (200, ZIP): OpenApiTypes.BINARY,
            404: OpenApiResponse(description="There is no package of this request."),
            410: OpenApiResponse(description="It was fetched already, or not in time."),
        },
    )
    def post(self, request: Request, request_id: uuid.UUID) -> StreamingHttpResponse:
        """The package of an access or portability request, a ZIP file, once: the person's link ends with it."""
        pieces = open_package(package_token(request_id), now=datetime.now(UTC))
        log_fetch(actor_of(request), people_in(request_id))
        headers = {"Content-Disposition": f'attachment; filename="{request_id}.zip"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(pieces, content_type=ZIP, headers=headers)


def log_fetch(actor: str, profile_ids: Iterable[uuid.UUID]) -> None:
    """Write to the access log that all that is held of somebody was given to a service."""
    now = datetime.now(UTC)
    record_accesses(
        Access(
            id=uuid.UUID(bytes=uuid_utils.uuid7().bytes),
            at=now,
            actor=actor,
            operation=OPERATION,
            profile_id=profile_id,
            purpose=PURPOSE,
            allowed=True,
            fields="package",
        )
        for profile_id in profile_ids
    )
