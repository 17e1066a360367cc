"""From the bytes that channels post to the normal form. Pure, and no exception leaves it, whatever the bytes.

`read_batch` takes a stored body apart; `read_event` reads one event alone, and from the `payload` of an Observed,
with the same dialect and context, gives that Observed again.
"""

from profiles.intake.wire.reading import read_batch, read_event

__all__ = ["read_batch", "read_event"]
