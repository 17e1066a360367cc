"""Opt-outs that browsers ask for by Global Privacy Control, each person's as one request: for the record."""

from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from consent.requests.gpc import forget_noted, link_request, request_among, take_unrecorded
from consent.requests.kinds import OPT_OUT
from profiles.configuration import configuration
from profiles.models import Identifier
from profiles.privacy.asking import Asked
from profiles.privacy.executing import execute
from profiles.privacy.submitting import take_request

BY_PERSON = "person"
AT_ONCE = 50


def record_opt_outs(limit: int = AT_ONCE) -> int:
    """Make requests of what was noted, one person at a time; how many notes were seen to.

    Who has such a request already gets no second one for another browser.
    """
    for done in range(limit):
        with transaction.atomic():
            noted = take_unrecorded()
            if noted is None:
                return done
            made = record_person(*noted)
        if made is not None:
            execute(made)
    return limit


def record_person(identifier_id: int, at: datetime) -> UUID | None:
    """Record what one person's browser asked for; the request where a new one was made."""
    row = Identifier.objects.filter(id=identifier_id).first()
    if row is None:
        forget_noted(identifier_id)
        return None
    ids = list(Identifier.objects.filter(root_id=row.root_id).values_list("id", flat=True))
    before = request_among(ids)
    if before is not None:
        link_request(ids, before)
        return None
    now = datetime.now(UTC)
    name = configuration().types_by_id[row.type_id].name
    asked = Asked(OPT_OUT, [(name, row.value)], source="gpc", requester=BY_PERSON, received_at=at)
    made = take_request(asked=asked, now=now)
    link_request(ids, made)
    return made
