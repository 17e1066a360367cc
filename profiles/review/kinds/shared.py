"""Identifiers that name nobody, since too many use them, and those that will soon be so."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from profiles.configuration import Configuration, held_configuration
from profiles.identity.type_changes import TypeRefused, change_type, fields_of
from profiles.identity.types import TypeRule
from profiles.models import Identifier, IdentifierType, ReviewCase
from profiles.review import sql
from profiles.review.hints import NEARLY_SHARED, SHARED, is_nearly, take_hints
from profiles.review.kinds.case_kind import Answer, Candidate, CaseKind, Done, Found, Side, Words

MOST_COUNTED = 1_000
MOST_SIDES = 4
CHANGE_RULES = "change_rules"

Counts = dict[int, dict[int, int]]  # identifier to type to how many neighbours


class SharedIdentifier(CaseKind):
    """An identifier links more people than its type allows, so that it names none of them."""

    name: ClassVar[str] = SHARED
    title: ClassVar[Words] = _("Shared identifiers")
    question: ClassVar[Words] = _("So many use this identifier that it names nobody any more. Is that right?")
    stake: ClassVar[Any] = ngettext_lazy("%(n)s hangs on it", "%(n)s hang on it", "n")
    reasons = (_("A family or a household"), _("A shared mailbox or a switchboard"), _("A made-up value"))

    def find(self, position: str, most: int) -> Found:
        """Those that have just become so, and a piece of all that are."""
        told = [a for a, _b in take_hints(self.name, most)]
        with connection.cursor() as cursor:
            cursor.execute(sql.WALK_SHARED, {"after": int(position or 0), "most": most})
            walked = [row[0] for row in cursor.fetchall()]
        following = "" if len(walked) < most else str(walked[-1])
        return Found(self.candidates({*told, *walked}, held_configuration()), following)

    def candidates(self, ids: Collection[int], held: Configuration) -> list[Candidate]:
        """Those of some identifiers that are a case now."""
        rows = list(Identifier.objects.filter(id__in=list(ids)))
        counts = count_neighbours([row.id for row in rows])
        return [
            Candidate(str(row.id), (row.id,), hanging(row, counts, held), {"id": row.id})
            for row in rows
            if row.type_id in held.types_by_id and self.is_case(row, counts, held)
        ]

    def is_case(self, row: Identifier, counts: Counts, held: Configuration) -> bool:
        """Whether the identifier is one, as it stands now."""
        return row.shared and row.value not in held.types_by_id[row.type_id].blocked

    def still_open(self, case: ReviewCase) -> bool:
        """Whether the identifier is still so."""
        return bool(self.candidates([case.details["id"]], held_configuration()))

    def still_open_among(self, cases: Collection[ReviewCase]) -> set[UUID]:
        """Those of some cases whose identifier is still so: two queries."""
        found = {one.key for one in self.candidates([case.details["id"] for case in cases], held_configuration())}
        return {case.id for case in cases if case.key in found}

    def subject(self, case: ReviewCase) -> int | None:
        """The identifier."""
        return int(case.details["id"])

    def sides(self, case: ReviewCase) -> Sequence[Side]:
        """The profiles of some of those who hang on it."""
        held = held_configuration()
        row = Identifier.objects.filter(id=case.details["id"]).first()
        if row is None:
            return []
        types = [rule.id for rule in stronger(held.types_by_id[row.type_id], held)]
        with connection.cursor() as cursor:
            cursor.execute(sql.READ_NEIGHBOURS, {"id": row.id, "types": types, "most": MOST_SIDES})
            return [Side(found) for (found,) in cursor.fetchall()]

    def answers(self, case: ReviewCase, actor: str) -> Sequence[Answer]:
        """It is right, or the value names nobody anywhere."""

        def block(note: str, by: str) -> Done:
            return block_value(case.details["id"], by)

        return [
            Answer("right", _("It is right"), _("Nothing changes; this is not asked again."), "s"),
            Answer(
                "block",
                _("Block this value"),
                _("No event is ever linked by this value again, and profiles are computed anew without it."),
                "d",
                perform=block,
                right=CHANGE_RULES,
                without=case.details["id"],
            ),
        ]

    def take_back(self, case: ReviewCase, actor: str) -> None:
        """Allow the value again, where the answer blocked it."""
        blocked = case.details.get("undo", {}).get("blocked")
        if blocked:
            allow_value(blocked[0], blocked[1], actor)


class NearlyShared(SharedIdentifier):
    """An identifier that a few more people would make shared."""

    name: ClassVar[str] = NEARLY_SHARED
    title: ClassVar[Words] = _("Soon shared identifiers")
    question: ClassVar[Words] = _("A few more people and this identifier names nobody any more. Is that right?")

    def find(self, position: str, most: int) -> Found:
        """Those whose neighbours have just become so many: the resolver counts them with every new link."""
        return Found(self.candidates({a for a, _b in take_hints(self.name, most)}, held_configuration()))

    def is_case(self, row: Identifier, counts: Counts, held: Configuration) -> bool:
        """Whether it is nearly shared, and not shared yet."""
        rule = held.types_by_id[row.type_id]
        if row.shared or rule.shared_above is None or row.value in rule.blocked:
            return False
        found = counts.get(row.id, {})
        return any(is_nearly(found.get(other.id, 0), rule.shared_above) for other in stronger(rule, held))


def count_neighbours(ids: Collection[int]) -> Counts:
    """How many identifiers of each other type are linked to each, up to a thousand."""
    found: Counts = {}
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(sql.COUNT_NEIGHBOURS, {"ids": list(ids), "most": MOST_COUNTED})
            for id_, type_id, count in cursor.fetchall():
                found.setdefault(id_, {})[type_id] = min(count, MOST_COUNTED)
    return found


def stronger(rule: TypeRule, held: Configuration) -> list[TypeRule]:
    """The types that are stronger than another, the strongest first."""
    return sorted((one for one in held.types.values() if one.rank < rule.rank), key=lambda one: one.rank)


def hanging(row: Identifier, counts: Counts, held: Configuration) -> int:
    """How many of that stronger type hang on an identifier of which there are most."""
    found = counts.get(row.id, {})
    return max((found.get(other.id, 0) for other in stronger(held.types_by_id[row.type_id], held)), default=0)


def block_value(identifier_id: int, actor: str) -> Done:
    """Add an identifier's value to those that its type blocks. Call it in a transaction. Raises `TypeRefused`."""
    row = Identifier.objects.get(id=identifier_id)
    type_ = IdentifierType.objects.select_for_update().get(id=row.type_id)
    fields = fields_of(type_)
    if row.value in fields.blocked:
        return Done()
    if "*" in row.value:
        raise TypeRefused("blocked", "In what is blocked a star stands for anything: this value would block others.")
    change_type(name=type_.name, fields=replace(fields, blocked=(*fields.blocked, row.value)), actor=actor)
    return Done(undo={"blocked": [type_.name, row.value]})


def allow_value(type_name: str, value: str, actor: str) -> None:
    """Take a value from those that a type blocks. Call it in a transaction."""
    row = IdentifierType.objects.select_for_update().filter(name=type_name).first()
    if row is not None and value in row.blocked:
        fields = fields_of(row)
        left = tuple(one for one in fields.blocked if one != value)
        change_type(name=type_name, fields=replace(fields, blocked=left), actor=actor)
