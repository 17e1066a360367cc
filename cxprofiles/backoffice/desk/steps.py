"""How far a request is carried out: step by step for an erasure, store by store for all else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.requests.desk_file import Opened
from consent.requests.kinds import ERASURE, EXECUTING
from consent.requests.results import JOINT
from consent.requests.shown import Shown, ShownStep
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.engine_words import said_anew
from cxprofiles.backoffice.screens import show
from profiles.privacy.erasing import STEPS

TONES = {"done": "good", "running": "accent", "failed": "bad", "pending": ""}
AUTOMATIC_PART = "deterministic+itself"


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the page shows it. `state`: done, running, failed or pending."""

    label: str
    store: str
    state: str
    word: str
    tone: str
    rows: int
    kept: int
    problem: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a request: for which evidence groups, and its steps."""

    groups: str
    steps: list[Step]

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(one.state == "done" for one in self.steps)

    @property
    def keeps(self) -> bool:
        """Whether a legal hold kept something of it."""
        return any(one.kept for one in self.steps)


def steps_of(one: Shown) -> list[Run]:
    """The executions of a request, the first one first; none where nothing was begun."""
    by_part: dict[str, dict[str, ShownStep]] = {}
    for step in one.steps:
        by_part.setdefault(step.part, {})[step.store] = step
    if one.type == ERASURE and one.state == EXECUTING and not by_part:
        by_part[AUTOMATIC_PART] = {}
    running = one.state == EXECUTING
    return [Run(groups_in_words(part), run_of(one, held, running=running)) for part, held in sorted(by_part.items())]


def run_of(one: Shown, held: Mapping[str, ShownStep], *, running: bool) -> list[Step]:
    """The steps of one execution, in the order in which they are done."""
    order = [store for store, _step in STEPS] if one.type == ERASURE else []
    stores = [*order, *sorted(held.keys() - set(order))]
    found, current = [], running
    for store in stores:
        step = held.get(store)
        state = "done" if step is not None and step.state == "done" else "pending"
        if step is not None and step.state == "failed":
            state = "failed"
        elif state == "pending" and current and store in order:
            state, current = "running", False
        found.append(shown(store, step, state))
    return found


def shown(store: str, step: ShownStep | None, state: str) -> Step:
    """One step, in words."""
    return Step(
        label=words.word(words.STEPS, store) if store in words.STEPS else words.store_word(store),
        store=store,
        state=state,
        word=words.word(words.STEP_STATES, state),
        tone=TONES[state],
        rows=step.rows if step else 0,
        kept=step.kept if step else 0,
        problem=said_anew(step.problem) if step else "",
        ended_at=step.ended_at if step else None,
    )


def groups_in_words(part: str) -> str:
    """The evidence groups of an execution."""
    if part == AUTOMATIC_PART or not part:
        return _("What the person named, and what is tied to it by sure links")
    return ", ".join(words.word(words.GROUPS, group) for group in part.split(JOINT))


def parts_of(opened: Opened) -> list[tuple[str, list[tuple[str, int]]]]:
    """What was done, by the groups of each execution: (store, rows)."""
    return [(groups_in_words(part), in_words(rows)) for part, rows in opened.parts.items() if rows]


def in_words(rows: Mapping[str, int]) -> list[tuple[str, int]]:
    """How many rows of each kind, the kinds as staff read them."""
    return sorted((words.word(words.GATHERED, store), count) for store, count in rows.items())


def steps_part(request: HttpRequest, one: Shown) -> HttpResponse:
    """The steps alone, for a page that looks again; it is asked to load anew when the execution is over."""
    response = show(request, "desk/steps.html", {"steps": steps_of(one), "one": one, "live": one.state == EXECUTING})
    if one.state != EXECUTING:
        response.headers["HX-Refresh"] = "true"
    return response
