"""What must be so before the service starts, beyond single settings."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import connections
from django.db.models import CompositePrimaryKey

from consent.certificates import find_signer
from consent.protocols.x509 import BadPair
from consent.stores import REGISTRY, Registry, problems

DECLARATIONS = ("consent.store_list", "profiles.privacy.stores", "cxprofiles.stores")


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


@register(Tags.security)
def check_certificate(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """The files that OpenDSR answers are signed with must fit together, so that the first request does not find out."""
    if settings.OPENDSR_CERTIFICATE is None:
        return []
    try:
        found = find_signer()
    except (BadPair, OSError) as error:
        reason = str(error) if isinstance(error, BadPair) else "The files cannot be read."
        return [
            Error(
                f"Nothing can be signed with OPENDSR_PRIVATE_KEY and OPENDSR_CERTIFICATE: {reason}",
                hint="Give the RSA key and the certificate of OPENDSR_DOMAIN, both as PEM files.",
                id="cxprofiles.E003",
            )
        ]
    if not found.self_signed:
        return []
    return [
        CheckWarning(
            "The certificate in OPENDSR_CERTIFICATE is self-signed, which OpenDSR forbids.",
            hint="Have one issued by an authority that controllers trust.",
            id="cxprofiles.W002",
        )
    ]


@register(Tags.models)
def check_stores(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Personal data that nobody declared would stay behind when a person is erased."""
    return [
        Error(
            sentence,
            hint="Declare the table beside the models of its app: " + ", ".join(DECLARATIONS) + ".",
            id="cxprofiles.E002",
        )
        for sentence in problems(declared(), fields_of_models())
    ]


def declared() -> Registry:
    """What all apps declared of their stores."""
    for module in DECLARATIONS:
        import_module(module)
    return REGISTRY


def fields_of_models() -> dict[str, list[str]]:
    """Every model of every installed app, those that Django makes by itself too, with its columns."""
    return {
        model._meta.label: [
            field.name for field in model._meta.local_fields if not isinstance(field, CompositePrimaryKey)
        ]
        for model in apps.get_models(include_auto_created=True)
    }
