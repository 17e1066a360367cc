"""What a restored backup does not know: erasures and decisions, written down outside of the database.

Append-only, a line of JSON each, on disk before the database commits.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from consent.ledger import Decided

Identifier = tuple[str, str]  # type, canonical value


class ErasureLogBroken(Exception):
    """The erasure log was changed, cut or cannot be read; put back the true one before anything is served."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def note_erasure(identifiers: Collection[Identifier], *, at: datetime, request_id: UUID) -> None:
    """Write down that identifiers are erased. Call it in the transaction that suppresses them."""


def note_decisions(rows: Collection[tuple[Identifier, Decided]]) -> None:
    """Write down what was decided under some identifiers. Call it in the transaction that writes it, in the lane."""


def note_lifts(lifted: Mapping[Identifier, datetime]) -> None:
    """Write down who came back, from when on. Call it in the transaction that lifts their suppression, in the lane."""
