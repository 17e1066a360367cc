"""A choice that a person told a member of staff, as by telephone: written down with who wrote it and how it was said.

It is an act of deciding like any other, and as final. A mistake is put right by a further act, which says what it
corrects; nothing is taken out of the ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from consent.confirmation_letters import confirmation_letter
from consent.ledger_reading import read_act
from consent.letter_parts import language_spoken
from consent.messages import PHONE, queue_message
from consent.purpose_fields import UNCLEAN
from consent.purpose_reading import read_notices, read_purposes
from consent.purposes import UNIFICATION
from consent.states import GRANTS
from profiles.consents.acts import record_consents
from profiles.consents.records import Recorded
from profiles.consents.told import ActAsked, ActRefused, DecisionAsked
from profiles.models import Identifier

SIGNAL = "staff"
METHODS = ("phone", "in_person", "letter", "email", "chat")
STATES = ("granted", "denied", "withdrawn", "objected", "objection_lifted")
CORRECTION = "staff_correction"
LONGEST_NOTE = 500
REACHED_BY = ("email", PHONE)
# What puts a mistaken record right. A refusal has no such word: only the person can say yes.
CORRECTED_BY = {**dict.fromkeys(GRANTS, "invalidated"), "ObjectionRaised": "objection_lifted"}


class NotCorrectable(ValueError):
    """This record can't be put right by us: after a no, only the person can say yes. Record what they say now."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Told:
    """What a person told. `identifier_id`: under which of their identifiers; `notice`, `notice_version` and `language`:
    what was read to them, without which a yes can't be used; `note`: what else is worth knowing, without names."""

    identifier_id: int
    purpose: str
    state: str
    method: str
    notice: str = ""
    notice_version: str = ""
    language: str = ""
    note: str = ""

    @property
    def proof(self) -> dict[str, Any]:
        """How it was said, as rows of the ledger keep it."""
        said = {
            "method": self.method,
            "notice": self.notice,
            "notice_version": self.notice_version,
            "language": self.language,
            "note": self.note,
            "collector": "back office",
        }
        return {name: value for name, value in said.items() if value} | {"expressed_by": "person"}


@dataclass(frozen=True, slots=True)
class Written:
    """What was recorded. `sent_to`: the address (type, value) that the link to confirm it is on its way to; None:
    nothing waits to be confirmed, or the identifier is no address of this person alone."""

    made: Recorded
    sent_to: tuple[str, str] | None


def record_told(*, told: Told, actor: str, origin: str) -> Written:
    """Record a choice that a person told `actor`, in force when this returns, or once the person has confirmed it by
    the link that is sent to them. `origin`: of this service, for the link. Raises `ActRefused`."""
    if told.method not in METHODS:
        raise ActRefused("method", f"How it was said is one of: {', '.join(METHODS)}.")
    if told.state not in STATES:
        raise ActRefused("state", f"A choice is one of: {', '.join(STATES)}.")
    if len(told.note) > LONGEST_NOTE or UNCLEAN.search(told.note):
        raise ActRefused("note", f"A note has up to {LONGEST_NOTE} characters, and no control characters.")
    check_notice_named(told)
    with transaction.atomic():
        made = _record(told.identifier_id, told.purpose, told.state, told.proof, actor)
        return Written(made, _send_link(made, told, origin) if made.token else None)


def confirmation_link(made: Recorded, origin: str) -> str:
    """Where what waits is confirmed."""
    return f"{origin}/privacy/confirm/{made.token}"


def _send_link(made: Recorded, told: Told, origin: str) -> tuple[str, str] | None:
    """Have the link sent to the address that the choice was said under; None: it is none, or several people's."""
    rows = Identifier.objects.filter(id=told.identifier_id, type__name__in=REACHED_BY, shared=False)
    address = rows.values_list("type__name", "value").first()
    if address is None:
        return None
    spoken, described = language_spoken(told.language), read_purposes()
    names = {key: fields.name for key, fields in described.items()}
    listed = [names.get(key, {}).get(spoken) or names.get(key, {}).get("en") or key for key in made.waiting]
    letter = confirmation_letter(told.language, listed, confirmation_link(made, origin))
    queue_message(address=address, subject=letter.subject, text=letter.text, until=made.waits_until)
    return address


def check_notice_named(told: Told) -> None:
    """Raise `ActRefused` unless what was read to the person is a notice that stands, or none was."""
    if not (told.notice or told.notice_version):
        return
    clean = not UNCLEAN.search(told.notice + told.notice_version + told.language)
    if not clean or not read_notices(key=told.notice, version=told.notice_version, language=told.language):
        raise ActRefused("notice", "There is no notice of this version in this language; choose one of the list.")


def correct_told(*, act_id: UUID, identifier_id: int, actor: str) -> Recorded:
    """Put right what `record_told` wrote by mistake, with a further record. Raises `NotCorrectable`."""
    rows = [row for row in read_act(act_id, [identifier_id]) if row.signal == SIGNAL]
    word = CORRECTED_BY.get(rows[0].state) if len(rows) == 1 else None
    if word is None:
        raise NotCorrectable
    proof = {"method": CORRECTION, "corrects": str(act_id), "collector": "back office", "expressed_by": "agent"}
    return _record(identifier_id, rows[0].purpose, word, proof, actor)


def _record(identifier_id: int, purpose: str, state: str, proof: Mapping[str, Any], actor: str) -> Recorded:
    row = Identifier.objects.filter(id=identifier_id).select_related("type").first()
    if row is None:
        raise ActRefused("identifier", "This identifier is not held any more.")
    named, decided = [(row.type.name, row.value)], [DecisionAsked(purpose, state)]
    act = ActAsked(named, decided, proof, reach_person=purpose == UNIFICATION)
    return record_consents(act=act, actor=actor, signal=SIGNAL)
