"""Rectification: a correction is a fact of the highest rank, whatever any other source says before or after."""

from collections.abc import Mapping
from typing import Any

from profiles.privacy.execution import Execution, Outcome


class CorrectionRefused(ValueError):
    """Why something cannot be corrected so, in a sentence. `field` is where: a JSON pointer without its slash."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def check_corrections(details: Mapping[str, Any]) -> None:
    """Raise `CorrectionRefused` unless the details of a request say what is to be corrected."""
    raise NotImplementedError


def rectify(execution: Execution) -> Outcome:
    """Correct the traits and identifiers of a person, at once."""
    raise NotImplementedError
