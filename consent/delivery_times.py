"""When a message that was not taken is sent again. Pure.

The steps are those that Standard Webhooks 1.0 suggests, with full jitter: each wait is drawn between nothing and the
step, so that messages that failed together do not come back together. Since that halves them on the average, the last
step is repeated until three days are over.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

HOUR = 3600
STEPS = (5, 5 * 60, 30 * 60, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)  # seconds
PATIENCE = timedelta(days=3)
SHORTEST = 1.0  # seconds

Draw = Callable[[float, float], float]


def next_try(
    attempts: int, made_at: datetime, now: datetime, draw: Draw, *, asked_to_wait: int | None = None
) -> datetime | None:
    """When a message that failed `attempts` times is sent again; None: it is given up.

    Nothing is given up within three days, nor before each step was taken once, however long the service was away
    itself. `asked_to_wait`: the seconds that the recipient said; it is not bothered before. `draw`: a number between
    two.
    """
    if attempts > len(STEPS) and now - made_at >= PATIENCE:
        return None
    step = STEPS[min(attempts, len(STEPS)) - 1]
    wait = max(SHORTEST, draw(0, step), asked_to_wait or 0)
    return now + timedelta(seconds=wait)
