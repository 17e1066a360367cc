"""Nothing of somebody who was erased is stored again: asked before anything is written."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from consent.erasure_log import note_erasure
from consent.suppression import Identifier, find_suppressed, suppress
from profiles.database import binary_cursor
from profiles.identity import sql as identity_sql
from profiles.intake.explode import Named


class ErasedPerson(Exception):
    """Somebody is named who was erased; nothing may be stored of them. A grant that can be used brings them back."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def begin_erasure(identifiers: Iterable[Identifier], *, at: datetime, request_id: UUID) -> None:
    """Make sure that nothing of some identifiers (type, canonical value) is stored from here on. Again: no change.

    An erasure begins with this, before it deletes anything: in the log outside of the database first, then on the list.
    Call it outside of any transaction. It waits for those who are storing; whoever comes later finds the entries.
    """
    named = sorted(set(identifiers))
    with transaction.atomic():
        with binary_cursor() as cursor:
            cursor.execute(identity_sql.CLOSE_GATE)
        note_erasure(named, at=at, request_id=request_id)
        suppress(named, at=at, request_id=request_id)


def refuse_erased(named: Sequence[Named]) -> None:
    """Raise `ErasedPerson` where one of some identifiers is suppressed. For whoever is about to store them."""
    if find_suppressed([(one.rule.name, one.value) for one in named]):
        raise ErasedPerson
