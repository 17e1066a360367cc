"""What the devices of a registration answered shortly before it, said of the account too, with its provenance.

Grants do not rise from a device to the person who logs in on it. But who registers has just been asked on this device,
and has gone on to say who they are (consent.md, "In force", rule 4). An answer that named an account is that account's
alone, and is not carried.

Whichever comes first, the registration or an answer: the same rows come of it. A registration looks the answers up in
the ledger; an answer that arrives later finds the registration in the fold of its device.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from consent.ledger import Decided
from consent.ledger_reading import Span, answers_within
from consent.times import MICROSECOND, moment
from profiles.consents.spread import CARRIED_FOR
from profiles.golden.folds import Registration
from profiles.identity.clusters import Clusters
from profiles.models import Interaction

SESSION = CARRIED_FOR // MICROSECOND
SIGNAL = "registration"


class Carrying(NamedTuple):
    """A registration that takes the answers of one of its devices along, of a span of time."""

    registration: Registration
    answers: Span


Answered = Mapping[int, tuple[int, int]]  # device to the instants of its first and last answer among some


def newly_registered(registered: Iterable[tuple[int, Registration]]) -> list[Carrying]:
    """What registrations take along, which have just become known. Each with one of its devices."""
    return [
        Carrying(registration, Span(device, moment(registration.at - SESSION), moment(registration.at)))
        for device, registration in registered
    ]


def newly_answered(answered: Answered, clusters: Clusters) -> list[Carrying]:
    """What registrations take along that were known before the answers of their devices. The devices are loaded."""
    found = []
    for device, (first, last) in answered.items():
        fold = clusters.members[device].fold
        for registration in fold.registrations if fold else ():
            since, until = max(first, registration.at - SESSION), min(last, registration.at)
            if since <= until:
                found.append(Carrying(registration, Span(device, moment(since), moment(until))))
    return found


def carried_answers(carryings: list[Carrying]) -> list[Decided]:
    """The rows of the ledger, of which some may be there already, in the order of their keys. Call it in the lane."""
    if not carryings:
        return []
    answers = answers_within([carrying.answers for carrying in carryings])
    acts = {UUID(bytes=carryings[n].registration.interaction) for n, _ in answers}
    rows = Interaction.objects.filter(id__in=acts).values_list("id", "received_at", "source_id")
    known = {id_: (received_at, source_id) for id_, received_at, source_id in rows}
    carried = {}
    for n, answer in answers:
        registration = carryings[n].registration
        if UUID(bytes=registration.interaction) in known:
            row = _carried(answer, registration, *known[UUID(bytes=registration.interaction)])
            carried[row.identifier_id, row.purpose, row.act_id] = row
    return [carried[key] for key in sorted(carried)]


def _carried(answer: Decided, registration: Registration, received_at: datetime, source_id: int) -> Decided:
    """An answer as the account's. The registration vouches for it, and it is known since both are."""
    act = UUID(bytes=registration.interaction)
    return answer._replace(
        identifier_id=registration.account,
        act_id=uuid5(act, str(answer.act_id)),
        received_at=max(answer.received_at, received_at),
        verified=True,
        with_account=True,
        signal=SIGNAL,
        source_id=source_id,
        actor="",
        proof={"carried_from": {"act": str(answer.act_id), "registration": str(act)}},
    )
