"""Notices: what people are told, version by version, each for good."""

from datetime import datetime
from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.purpose_reading import PublishedNotice, read_notices
from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import is_clean, read_body, read_text
from cxprofiles.api.errors import not_found
from cxprofiles.api.purposes import READERS
from profiles.purpose_changes import publish_notice

NO_NOTICE = "There is no notice of this key and version, or not in this language; PUT publishes one."
LANGUAGE = OpenApiParameter("language", OpenApiTypes.STR, description="Only this language, a BCP 47 tag.")


class NoticeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The text of a notice in one language, and what a record of consent needs beside it, as the controllers."""

    language: str
    text: str
    terms: dict[str, Any] = {}


class NoticeListed(msgspec.Struct):
    """One version of a notice in one language, without its text."""

    key: str
    version: str
    language: str
    sha256: str
    published_at: datetime


class NoticesListed(msgspec.Struct):
    """All notices, by key, version and language."""

    items: list[NoticeListed]


class NoticeShown(msgspec.Struct):
    """One version of a notice in one language. `sha256` is of the text in UTF-8, in hexadecimal."""

    language: str
    text: str
    sha256: str
    terms: dict[str, Any]
    published_at: datetime


class NoticeVersion(msgspec.Struct):
    """One version of a notice, in the languages that it was published in."""

    key: str
    version: str
    languages: list[NoticeShown]


class NoticesView(ApiView):
    """All notices."""

    scopes: ClassVar[Scopes] = {"GET": READERS}

    @extend_schema(operation_id="list_notices", parameters=[LANGUAGE], responses=NoticesListed)
    def get(self, request: Request) -> HttpResponse:
        """All notices, by key, version and language."""
        items = [msgspec.convert(notice, NoticeListed, from_attributes=True) for notice in asked(request)]
        return answer(NoticesListed(items))


class NoticeView(ApiView):
    """One version of a notice."""

    scopes: ClassVar[Scopes] = {"GET": READERS, "PUT": ("admin",)}

    @extend_schema(operation_id="read_notice", parameters=[LANGUAGE], responses=NoticeVersion)
    def get(self, request: Request, key: str, version: str) -> HttpResponse:
        """The texts of one version."""
        found = asked(request, key=key, version=version) if is_clean(key + version) else []
        if not found:
            raise not_found(NO_NOTICE)
        return answer(shown(found))

    @extend_schema(
        operation_id="publish_notice", request=NoticeRequest, responses={200: NoticeVersion, 201: NoticeVersion}
    )
    def put(self, request: Request, key: str, version: str) -> HttpResponse:
        """Publish a version in one language, for good: the same again is fine, another text needs a new version."""
        body = read_body(request, NoticeRequest)
        created = publish_notice(
            key=key,
            version=version,
            language=body.language,
            text=body.text,
            terms=body.terms,
            actor=actor_of(request),
        )
        return answer(shown(read_notices(key=key, version=version, language=body.language)), 201 if created else 200)


def asked(request: Request, **where: str) -> list[PublishedNotice]:
    """The notices that a request asks for; `?language=` narrows them."""
    language = read_text(request, "language")
    return read_notices(**where) if language is None else read_notices(**where, language=language)


def shown(notices: list[PublishedNotice]) -> NoticeVersion:
    """One version, which has a text in one language at least, as the answer has it."""
    languages = [msgspec.convert(notice, NoticeShown, from_attributes=True) for notice in notices]
    return NoticeVersion(notices[0].key, notices[0].version, languages)
