"""How an erasure begins, and who must not be stored by hand."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from consent.erasure_log import note_erasure
from consent.suppression import Identifier, find_suppressed, is_done_by, suppress
from profiles.intake.explode import Named
from profiles.pipeline import close_gate
from profiles.privacy.suppressing import name_of


class ErasedPerson(Exception):
    """Somebody is named who was erased; nothing may be stored of them. A grant that can be used brings them back."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def begin_erasure(identifiers: Iterable[Identifier], *, at: datetime, request_id: UUID) -> None:
    """Make sure that nothing of some identifiers (type, canonical value) is stored from here on.

    An erasure begins with this, before it deletes anything: in the log outside of the database first, then on the list.
    Again for the same request it changes nothing, and its first `at` counts. Call it outside of any transaction. It
    waits for those who are storing; whoever comes later finds the entries.
    """
    named = sorted(set(identifiers))
    with transaction.atomic():
        close_gate()
        if not is_done_by(request_id, named):
            note_erasure(named, at=at, request_id=request_id)
            suppress(named, at=at, request_id=request_id)


def refuse_erased(named: Sequence[Named]) -> None:
    """Raise `ErasedPerson` where one of some identifiers is suppressed. For whoever is about to store them."""
    if erased_among(named):
        raise ErasedPerson


def erased_among(named: Sequence[Named]) -> list[Named]:
    """Those of some identifiers that may not be stored now. Ask behind the gate, in the transaction that stores."""
    now = datetime.now(UTC)
    found = find_suppressed([name_of(one) for one in named])
    return [one for one in named if (entry := found.get(name_of(one))) is not None and entry.bars(now)]
