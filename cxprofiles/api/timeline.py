"""The timeline of a profile."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from consent.purposes import Purpose
from cxprofiles.api.authentication import ApiView, Scopes, answer, token_of
from cxprofiles.api.bodies import bad_parameter, read_count, read_text
from cxprofiles.api.disclosure import disclosure
from cxprofiles.api.errors import Problem, not_found
from cxprofiles.api.profiles import NO_PROFILE, PURPOSE, IdentifierNamed
from cxprofiles.tokens import TokenSettings
from profiles.configuration import configuration
from profiles.models import Source
from profiles.profile import find_root, find_subject
from profiles.recognition import BEHAVIOUR, Decision
from profiles.snapshot import one_snapshot
from profiles.timeline import TimelineItem, TimelinePage, decode_cursor, read_timeline

MOST_ITEMS = 200
USUAL_ITEMS = 50
BEHAVIOUR_UNSEEN = "This purpose may not see what people do: `behaviour` is not among its data categories."


class DroppedIdentifier(msgspec.Struct):
    """An identifier that was left out, and why; its value is not kept here."""

    type: str
    reason: str


class TimelineItemShown(msgspec.Struct):
    """One interaction. `link_quality` is null until probable links are made."""

    id: UUID
    message_id: str
    source: str
    channel: str
    type: str
    event: str
    occurred_at: datetime
    received_at: datetime
    identifiers: list[IdentifierNamed]
    properties: dict[str, Any]
    dropped_identifiers: list[DroppedIdentifier]
    link_quality: float | None = None


class TimelineShown(msgspec.Struct):
    """A page of interactions, newest first. `next_cursor` null: this was the last page."""

    profile_id: UUID
    canonical_id: UUID
    items: list[TimelineItemShown]
    next_cursor: str | None
    decision: Decision


PARAMETERS = [
    PURPOSE,
    OpenApiParameter("limit", int, description=f"1 to {MOST_ITEMS}, {USUAL_ITEMS} if left out."),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before."),
    OpenApiParameter("channel", str, enum=Source.Channel.values, description="Only interactions of this channel."),
    OpenApiParameter("event", str, description="Only interactions of this event name."),
]


class TimelineView(ApiView):
    """The interactions of one profile."""

    scopes: ClassVar[Scopes] = {"GET": ("profiles:read",)}

    @extend_schema(operation_id="read_timeline", parameters=PARAMETERS, responses=TimelineShown)
    def get(self, request: Request, profile_id: UUID) -> HttpResponse:
        """What happened, newest first. A token that is tied to channels sees interactions of these alone.

        An interaction whose own consent signals do not grant the purpose is left out; where many are, a page may have
        fewer items than `limit`, or none, and still a `next_cursor`.
        """
        asked = disclosure(request, "timeline", read_text(request, "purpose"))
        with one_snapshot():
            root = find_root(profile_id)
            found = None if root is None else find_subject(root)
            if root is None or found is None:
                raise not_found(NO_PROFILE)
            page = page_asked(request, root, asked.purpose) if asked.purpose.sees(BEHAVIOUR) else None
        if page is None:
            raise asked.refuse(found, BEHAVIOUR_UNSEEN)
        decision = asked.allow([found], ["timeline"])
        items = [shown(item) for item in page.items]
        return answer(TimelineShown(profile_id, found.profile_id, items, page.next_cursor, decision))


def page_asked(request: Request, root: int, purpose: Purpose) -> TimelinePage:
    """The page that the query asks for."""
    cursor = read_text(request, "cursor")
    return read_timeline(
        root,
        configuration(),
        purpose=purpose,
        limit=read_count(request, "limit", default=USUAL_ITEMS, most=MOST_ITEMS),
        cursor=None if cursor is None else decode_cursor(cursor),
        channels=channels_asked(token_of(request), read_text(request, "channel")),
        event=read_text(request, "event"),
    )


def channels_asked(token: TokenSettings, channel: str | None) -> frozenset[str] | None:
    """The channels that may be shown: the one asked for, or all that the token is tied to; None: any."""
    if channel is None:
        return token.channels
    if channel not in Source.Channel.values:
        raise bad_parameter("channel", f"A channel is one of: {', '.join(Source.Channel.values)}.")
    if not token.may_use_channel(channel):
        raise Problem(403, "This token is tied to channels, and this one is not among them.")
    return frozenset({channel})


def shown(item: TimelineItem) -> TimelineItemShown:
    """An interaction as the answer has it."""
    return TimelineItemShown(
        id=item.id,
        message_id=item.message_id,
        source=item.source,
        channel=item.channel,
        type=item.type,
        event=item.event,
        occurred_at=item.occurred_at,
        received_at=item.received_at,
        identifiers=[IdentifierNamed(named.type, named.value) for named in item.identifiers],
        properties=item.properties,
        dropped_identifiers=[DroppedIdentifier(**dropped) for dropped in item.dropped_identifiers],
    )
