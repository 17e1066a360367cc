"""How the service does, without personal data."""

from typing import ClassVar

import msgspec
from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from cxprofiles.api.authentication import ApiView, Scopes, answer
from profiles.intake.backlog import read_backlog


class Status(msgspec.Struct):
    """`pending`: accepted interactions that are not yet part of a profile."""

    pending: int
    quarantined: int
    oldest_pending_seconds: float
    version: str


class StatusView(ApiView):
    """The backlog and the version; open to all, as health and metrics are."""

    scopes: ClassVar[Scopes] = {}
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="read_status", auth=[], responses=Status)
    def get(self, request: Request) -> HttpResponse:
        """How much waits to become part of a profile."""
        backlog = read_backlog()
        status = Status(
            backlog.pending, backlog.quarantined, round(backlog.oldest_pending_seconds, 3), settings.VERSION
        )
        return answer(status)
