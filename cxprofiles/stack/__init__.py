"""The embedded stack: a real PostgreSQL and a Redis-compatible server out of Python packages, and their supervisor.

Nothing here imports Django: the settings ask this package where the running servers are.
"""


class StackError(Exception):
    """The stack cannot start or is not there; the text is a sentence that says what to do."""
