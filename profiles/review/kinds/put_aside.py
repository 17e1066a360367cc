"""What did not become part of any profile: events in quarantine, and identifiers that were left out of events."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import msgspec
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from profiles.intake.quarantine import put_back
from profiles.models import Quarantine, ReviewCase
from profiles.review import sql
from profiles.review.kinds.case_kind import Answer, Candidate, CaseKind, Done, Found, Side, Words

MOST_COUNTED = 1_000
MOST_REPLAYED = 1_000
MOST_SAMPLES = 3
MOST_ASKED_AFTER = 20
# What another worker stores at this moment may get an earlier number, or time, than what is read already.
OVERLAP_ROWS = 200
OVERLAP = timedelta(minutes=10)
LONGEST_TYPE = 80
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class QuarantinedEvents(CaseKind):
    """Events of one source that could not be understood for one reason."""

    name: ClassVar[str] = "quarantined_events"
    title: ClassVar[Words] = _("Events in quarantine")
    question: ClassVar[Words] = _("These events could not be understood. Try them again, or leave them?")
    stake: ClassVar[Any] = ngettext_lazy("%(n)s event", "%(n)s events", "n")
    reasons = (_("The source was mended"), _("The rules were changed"), _("They are of no use"))
    shows: ClassVar[str] = "events"

    def find(self, position: str, most: int) -> Found:
        """Those that came lately, by source and reason."""
        after = int(position or 0)
        with connection.cursor() as cursor:
            cursor.execute(sql.WALK_QUARANTINE, {"after": max(0, after - OVERLAP_ROWS), "most": most + OVERLAP_ROWS})
            rows = cursor.fetchall()
        groups = dict.fromkeys([*((source, reason) for _id, source, reason in rows), *tried_again()])
        return Found(
            [
                Candidate(f"{source}-{short_of(reason)}", stake=count, details={"source": source, "reason": reason})
                for source, reason in groups
                if (count := count_quarantined(source, reason))
            ],
            str(max([after, *(row[0] for row in rows)])),
        )

    def still_open(self, case: ReviewCase) -> bool:
        """Whether any of them is left."""
        return count_quarantined(case.details["source"], case.details["reason"], 1) > 0

    def sides(self, case: ReviewCase) -> Sequence[Side]:
        """Nobody is compared."""
        return []

    def answers(self, case: ReviewCase, actor: str) -> Sequence[Answer]:
        """Try them again, or leave them."""

        def replay(note: str, by: str) -> Done:
            return replay_quarantined(case.details["source"], case.details["reason"])

        return [
            Answer(
                "replay",
                _("Try again"),
                _("The oldest thousand go back to intake; what is still not understood comes back."),
                "s",
                perform=replay,
                final=True,
            ),
            Answer("leave", _("Leave them"), _("They stay in quarantine; more of them are not asked about."), "d"),
        ]

    def comes_back(self, case: ReviewCase) -> bool:
        """What was tried again and failed is a question again."""
        return case.answer == "replay"


class DroppedIdentifiers(CaseKind):
    """Identifiers of one type that were left out of the events of a source for one reason."""

    name: ClassVar[str] = "dropped_identifiers"
    title: ClassVar[Words] = _("Identifiers left out")
    question: ClassVar[Words] = _("Events were stored without these identifiers. Is it right to leave them out?")
    stake: ClassVar[Any] = ngettext_lazy("%(n)s event", "%(n)s events", "n")
    reasons = (_("They name nobody"), _("The source is being mended"), _("The rule is being changed"))
    shows: ClassVar[str] = "events"

    def find(self, position: str, most: int) -> Found:
        """Those that came lately, by type, reason and source."""
        after = datetime.fromisoformat(position) if position else EPOCH
        with connection.cursor() as cursor:
            cursor.execute(sql.WALK_DROPPED, {"after": after - OVERLAP, "most": most})
            rows = cursor.fetchall()
        found = dict.fromkeys((source, *one) for _at, source, dropped in rows for one in dropped_in(dropped))
        counts = count_dropped() if found else {}
        # A piece that is all overlap would be read for ever: then the search goes on behind it.
        latest = max((row[0] for row in rows), default=after)
        following = max(after, latest) + (OVERLAP if len(rows) == most and latest <= after else timedelta(0))
        return Found([candidate_of(*key, counts.get(key, 1)) for key in found], following.isoformat())

    def still_open(self, case: ReviewCase) -> bool:
        """It is, until it is answered: what was left out of an event stays so."""
        return True

    def sides(self, case: ReviewCase) -> Sequence[Side]:
        """Nobody is compared: they name nobody here."""
        return []

    def answers(self, case: ReviewCase, actor: str) -> Sequence[Answer]:
        """It is right; else the rules or the source have to be changed, elsewhere."""
        return [Answer("right", _("It is right"), _("Nothing changes; more of them are not asked about."), "s")]


def tried_again() -> list[tuple[int, str]]:
    """The groups of which some were tried again: of others of them nobody asks, though they came long ago."""
    rows = ReviewCase.objects.filter(kind=QuarantinedEvents.name, state="answered", answer="replay")
    found = rows.order_by("-last_at", "-id").values_list("details", flat=True)[:MOST_ASKED_AFTER]
    return [(one["source"], one["reason"]) for one in found]


def short_of(*words: str) -> str:
    """A short name of some words, whatever they are and however long."""
    return hashlib.sha256("\n".join(words).encode("utf-8", "replace")).hexdigest()[:32]


def dropped_in(raw: Any) -> set[tuple[str, str]]:
    """The types and reasons of what was left out of an event."""
    found = msgspec.json.decode(raw) if isinstance(raw, str | bytes) else raw
    return {(str(one.get("type", ""))[:LONGEST_TYPE], str(one.get("reason", ""))) for one in found}


def candidate_of(source: int, type_name: str, reason: str, count: int) -> Candidate:
    """A group of identifiers that were left out."""
    details = {"source": source, "type": type_name, "reason": reason}
    return Candidate(f"{source}-{short_of(type_name, reason)}", stake=count, details=details)


def count_quarantined(source: int, reason: str, most: int = MOST_COUNTED) -> int:
    """How many events of a source are in quarantine for a reason, up to a number."""
    with connection.cursor() as cursor:
        cursor.execute(sql.COUNT_QUARANTINE, {"source": source, "reason": reason, "most": most})
        return int(cursor.fetchone()[0])


def quarantined(source: int, reason: str) -> list[Quarantine]:
    """The latest of them, as samples."""
    rows = Quarantine.objects.filter(source_id=source, reason=reason, held_for=None)
    return list(rows.order_by("-id")[:MOST_SAMPLES])


def count_dropped() -> dict[tuple[int, str, str], int]:
    """How many of the latest thousand events that something was left out of there are for each source, type and reason.

    The page of a case counts among the same.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.LATEST_DROPPED, {"most": MOST_COUNTED})
        return Counter((row[1], *one) for row in cursor.fetchall() for one in dropped_in(row[5]))


def dropped_samples(source: int, type_name: str, reason: str) -> tuple[list[dict[str, Any]], int, int]:
    """The latest events that an identifier was left out of, of how many, among how many of the latest at all."""
    with connection.cursor() as cursor:
        cursor.execute(sql.LATEST_DROPPED, {"most": MOST_COUNTED})
        rows = cursor.fetchall()
    found = [row for row in rows if row[1] == source and (type_name, reason) in dropped_in(row[5])]
    return [shown_event(row) for row in found[:MOST_SAMPLES]], len(found), len(rows)


def shown_event(row: Sequence[Any]) -> dict[str, Any]:
    """An event without what it holds."""
    return {"id": row[0], "event": row[2], "type": row[3], "occurred_at": row[4]}


def replay_quarantined(source: int, reason: str) -> Done:
    """Put the oldest events of a group back into intake."""
    with transaction.atomic():
        rows = Quarantine.objects.select_for_update(skip_locked=True).filter(source_id=source, held_for=None)
        put_back(rows.filter(reason=reason).order_by("id")[:MOST_REPLAYED])
    return Done()
