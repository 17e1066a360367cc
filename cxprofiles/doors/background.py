"""One thread beside the doors, for what need not be done before an answer leaves."""

import logging
import os
import threading
from collections.abc import Callable
from multiprocessing.util import Finalize

from cxprofiles.doors.connection import close_connection

logger = logging.getLogger(__name__)

PAUSE = 0.15  # seconds between two rounds
REST = 1.0  # seconds after a round that did not succeed


class Background:
    """Runs some work round after round from the first request on, and once more when the process ends."""

    def __init__(self, work: Callable[[], bool]) -> None:
        self._work = work
        self._stop = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: int | None = None

    def ensure(self) -> None:
        """Start the thread unless it runs in this process."""
        if self._process != os.getpid():
            self._start()

    def stop(self) -> None:
        """One last round, then the end of the thread."""
        if self._process == os.getpid() and self._thread is not None:
            self._stop.set()
            self._thread.join(timeout=5)
        self._process = None

    def _start(self) -> None:
        with self._starting:
            if self._process == os.getpid():
                return
            self._stop = threading.Event()  # a fork has its parent's, which may be set
            self._thread = threading.Thread(target=self._run, args=(self._stop,), name="doors", daemon=True)
            self._process = os.getpid()
            self._thread.start()
            Finalize(None, self.stop, exitpriority=0)  # atexit is not for workers that multiprocessing forked

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(PAUSE):
            if not self._round():
                stop.wait(REST)
        self._round()
        close_connection()

    def _round(self) -> bool:
        try:
            return self._work()
        except Exception as error:  # whatever it is, the next round must come
            logger.error("Work beside the doors failed: %s", type(error).__name__)  # no personal data
            return False
