"""What a kind of case is: how its cases are found, what is compared, and what can be answered.

A new kind is one class: it derives from `CaseKind` and is added to `KINDS` (profiles/review/registry.py).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import ngettext_lazy

from profiles.identity.foreseeing import Told
from profiles.models import Decision, Link, ReviewCase

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be a case. `key`: what it is about, once in the kind; `details`: what the kind needs of it later."""

    key: str
    identifier_ids: tuple[int, ...] = ()
    stake: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)


class Found(NamedTuple):
    """What a search came to, and where the next one goes on."""

    candidates: Sequence[Candidate]
    position: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One of what is compared: the whole profile of an identifier, or the identifier alone."""

    identifier_id: int
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Done:
    """What an answer came to. `undo` is kept with the case for `CaseKind.take_back`."""

    decision_ids: Sequence[UUID] = ()
    withdrawn_ids: Sequence[UUID] = ()
    undo: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer and what it does: decides pairs, takes decisions back, or something else (`perform`, told the note
    and the actor). `key`: what it is given by on the keyboard; `right`: one that it needs beside deciding identity;
    `final`: it cannot be undone; `without`: an identifier that would name nobody any more."""

    name: str
    label: Words
    does: Words = ""
    key: str = ""
    told: Sequence[Told] = ()
    withdrawn: Sequence[UUID] = ()
    perform: Callable[[str, str], Done] | None = None
    right: str = ""
    final: bool = False
    without: int | None = None

    @property
    def changes_profiles(self) -> bool:
        """Whether it decides who is the same person."""
        return bool(self.told or self.withdrawn)

    @property
    def foreseeable(self) -> bool:
        """Whether what becomes of profiles can be previewed."""
        return self.changes_profiles or self.without is not None


class CaseKind(ABC):
    """A kind of case.

    `stake`: what it counts, with `%(n)s` for how many; `reasons`: short notes that are offered; `shows`: what its page
    compares, `people` side by side, or `events` that were put aside.
    """

    name: ClassVar[str]
    title: ClassVar[Words]
    question: ClassVar[Words]
    stake: ClassVar[Any] = ngettext_lazy("%(n)s interaction", "%(n)s interactions", "n")
    reasons: ClassVar[Sequence[Words]] = ()
    shows: ClassVar[str] = "people"

    @abstractmethod
    def find(self, position: str, most: int) -> Found:
        """Candidates, from where the last search stopped; it reads no more than a few times `most` rows."""

    @abstractmethod
    def still_open(self, case: ReviewCase) -> bool:
        """Whether the question still stands, looked at anew."""

    @abstractmethod
    def sides(self, case: ReviewCase) -> Sequence[Side]:
        """What is compared."""

    @abstractmethod
    def answers(self, case: ReviewCase, actor: str) -> Sequence[Answer]:
        """What this member of staff can answer."""

    def tie(self, case: ReviewCase) -> Link | None:
        """The link that raises the question, where it is one."""
        return None

    def subject(self, case: ReviewCase) -> int | None:
        """The one identifier that it is about, where it is about one."""
        return None

    def decisions(self, case: ReviewCase) -> Sequence[Decision]:
        """The decisions that raise the question, in the order in which answers number them."""
        return ()

    def asked_because(self, case: ReviewCase) -> str:
        """What a colleague wrote who raised the question, where one did."""
        return ""

    def take_back(self, case: ReviewCase, actor: str) -> None:
        """Undo what an answer's `perform` did. Decisions are taken back by themselves."""
        return

    def comes_back(self, case: ReviewCase) -> bool:
        """Whether an answered case is opened anew when it is found again."""
        return False

    def known_about(self, cases: Collection[ReviewCase]) -> dict[UUID, str]:
        """What is known about each of some cases, in short: one that was put off comes back when this has changed.

        By itself: how much hangs on it, to the power of two.
        """
        return {case.id: str(case.stake.bit_length()) for case in cases}

    def still_open_among(self, cases: Collection[ReviewCase]) -> set[UUID]:
        """Those of some cases that still stand."""
        return {case.id for case in cases if self.still_open(case)}
