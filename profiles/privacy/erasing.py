"""Erasure: everything that is stored of some identifiers, in every store, so that it can go on where it stopped."""

from profiles.privacy.execution import Execution, Outcome


def erase(execution: Execution) -> Outcome:
    """Erase what the groups of a request hold. It may be called again until it returns: what is gone stays gone.

    Call it outside of any transaction: it makes many short ones.
    """
    raise NotImplementedError
