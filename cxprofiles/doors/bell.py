"""Waking the workers after a commit, beside the request: a door neither waits for the broker nor fails by it.

One thread rings for all the batches that were committed since it last did, so a busy door costs the broker no more
than a few hundred rings a second.
"""

import os
import threading
import time
from collections.abc import Callable

from tasks.intake import ring

PAUSE = 0.003  # seconds between two rings


class Bell:
    """Rings soon after it was asked to, in a thread of its own."""

    def __init__(self, ring: Callable[[], object] = ring) -> None:
        self._ring = ring
        self._asked = threading.Event()
        self._starting = threading.Lock()
        self._process: int | None = None

    def ask(self) -> None:
        """Ring soon. Call it after the commit: each commit is followed by a ring that begins after it."""
        self._asked.set()
        if self._process != os.getpid():
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._process != os.getpid():
                self._process = os.getpid()
                threading.Thread(target=self._run, name="bell", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            self._ring()
            time.sleep(PAUSE)


bell = Bell()
