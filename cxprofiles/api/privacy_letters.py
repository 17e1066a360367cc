"""Letters about a request, as text or as PDF: for whoever tells the person."""

from typing import ClassVar
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.letter_pdf import letter_pdf
from consent.requests.letter_reading import KINDS, read_letter
from cxprofiles.api.authentication import ApiView, Scopes, answer
from cxprofiles.api.privacy_requests import one_of

JSON, PDF = "json", "pdf"


class LetterShown(msgspec.Struct):
    """A letter in the person's language. `fields` says what each paragraph is, in the order of the letter."""

    kind: str
    language: str
    title: str
    fields: dict[str, str]


class LetterView(ApiView):
    """The letter of a request."""

    scopes: ClassVar[Scopes] = {"GET": ("privacy",)}

    @extend_schema(
        operation_id="read_privacy_letter",
        parameters=[
            OpenApiParameter("kind", str, enum=list(KINDS), description="The latest if left out."),
            OpenApiParameter("format", str, enum=[JSON, PDF], description="`json` if left out."),
        ],
        responses={(200, "application/json"): LetterShown, (200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, request_id: UUID) -> HttpResponse:
        """The letter that the state of the request calls for, or an earlier one."""
        letter = read_letter(request_id, one_of(request, "kind", KINDS))
        if one_of(request, "format", (JSON, PDF)) != PDF:
            return answer(LetterShown(letter.kind, letter.language, letter.title, dict(letter.fields)))
        pdf = letter_pdf(
            title=letter.title, paragraphs=letter.paragraphs, language=letter.language, reference=str(request_id)
        )
        name = f"{letter.kind}-{request_id}.pdf"
        return HttpResponse(
            pdf, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )
