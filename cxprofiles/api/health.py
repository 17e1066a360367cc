"""Whether the process lives, and whether the service can do its work."""

from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from consent.erasure_log import ErasureLogBroken, is_ahead

BROKER_SECONDS = 2.0


@extend_schema(
    summary="Does the process live?",
    auth=[],
    responses={200: inline_serializer("Alive", {"status": serializers.ChoiceField(["alive"])})},
)
@api_view(["GET"])
@authentication_classes([])
@permission_classes([AllowAny])
def healthz(request: Request) -> Response:
    """200 as long as this process answers at all. It asks nobody else."""
    return Response({"status": "alive"})


READINESS: dict[str, serializers.Field[Any, Any, Any, Any]] = {
    "status": serializers.ChoiceField(["ready", "unavailable"]),
    "database": serializers.BooleanField(),
    "broker": serializers.BooleanField(),
    "migrations": serializers.BooleanField(help_text="Whether every migration has been applied."),
    "erasures": serializers.BooleanField(
        help_text="Whether the database knows all that was erased; a restored backup does after a replay."
    ),
}


@extend_schema(
    summary="Can the service do its work?",
    auth=[],
    responses={200: inline_serializer("Readiness", READINESS), 503: inline_serializer("Readiness", READINESS)},
)
@api_view(["GET"])
@authentication_classes([])
@permission_classes([AllowAny])
def readyz(request: Request) -> Response:
    """200 when the database and the broker answer, every migration is applied and every erasure is known, else 503; the
    body says which."""
    database = database_answers()
    migrated = database and migrations_are_applied()
    found = {
        "database": database,
        "broker": broker_answers(),
        "migrations": migrated,
        "erasures": migrated and erasures_are_known(),
    }
    ready = all(found.values())
    return Response({"status": "ready" if ready else "unavailable", **found}, status=200 if ready else 503)


def database_answers() -> bool:
    """Whether a query comes back."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def broker_answers() -> bool:
    """Whether Redis answers a ping soon."""
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=BROKER_SECONDS, socket_connect_timeout=BROKER_SECONDS
        )
        with client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def migrations_are_applied() -> bool:
    """Whether the tables are those of this version. Once true it stays so for this process, which runs one version."""
    if not _seen.migrated:
        try:
            executor = MigrationExecutor(connection)
            _seen.migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return False
    return _seen.migrated


def erasures_are_known() -> bool:
    """Whether the database is no older copy, as far as the log outside of it tells."""
    try:
        return not is_ahead()
    except (DatabaseError, ErasureLogBroken):
        return False


class _Seen:
    """What this process has found out once."""

    migrated = False


_seen = _Seen()
