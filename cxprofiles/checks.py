"""What must be so before the service starts, beyond single settings."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import connections


@register(Tags.database)
def check_encoding(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Names and identifiers come in every script: the database must hold UTF-8."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_setting('server_encoding')")
            encoding = cursor.fetchone()[0]
        if encoding != "UTF8":
            found.append(
                Error(
                    f"The database is encoded as {encoding}.",
                    hint="Create it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
                    id="cxprofiles.E001",
                )
            )
    return found


@register(Tags.security, deploy=True)
def check_tls(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Cookies of the pages must not travel in the clear."""
    if settings.BEHIND_TLS:
        return []
    return [
        CheckWarning(
            "BEHIND_TLS is not set, so the pages' cookies may travel in the clear.",
            hint="Put the service behind a proxy that speaks TLS and sets X-Forwarded-Proto, and set BEHIND_TLS=1.",
            id="cxprofiles.W001",
        )
    ]
