"""Events that could not be understood: looked at, and tried again."""

from django.db import transaction

from profiles.intake import lenient
from profiles.models import Inbox, Quarantine

BATCH_PATHS = ("batch", "import")


class NoSuchEvent(LookupError):
    """There is no event of this number in quarantine."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def find_event(number: int) -> Quarantine:
    """The event of this number; raises `NoSuchEvent`."""
    row = Quarantine.objects.select_related("source").filter(id=number).first()
    if row is None:
        raise NoSuchEvent
    return row


def replay_event(number: int) -> None:
    """Put an event back into the inbox as it came; still not understood, it is quarantined again.

    Raises `NoSuchEvent`.
    """
    with transaction.atomic():
        row = Quarantine.objects.select_for_update().filter(id=number).first()
        if row is None:
            raise NoSuchEvent
        Inbox.objects.create(
            source_id=row.source_id,
            received_at=row.received_at,
            dialect=row.dialect,
            context=row.context,
            body=as_posted(bytes(row.body), row.context.get("path_type")),
            events=1,
        )
        row.delete()


def as_posted(body: bytes, path_type: str | None) -> bytes:
    """The body to read: one event out of a batch stands in a batch of its own, since that is what its path takes."""
    if path_type not in BATCH_PATHS:
        return body
    try:
        event = lenient.decode(body)
    except lenient.Unreadable:
        return body
    is_batch = not isinstance(event, dict) or isinstance(event.get("batch"), list)
    return body if is_batch else b'{"batch":[' + body + b"]}"
