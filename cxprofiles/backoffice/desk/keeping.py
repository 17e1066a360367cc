"""How long things are kept, what the job removed, and what is dropped since its people were erased: to be read."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.retention import COUNTED_FROM
from consent.retention_rules import read_rules, read_runs
from consent.suppressed_counts import KINDS, read_suppressed
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.durations import in_words
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import screen, show
from profiles.privacy.known import source_names

RUNS = 30


@screen(Right.SEE_REQUESTS, "GET")
def keeping_page(request: HttpRequest) -> HttpResponse:
    """Rules and runs of retention, and the counters of suppression."""
    shown = {
        "rules": [rule_shown(rule) for rule in read_rules()],
        "runs": [
            (run, [(words.word(words.KEPT, store), rows) for store, rows in sorted(run.removed.items())])
            for run in read_runs(RUNS)
        ],
        "suppressed": suppressed_shown(),
    }
    return show(request, "desk/keeping.html", shown)


def rule_shown(rule: Any) -> dict[str, str]:
    """A rule in words."""
    return {
        "what": words.word(words.KEPT, rule.store),
        "category": rule.category,
        "source": rule.source or _("any"),
        "kept": in_words(rule.keep_for),
        "since": counted_from(rule.store),
    }


def counted_from(store: str) -> str:
    """Since when the time of a store's rows counts."""
    said = {
        "when somebody looked": _("when somebody looked"),
        "when its link expires": _("when its link expires"),
        "when it was made": _("when it was made"),
        "when it arrived": _("when it arrived"),
        "when it was closed": _("when it was closed"),
        "when it ended": _("when it ended"),
    }
    return said.get(COUNTED_FROM.get(store, ""), _("when it happened"))


def suppressed_shown() -> list[tuple[str, list[int]]]:
    """By source: how many events were dropped, of before and of after the erasure."""
    counts = read_suppressed()
    names = source_names({source_id for source_id, _kind in counts})
    rows = [(name, [counts.get((id_, kind), 0) for kind in KINDS]) for id_, name in names.items()]
    return sorted(rows)
