"""The stored rules of retention, and what its runs removed."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection

from consent.models import RetentionRule, RetentionRun
from consent.retention import Rule

EMPTY_RUNS_KEPT = timedelta(days=30)
SUM_REMOVED = "SELECT key, sum(value::bigint) FROM retention_run, jsonb_each_text(removed) GROUP BY key ORDER BY key"


class NoSuchRule(LookupError):
    """There is no such rule; GET /v1/privacy/retention lists those that there are."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the retention job. `removed`: rows by store; `ended_at` None: it is under way, or it died."""

    started_at: datetime
    ended_at: datetime | None
    removed: dict[str, int]
    problem: str


def read_rules() -> list[Rule]:
    """All rules, by store, category and source."""
    fields = ("store", "category", "source", "keep_for")
    return [Rule(*row) for row in RetentionRule.objects.order_by(*fields).values_list(*fields)]


def find_rule(key: tuple[str, str, str]) -> Rule | None:
    """The rule for something."""
    return next((rule for rule in read_rules() if rule.key == key), None)


def save_rule(rule: Rule) -> bool:
    """Store a rule; whether there was none for the same. Call it in the change's transaction."""
    store, category, source = rule.key
    _, created = RetentionRule.objects.update_or_create(
        store=store, category=category, source=source, defaults={"keep_for": rule.keep_for}
    )
    return created


def delete_rule(key: tuple[str, str, str]) -> None:
    """Remove a rule; raises `NoSuchRule`."""
    store, category, source = key
    if not RetentionRule.objects.filter(store=store, category=category, source=source).delete()[0]:
        raise NoSuchRule


def described(rule: Rule | None) -> dict[str, str] | None:
    """A rule as audit rows show it."""
    return None if rule is None else asdict(rule)


def begin_run() -> int:
    """Note that a run has begun; its number. Runs of old that found nothing are forgotten."""
    long_ago = datetime.now(UTC) - EMPTY_RUNS_KEPT
    RetentionRun.objects.filter(removed={}, problem="", ended_at__lt=long_ago).delete()
    return RetentionRun.objects.create(started_at=datetime.now(UTC)).id


def note_run(number: int, removed: dict[str, int], *, ended: bool = False, problem: str = "") -> None:
    """Note what a run has removed so far, and whether it is over."""
    ended_at = datetime.now(UTC) if ended else None
    RetentionRun.objects.filter(id=number).update(removed=removed, ended_at=ended_at, problem=problem)


def read_runs(limit: int) -> list[Run]:
    """The latest runs, the newest first."""
    rows = RetentionRun.objects.order_by("-id")[:limit]
    return [Run(row.started_at, row.ended_at, row.removed, row.problem) for row in rows]


def removed_in_all() -> dict[str, int]:
    """What all runs together removed, by store."""
    with connection.cursor() as cursor:
        cursor.execute(SUM_REMOVED)
        return {store: int(count) for store, count in cursor.fetchall()}
