"""What time does to requests: unverified ones run out, and the officer is reminded of what is due.

A reminder names requests by their ids and days, never a person.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from consent.messages import queue_message
from consent.models import PrivacyRequest, RequestAppeal, RequestEvent
from consent.requests.clocks import IDENTITY_PERIOD
from consent.requests.journal import Journal
from consent.requests.machine import UNVERIFIED
from consent.requests.moves import expire
from consent.requests.refusals import NotNow

REMINDED = "reminded"
OVERDUE = "overdue"
# Days before the strict day on which the officer hears of a request, and what the event says then.
STAGES = ((1, "1_day"), (3, "3_days"), (7, "7_days"))
AT_ONCE = 200


class Reminder(NamedTuple):
    """What the officer is reminded of. `what`: the type of the request, or that it is an appeal."""

    row: PrivacyRequest
    what: str
    due_on: date
    stage: str


def stage_of(due_on: date, today: date) -> str | None:
    """How near a day is, in the words of a reminder; None: far."""
    if due_on < today:
        return OVERDUE
    return next((stage for days, stage in STAGES if due_on - today <= timedelta(days=days)), None)


def expire_unverified(now: datetime, *, actor: str) -> int:
    """Close the requests whose people did not prove in time who they are; how many."""
    found = PrivacyRequest.objects.filter(state__in=UNVERIFIED, received_at__lte=now - IDENTITY_PERIOD)
    expired = 0
    for id_ in list(found.order_by("received_at").values_list("id", flat=True)[:AT_ONCE]):
        try:
            expire(id=id_, actor=actor, now=now)
        except NotNow:  # the person was quicker
            continue
        expired += 1
    return expired


@transaction.atomic
def remind_officer(now: datetime, *, actor: str) -> list[UUID]:
    """Note each request and appeal that has come near its day, once for each stage, and tell the officer; their ids."""
    journal = Journal(actor, now)
    reminders = list(due_reminders(now.date()))
    for one in reminders:
        journal.note(one.row, REMINDED, detail_of(one))
    if reminders and settings.PRIVACY_OFFICER_EMAIL:
        queue_message(
            address=("email", settings.PRIVACY_OFFICER_EMAIL),
            subject=f"{len(reminders)} privacy requests are due",
            text=text_of(reminders),
        )
    return [one.row.id for one in reminders]


def due_reminders(today: date) -> Iterator[Reminder]:
    """What the officer is to be reminded of now; the rows are locked, those that another locks are left to that."""
    rows = PrivacyRequest.objects.select_for_update(skip_locked=True, of=("self",)).order_by("id")
    near = today + timedelta(days=STAGES[-1][0])
    for row in rows.filter(closed_at=None, internal_due_on__lte=near):
        yield from _unless_told(
            Reminder(row, row.type, row.internal_due_on, stage_of(row.internal_due_on, today) or "")
        )
    for row in rows.filter(appeals__in=RequestAppeal.objects.filter(state="received", due_on__lte=near)):
        due_on = RequestAppeal.objects.get(request=row, state="received").due_on
        yield from _unless_told(Reminder(row, "appeal", due_on, stage_of(due_on, today) or ""))


def _unless_told(reminder: Reminder) -> Iterator[Reminder]:
    told = RequestEvent.objects.filter(request=reminder.row, name=REMINDED, detail=detail_of(reminder))
    if not told.exists():
        yield reminder


def detail_of(reminder: Reminder) -> dict[str, str]:
    """What the event says; after an extension there is another day, and so another reminder."""
    return {"of": reminder.what, "due_on": reminder.due_on.isoformat(), "stage": reminder.stage}


def text_of(reminders: Sequence[Reminder]) -> str:
    """The officer's message."""
    lines = [f"{one.due_on}  {one.stage.replace('_', ' ')}  {one.what}  {one.row.id}" for one in reminders]
    return "These are due (the strict day, how near it is, what, and its number):\n\n" + "\n".join(lines) + "\n"
