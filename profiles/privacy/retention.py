"""The job of retention: what is past its time goes, rule by rule. No table has partitions that could be dropped whole.

What it does not finish the next run does: nothing is noted but what is gone.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from consent.audit.contents import counts_told
from consent.audit.log import append_audit
from consent.durations import subtract_duration
from consent.outliving import count_old, remove_old
from consent.requests.kinds import POLICY_VERSION
from consent.retention import AT_THEIR_END, INTERACTION, TRAIT, Rule, kept_for
from consent.retention_rules import begin_run, note_run, read_rules
from profiles.configuration import configuration
from profiles.privacy import retention_sql as sql
from profiles.privacy.outlived import (
    count_old_interactions,
    count_old_traits,
    remove_old_interactions,
    strip_old_traits,
)
from profiles.review.outlived import count_old_cases, remove_old_cases

logger = logging.getLogger(__name__)

QUARANTINE, CASE = "quarantine", "case"
IDENTIFIER, HELD = "identifier", "held_record_made"
QUARANTINED_AT_ONCE = 1000

Cutoffs = dict[str, list[int]]  # duration to the sources whose things are kept for it


def apply_retention(now: datetime | None = None) -> dict[str, int] | None:
    """Remove what is past its time; rows by store, noted as a run and in the audit log.

    None where another process is at it. What fails is noted with its kind and raised.
    """
    with _the_one() as alone:
        if not alone:
            return None
        number, removed = begin_run(), Counter[str]()
        try:
            for store, count in _steps(now or datetime.now(UTC)):
                removed[store] += count
                note_run(number, _shown(removed))
        except Exception as error:
            note_run(number, _shown(removed), ended=True, problem=type(error).__name__)
            raise
        with transaction.atomic():
            note_run(number, _shown(removed), ended=True)
            if _shown(removed):
                counts = {"counts": counts_told(_shown(removed)), "policy_version": POLICY_VERSION}
                append_audit(type="retention.applied", content=counts)
        return _shown(removed)


def preview_retention(now: datetime | None = None) -> dict[str, int]:
    """How much `apply_retention` would remove, by store, roughly: of traits, from how many identifiers."""
    now, found, rules = now or datetime.now(UTC), Counter[str](), read_rules()
    for keep_for, sources in _by_duration(rules, INTERACTION).items():
        found[INTERACTION] += count_old_interactions(sources, subtract_duration(now, keep_for))
    for category in _categories(rules):
        for keep_for, sources in _by_duration(rules, TRAIT, category).items():
            found[TRAIT] += count_old_traits(category, sources, subtract_duration(now, keep_for))
    for keep_for, sources in _by_duration(rules, QUARANTINE).items():
        found[QUARANTINE] += _quarantined(sql.COUNT_QUARANTINED, sources, subtract_duration(now, keep_for))
    for store, before in _plain(rules, now):
        found[store] += count_old_cases(before) if store == CASE else count_old(store, before)
    return _shown(found)


def _steps(now: datetime) -> Iterator[tuple[str, int]]:
    """Remove store by store; what each step removed of which store."""
    rules = read_rules()
    for store, before in _plain(rules, now):
        yield store, remove_old_cases(before) if store == CASE else remove_old(store, before)
    for keep_for, sources in _by_duration(rules, QUARANTINE).items():
        yield QUARANTINE, _remove_quarantined(sources, subtract_duration(now, keep_for))
    for keep_for, sources in _by_duration(rules, INTERACTION).items():
        done = remove_old_interactions(sources, subtract_duration(now, keep_for))
        yield from ((INTERACTION, done.rows), (HELD, done.held), (IDENTIFIER, done.identifiers))
    for category in _categories(rules):
        for keep_for, sources in _by_duration(rules, TRAIT, category).items():
            done = strip_old_traits(category, sources, subtract_duration(now, keep_for))
            yield from ((TRAIT, done.rows), (IDENTIFIER, done.identifiers))


def _plain(rules: Iterable[Rule], now: datetime) -> list[tuple[str, datetime]]:
    """The stores whose rows are deleted and that is all, each with what it is counted up to."""
    ruled = [rule for rule in rules if rule.store not in (INTERACTION, TRAIT, QUARANTINE) and rule.keep_for]
    ends = [(rule.store, subtract_duration(now, rule.keep_for)) for rule in ruled if rule.store not in AT_THEIR_END]
    return sorted([*ends, *((store, now) for store in AT_THEIR_END)])


def _categories(rules: Iterable[Rule]) -> list[str]:
    return sorted({rule.category for rule in rules if rule.store == TRAIT})


def _by_duration(rules: Iterable[Rule], store: str, category: str = "") -> Cutoffs:
    """The sources by how long a store's rows of theirs are kept; those of which all is kept are left out."""
    sources = {source.name: source.id for source in configuration().sources.values()}
    own = [rule for rule in rules if (rule.store, rule.category) == (store, category)]
    found: Cutoffs = {}
    for name, keep_for in kept_for(own, sources).items():
        found.setdefault(keep_for, []).append(sources[name])
    return found


def _remove_quarantined(source_ids: list[int], before: datetime) -> int:
    total = 0
    while count := _quarantined(sql.DELETE_QUARANTINED, source_ids, before):
        total += count
    return total


def _quarantined(statement: str, source_ids: list[int], before: datetime) -> int:
    parameters: dict[str, Any] = {"sources": source_ids, "before": before, "most": QUARANTINED_AT_ONCE}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone() if statement == sql.COUNT_QUARANTINED else None
        return int(row[0]) if row else cursor.rowcount


def _shown(removed: Counter[str]) -> dict[str, int]:
    return {store: count for store, count in sorted(removed.items()) if count}


@contextmanager
def _the_one() -> Iterator[bool]:
    """Whether no other process is at it; it is kept out until the end."""
    with connection.cursor() as cursor:
        cursor.execute(sql.TRY_TO_BE_THE_ONE)
        [alone] = cursor.fetchone()
    try:
        yield bool(alone)
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute(sql.BE_THE_ONE_NO_MORE)
