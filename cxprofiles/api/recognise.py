"""Recognition as plain Django views: the hot door's twin, on Django's own connection, logging as it answers.

The door in front of Django answers these paths in production; these views are its reference and take over wherever
Django is served alone.
"""

import uuid
from collections.abc import Sequence
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from consent.access import Access, record_access
from consent.times import moment
from cxprofiles.doors import access, recognise
from cxprofiles.doors.connection import execute_on_django
from cxprofiles.doors.reply import Reply
from profiles.presented import find_cards


@csrf_exempt
def recognise_one(request: HttpRequest) -> HttpResponse:
    """POST /v1/recognise."""
    return respond(recognise.answer_one(request.META, MEANS))


@csrf_exempt
def recognise_batch(request: HttpRequest) -> HttpResponse:
    """POST /v1/recognise/batch."""
    return respond(recognise.answer_batch(request.META, MEANS))


def record_rows(rows: Sequence[access.Access]) -> None:
    """Write the rows to the access log, now."""
    for row in rows:
        record_access(
            Access(
                id=uuid.UUID(bytes=row.id),
                at=moment(row.at),
                actor=row.actor,
                operation=row.operation,
                profile_id=uuid.UUID(row.profile_id),
                purpose=row.purpose,
                allowed=row.allowed,
                fields=row.fields,
            )
        )


MEANS = recognise.Means(execute_on_django, partial(find_cards, execute_on_django), record_rows)


def respond(reply: Reply) -> HttpResponse:
    """A door's answer as Django's."""
    return HttpResponse(reply.body, status=reply.status, headers=dict(reply.headers))
