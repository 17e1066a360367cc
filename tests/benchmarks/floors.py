"""What the service is measured against: the least that Django can do, and the same jobs done the ordinary way.

Each view stands behind the same server as the service, with its very options. They are written as one would write
them from the frameworks' own tutorials, and no worse than that.
"""

import hashlib
import json
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cxprofiles.models import ApiToken
from profiles.credentials import digest_of
from profiles.identity.canonical import identifier_digest
from profiles.models import Card, Identifier, Interaction, SourceKey

FLOOR_DIALECT = "floor"


def bare(request: HttpRequest) -> HttpResponse:
    """A Django view that does nothing: the floor of all that goes through Django."""
    return HttpResponse(b'{"status":"known"}', content_type="application/json")


def read_body(request: HttpRequest) -> HttpResponse:
    """A Django view that only reads the body: the floor of all that takes one in."""
    return HttpResponse(b'{"success":true}' if request.body else b"{}", content_type="application/json")


class Bearer(BaseAuthentication):
    """A service token, looked up by its hash."""

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        token = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        found = ApiToken.objects.filter(digest=digest_of(token), revoked_at=None).first()
        if found is None:
            raise AuthenticationFailed
        return found, None


class MayRecognise(BasePermission):
    """The token has the scope."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return "recognise" in getattr(request.user, "scopes", ())


class PresentedSerializer(serializers.Serializer[Any]):
    """An identifier as it is presented."""

    type = serializers.CharField()
    value = serializers.CharField()


class QuestionSerializer(serializers.Serializer[Any]):
    """The body of a recognition."""

    purpose = serializers.ChoiceField(choices=["service", "personalisation", "analytics"])
    identifiers = PresentedSerializer(many=True)


class CardSerializer(serializers.ModelSerializer[Card]):
    """The body of the answer."""

    status = serializers.SerializerMethodField()
    traits = serializers.SerializerMethodField()
    consents = serializers.SerializerMethodField()
    recent = serializers.SerializerMethodField()

    class Meta:
        model = Card
        fields = ("status", "profile_id", "traits", "consents", "recent", "first_seen", "last_seen")

    def get_status(self, card: Card) -> str:
        return "known" if card.known else "anonymous"

    def get_traits(self, card: Card) -> Any:
        return json.loads(bytes(card.traits))

    def get_consents(self, card: Card) -> Any:
        return json.loads(bytes(card.consents))

    def get_recent(self, card: Card) -> Any:
        return json.loads(bytes(card.recent))


class RecogniseView(APIView):
    """Recognition with Django REST framework and three queries of the ORM: token, identifier, card."""

    authentication_classes = (Bearer,)
    permission_classes = (MayRecognise,)

    def post(self, request: Request) -> Response:
        question = QuestionSerializer(data=request.data)
        question.is_valid(raise_exception=True)
        presented = question.validated_data["identifiers"][0]
        identifier = Identifier.objects.filter(
            type__name=presented["type"], digest=identifier_digest(identifier_key(), presented["value"])
        ).first()
        if identifier is None:
            raise NotFound
        return Response(CardSerializer(Card.objects.get(root_id=identifier.root_id)).data)


def identifier_key() -> bytes:
    """The key of the identifiers' hashes."""
    from django.conf import settings

    key: bytes = settings.IDENTIFIER_KEY
    return key


class WriteKey(BaseAuthentication):
    """A source's write key as the user name of HTTP Basic, looked up by its hash."""

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        import base64

        given = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Basic ")
        name = base64.b64decode(given).decode().partition(":")[0]
        found = SourceKey.objects.select_related("source").filter(digest=digest_of(name), revoked_at=None).first()
        if found is None:
            raise AuthenticationFailed
        return found.source, None


class HasSource(BasePermission):
    """A source calls."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user is not None


class EventSerializer(serializers.Serializer[Any]):
    """One event of Segment's."""

    type = serializers.ChoiceField(choices=["identify", "track", "page", "screen", "group", "alias"])
    messageId = serializers.CharField(max_length=300)  # noqa: N815  (the wire's spelling)
    event = serializers.CharField(required=False)
    userId = serializers.CharField(required=False, allow_null=True)  # noqa: N815
    anonymousId = serializers.CharField(required=False, allow_null=True)  # noqa: N815
    timestamp = serializers.DateTimeField()
    context = serializers.DictField(required=False)  # type: ignore[assignment]  # shadows what DRF itself keeps
    properties = serializers.DictField(required=False)
    traits = serializers.DictField(required=False)
    integrations = serializers.DictField(required=False)


class BatchSerializer(serializers.Serializer[Any]):
    """The body of a batch."""

    batch = EventSerializer(many=True)
    sentAt = serializers.DateTimeField(required=False)  # noqa: N815


class BatchView(APIView):
    """Intake with Django REST framework: every event validated and stored as a row, with bulk_create."""

    authentication_classes = (WriteKey,)
    permission_classes = (HasSource,)

    def post(self, request: Request) -> Response:
        serializer = BatchSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        now = timezone.now()
        rows = [self.row(request, event, now) for event in serializer.validated_data["batch"]]
        Interaction.objects.bulk_create(rows, ignore_conflicts=True)
        return Response({"success": True})

    def row(self, request: Request, event: dict[str, Any], now: Any) -> Interaction:
        """The event as a row, its id made anew so that a repeated body is stored again."""
        return Interaction(
            id=uuid.UUID(bytes=hashlib.sha256(uuid.uuid4().bytes).digest()[:16]),
            source_id=int(request.user.pk or 0),
            message_id=event["messageId"],
            type=event["type"],
            event=event.get("event", ""),
            occurred_at=event["timestamp"],
            received_at=now,
            verified=True,
            linkable=True,
            dialect=FLOOR_DIALECT,
            payload=json.dumps(event, default=str),
        )


urlpatterns = [
    path("bare", bare),
    path("read-body", read_body),
    path("recognise", RecogniseView.as_view()),
    path("batch", BatchView.as_view()),
]
