"""Choices that people make by a request: restriction, objection, opting out, limiting, withdrawing.

They are acts of deciding like any other (profiles/consents/acts.py): rows of the ledger, in force when the answer is
given, with a receipt. What somebody refuses holds for all their identifiers, also for one that nobody knows yet.
Whoever hangs on a shared identifier is refused for along with the one who asks; nobody is restricted by another.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Q

from consent.acts import Planned
from consent.ledger import Decided
from consent.ledger_reading import acts_of, read_act, with_receipts
from consent.purposes import CONSENT, SALE_SHARE, SENSITIVE, Purposes
from consent.receipts import Principal
from consent.requests.kinds import LIMIT, OBJECTION, OPT_OUT, RESTRICTION, SHARED, WITHDRAW
from consent.said import EVERYTHING
from profiles.configuration import Configuration, configuration
from profiles.consents.acts import Writer
from profiles.consents.checks import usable
from profiles.consents.records import Act, issue
from profiles.consents.spread import people_of, reached_rows
from profiles.consents.taking import take_decisions
from profiles.identity.identifiers import ensure_identifiers, find_identifiers
from profiles.intake.explode import Canoniser, Named
from profiles.models import Identifier, Link
from profiles.pipeline import enter_lane, go_through_gate
from profiles.privacy.beginning import ErasedPerson, refuse_erased
from profiles.privacy.execution import Execution, Gap, Outcome

LEDGER = "consent_decision"
SIGNAL = "request"
MARKETING = "marketing"
LEGITIMATE_INTEREST = "legitimate_interest"
METHOD = "privacy_request"
OTHERS = "others"
LIFTED = {RESTRICTION: "RestrictionLifted", OBJECTION: "ObjectionLifted"}
MADE = {
    RESTRICTION: "ProcessingRestricted",
    OBJECTION: "ObjectionRaised",
    OPT_OUT: "ConsentRefused",
    LIMIT: "ConsentRefused",
    WITHDRAW: "ConsentWithdrawn",
}
ELSEWHERE = "The identifier is shared by several people; their processing is not restricted by what one of them asks."


def choose(execution: Execution) -> Outcome:
    """Write what the person chose for all of their identifiers, in force when this returns. Again: nothing more."""
    with transaction.atomic():
        held = configuration()
        named = usable(execution.identifiers, Canoniser(held))
        go_through_gate()
        found = find_identifiers([one.key for one in named])
        if found.ids.keys() < {one.key for one in named} and execution.type != RESTRICTION:
            try:
                refuse_erased(named)
            except ErasedPerson:
                return Outcome(
                    rows={LEDGER: 0}
                )  # nothing is held, and nothing will be, so that nothing is done with it
            found = ensure_identifiers(named)  # so that the refusal is there when somebody comes by it
        enter_lane()
        held = configuration()
        presented = [found.ids[one.key] for one in named if one.key in found.ids]
        own = sorted({*execution.identifier_ids, *presented})
        shared = shared_among(presented)
        if execution.type == RESTRICTION:
            own = [id_ for id_ in own if id_ not in shared]
            if not own:
                return nothing_restricted(shared)
        own = with_reached(own, execution)
        rows = written(uuid5(execution.request_id, execution.type), own, execution, held, kind=execution.type)
        if rows:
            hand_over_receipt(rows, [one for one in named if one.key in found.ids], own, execution, held)
        count = len(rows) + choose_for(hanging_on(shared, execution), kind=execution.type, execution=execution)
    return Outcome(rows={LEDGER: count})


def choose_for(identifier_ids: Collection[int], *, kind: str, execution: Execution) -> int:
    """Write the choice of a kind (a request's type) for stored identifiers of others; how many rows. Without receipt,
    which would show them who asked.

    Call it in a transaction, in the lane. Those for which this request has spoken so already are left out.
    """
    own = uuid5(execution.request_id, kind)
    ids = sorted(set(identifier_ids) - {row.identifier_id for row in read_act(own, identifier_ids)})
    if not ids or kind == RESTRICTION:
        return 0
    return len(written(uuid5(own, OTHERS), ids, execution, configuration(), kind=kind))


def opt_out_all(identifier_ids: Collection[int], execution: Execution) -> int:
    """Opt everybody out who hangs on shared identifiers, of sale and of marketing, since none can be told apart.

    Call it in a transaction, in the lane.
    """
    ids = people_on(identifier_ids)
    return sum(choose_for(ids, kind=kind, execution=execution) for kind in (OPT_OUT, OBJECTION))


def nothing_restricted(shared: Sequence[int]) -> Outcome:
    """Nobody is known by what was presented, or it names several people."""
    if not shared:
        return Outcome(no_match=True)
    return Outcome(rows={LEDGER: 0}, gaps=[Gap(LEDGER, SHARED, len(shared), ELSEWHERE)])


def written(act_id: UUID, ids: Sequence[int], execution: Execution, held: Configuration, *, kind: str) -> list[Decided]:
    """The rows of an act, taken into force, for those identifiers that it has not spoken for yet."""
    done = {row.identifier_id for row in read_act(act_id, ids)}
    new = [id_ for id_ in ids if id_ not in done]
    if not new:
        return []
    now = datetime.now(UTC)
    writer = Writer(act_id, now, execution.requester, names_account(new, held), SIGNAL)
    proof = {
        "method": METHOD,
        "request": str(execution.request_id),
        "requested_at": execution.received_at.isoformat(),
        "region": execution.region,
    }
    planned = [Planned(key, state, now) for key, state in decisions_of(kind, execution, held.purposes).items()]
    rows = reached_rows([writer.row(id_, one, proof) for one in planned for id_ in new], new)
    take_decisions(rows, held)
    return rows


def decisions_of(kind: str, execution: Execution, purposes: Purposes) -> dict[str, str]:
    """What a choice says: purpose to state."""
    # What others are opted out of for one who asked for something else is no more than the least that protects them.
    details = execution.details if kind == execution.type else {"purposes": [MARKETING]}
    lift = details.get("lift") is True and kind in LIFTED
    state = LIFTED[kind] if lift else MADE[kind]
    return dict.fromkeys(purposes_of(kind, details, purposes), state)


def purposes_of(kind: str, details: Mapping[str, object], purposes: Purposes) -> list[str]:
    """The purposes that a choice is about; of those that it names the ones that exist."""
    fixed = {RESTRICTION: EVERYTHING, OPT_OUT: SALE_SHARE, LIMIT: SENSITIVE}
    if kind in fixed:
        return [fixed[kind]]
    named = details.get("purposes")
    if isinstance(named, list | tuple) and named:
        return [key for key in dict.fromkeys(map(str, named)) if key in purposes.keys]
    if kind == WITHDRAW:
        return [one.key for one in purposes if one.legal_basis == CONSENT]
    return [MARKETING, *(one.key for one in purposes if one.legal_basis == LEGITIMATE_INTEREST)]


def with_reached(own: Sequence[int], execution: Execution) -> list[int]:
    """The person's identifiers; to lift what was said, also those that the earlier act was about."""
    if not execution.details.get("lift"):
        return list(own)
    earlier = acts_of(own, MADE[execution.type], SIGNAL)
    return sorted({*own, *(row.identifier_id for row in earlier)})


def names_account(ids: Sequence[int], held: Configuration) -> bool:
    """Whether one of the identifiers is an account of which a person has only one."""
    types = Identifier.objects.filter(id__in=ids).values_list("type_id", flat=True).distinct()
    return any(held.types_by_id[type_id].account for type_id in types)


def shared_among(ids: Sequence[int]) -> list[int]:
    """Those of some identifiers that name nobody, since several people have them."""
    return list(Identifier.objects.filter(id__in=ids, shared=True).values_list("id", flat=True))


def hanging_on(shared: Sequence[int], execution: Execution) -> list[int]:
    """Everybody who hangs on what was presented, where that is shared."""
    return sorted({*people_on(shared), *execution.scope.get(SHARED, ())}) if shared else []


def people_on(shared: Iterable[int]) -> set[int]:
    """The identifiers of the people who were seen with some shared ones, and these."""
    ids = list(shared)
    links = Link.objects.filter(Q(a_id__in=ids) | Q(b_id__in=ids)).values_list("a_id", "b_id")
    return people_of({*ids, *(end for pair in links for end in pair)})


def hand_over_receipt(
    rows: Sequence[Decided], named: Sequence[Named], own: Sequence[int], execution: Execution, held: Configuration
) -> None:
    """Sign the receipt of the choice: under the identifiers that were presented, never those of others."""
    ranked = sorted(named, key=lambda one: (one.rule.rank, one.value.encode()))
    principal = tuple(Principal(one.rule.name, one.value) for one in ranked)
    of_first = [row for row in rows if row.identifier_id == rows[0].identifier_id]
    act_id: UUID = rows[0].act_id
    purposes = [row.purpose for row in of_first]
    if not with_receipts({act_id}):
        issue(Act(act_id, rows[0].received_at, principal, own, purposes), of_first, held)
