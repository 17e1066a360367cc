"""What became of events on their way, as it is counted (tally.py). What was left out is told by what is missing."""

from collections import Counter
from collections.abc import Collection, Iterable

from profiles.collection.sifting import Sifted
from profiles.figures.tally import Receipt, Received, Stored, Tally, lost
from profiles.intake.explode import Batch, Prepared, Refused


def tally_of(
    came: Collection[Prepared], cleared: Collection[Prepared], sifted: Sifted, fresh: Collection[Prepared]
) -> Tally:
    """What became of some events: of those that came, the cleared, the sifted, and of these the new ones."""
    aside = Received(Receipt(event.source_id, event.received_at) for event in sifted.aside)
    return Tally(
        stored=Counter(Stored(receipt_of(item), item.observed.sent_at, item.tried_again) for item in fresh),
        duplicates=fewer(sifted.kept, fresh),
        quarantined=aside,
        dropped=fewer(cleared, sifted.kept) - aside,
        suppressed=fewer(came, cleared),
    )


def tally_of_batches(
    batches: Iterable[Batch], again: Iterable[Prepared], refused: list[Refused], kept: list[Refused]
) -> Tally:
    """What became of events that are not to be stored: those that came again within some batches, and the refused, of
    which some are kept in quarantine. A batch that came out of quarantine was counted there when it was delivered."""
    tally = Tally(duplicates=Received(map(receipt_of, again)))
    if refused:
        tally.quarantined = Received(map(receipt_of_refused, kept))
        tally.suppressed = lost(map(receipt_of_refused, refused), map(receipt_of_refused, kept))
    for batch in batches:
        receipt = Receipt(batch.source.id, batch.received_at)
        if batch.tried_again:
            tally.quarantined[receipt] -= 1
        else:
            tally.bytes[receipt] += len(batch.body)
    return tally


def fewer(before: Collection[Prepared], after: Collection[Prepared]) -> Received:
    """By receipt, what was left out between two steps. Usually that is nothing, and then nothing is counted."""
    return lost(map(receipt_of, before), map(receipt_of, after)) if len(before) != len(after) else Received()


def receipt_of(item: Prepared) -> Receipt:
    """What an event is counted by."""
    return Receipt(item.source.id, item.received_at)


def receipt_of_refused(item: Refused) -> Receipt:
    """What an event for the quarantine is counted by."""
    return Receipt(item.batch.source.id, item.batch.received_at)
