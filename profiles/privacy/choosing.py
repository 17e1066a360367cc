"""Choices that people make by a request: restriction, objection, opting out, limiting, withdrawing. In force at once."""

from collections.abc import Sequence

from profiles.privacy.execution import Execution, Outcome


def choose(execution: Execution) -> Outcome:
    """Write what the person chose for all of their identifiers, in force when this returns."""
    raise NotImplementedError


def choose_for(identifier_ids: Sequence[int], *, type: str, execution: Execution) -> int:
    """Write the choice of a type for some stored identifiers; how many decisions were written. Call it in the lane."""
    raise NotImplementedError
