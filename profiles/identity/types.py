"""The rules of an identifier type, as plain values. Pure: no Django, no database."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TypeRule:
    """One identifier type. `rank` 1 is the strongest; `None` limits mean no limit."""

    id: int
    name: str
    rank: int
    person: bool
    per_profile: int | None
    ownership: str  # "first" | "last"
    shared_above: int | None
    normaliser: str = "trim"
    blocked: tuple[str, ...] = ()

    @property
    def account(self) -> bool:
        """Whether a person has only one of the type, so that two of them are two accounts."""
        return self.person and self.per_profile == 1
