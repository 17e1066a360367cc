"""Recipients of personal data: who they are and their secrets."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from consent.delivery_secrets import Held, good
from consent.delivery_steps import send_test
from consent.models import Recipient
from consent.recipient_writing import DEFAULT_OVERLAP, RecipientFields, fields_of, find_recipient
from cxprofiles.api.authentication import ApiView, Scopes, actor_of, answer
from cxprofiles.api.bodies import read_body
from profiles.recipients import change_recipient, disable_recipient, rotate_secret


class RecipientSettings(msgspec.Struct, forbid_unknown_fields=True):
    """What staff may set on a recipient. What is left out takes its default.

    `url` is a Standard Webhooks endpoint. `kinds`: the types of requests that it is told of, none: all. `purposes`:
    what it has data for, none: all. `identifier_types`: by which it knows people, none: as they presented themselves.
    `country`: ISO 3166.
    """

    url: str
    title: str = ""
    kinds: list[str] = []
    purposes: list[str] = []
    identifier_types: list[str] = []
    country: str = ""


class SecretShown(msgspec.Struct):
    """A secret that is good now, which nobody can read again."""

    made_at: datetime
    ends_at: datetime | None


class RecipientShown(RecipientSettings, kw_only=True):
    """A recipient."""

    name: str
    created_at: datetime
    disabled_at: datetime | None
    secrets: list[SecretShown]


class RecipientSet(RecipientShown, kw_only=True):
    """A recipient as it was just set. The secret of a new one is shown this once; null: it keeps its own."""

    secret: str | None


class RecipientsListed(msgspec.Struct):
    """All recipients, by name, disabled ones too."""

    items: list[RecipientShown]


class SecretRotation(msgspec.Struct, forbid_unknown_fields=True):
    """How long the old secrets stay good beside the new one."""

    overlap_seconds: int = int(DEFAULT_OVERLAP.total_seconds())


class SecretRotated(msgspec.Struct):
    """The new secret, shown this once."""

    recipient: str
    secret: str


class TestMessage(msgspec.Struct):
    """The message that is on its way."""

    id: UUID


class RecipientsView(ApiView):
    """All recipients."""

    scopes: ClassVar[Scopes] = {"GET": ("admin", "privacy")}

    @extend_schema(operation_id="list_recipients", responses=RecipientsListed)
    def get(self, request: Request) -> HttpResponse:
        """All recipients, by name, disabled ones too."""
        return answer(RecipientsListed([shown(row) for row in Recipient.objects.order_by("name")]))


class RecipientView(ApiView):
    """One recipient."""

    scopes: ClassVar[Scopes] = {"GET": ("admin", "privacy"), "PUT": ("admin",), "DELETE": ("admin",)}

    @extend_schema(operation_id="read_recipient", responses=RecipientShown)
    def get(self, request: Request, name: str) -> HttpResponse:
        """One recipient."""
        return answer(shown(find_recipient(name)))

    @extend_schema(
        operation_id="set_recipient", request=RecipientSettings, responses={200: RecipientSet, 201: RecipientSet}
    )
    def put(self, request: Request, name: str) -> HttpResponse:
        """Register a recipient (201), or replace what staff may set on one; one that was disabled comes back."""
        body = read_body(request, RecipientSettings)
        fields = RecipientFields(**msgspec.structs.asdict(body))
        secret = change_recipient(name=name, fields=fields, actor=actor_of(request))
        now = msgspec.structs.asdict(shown(find_recipient(name)))
        return answer(RecipientSet(**now, secret=secret), 201 if secret else 200)

    @extend_schema(operation_id="disable_recipient", responses={204: None})
    def delete(self, request: Request, name: str) -> HttpResponse:
        """Tell a recipient nothing any more; what waits for it is given up, and what it was told stays listed."""
        disable_recipient(name=name, actor=actor_of(request))
        return HttpResponse(status=204)


class RotateSecretView(ApiView):
    """A new secret for a recipient."""

    scopes: ClassVar[Scopes] = {"POST": ("admin",)}

    @extend_schema(operation_id="rotate_recipient_secret", request=SecretRotation, responses={201: SecretRotated})
    def post(self, request: Request, name: str) -> HttpResponse:
        """Make a new secret; the old ones end after the overlap, and until then messages are signed by each."""
        body = read_body(request, SecretRotation)
        overlap = timedelta(seconds=max(-1, min(body.overlap_seconds, 10**9)))
        return answer(SecretRotated(name, rotate_secret(name=name, actor=actor_of(request), overlap=overlap)), 201)


class TestRecipientView(ApiView):
    """A message that names nobody."""

    scopes: ClassVar[Scopes] = {"POST": ("admin", "privacy")}

    @extend_schema(operation_id="test_recipient", request=None, responses={202: TestMessage})
    def post(self, request: Request, name: str) -> HttpResponse:
        """Have a recipient sent a message that names nobody, to see whether it takes and verifies it."""
        return answer(TestMessage(send_test(name=name)), 202)


def shown(row: Recipient) -> RecipientShown:
    """A recipient as the answer has it."""
    return RecipientShown(
        name=row.name,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        secrets=msgspec.convert([shorn(one) for one in good(row.secrets, datetime.now(UTC))], list[SecretShown]),
        **fields_of(row).described(),
    )


def shorn(held: Held) -> dict[str, Any]:
    """A secret as it is stored, without itself."""
    return {"made_at": held["made_at"], "ends_at": held["ends_at"]}
