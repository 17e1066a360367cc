"""Asking those who came of age: a guardian's grant has ended on their birthday, and they are asked once to confirm."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils
from django.conf import settings
from django.db import transaction

from consent.age_letters import age_letter
from consent.audit.contents import CONSENT_TYPES
from consent.audit.log import append_all
from consent.coming_of_age import Ended, find_ended, note_asked
from consent.confirmations import open_confirmation, token_of_act
from consent.guardians import AGE_UNKNOWN, comes_of_age
from consent.letter_parts import language_spoken
from consent.messages import queue_message
from consent.privacy_tasks import open_task
from consent.purpose_reading import read_purposes
from consent.states import GIVEN, REQUESTED
from profiles.configuration import configuration
from profiles.consents.ages import age_of
from profiles.identity.decisions import is_any_restricted
from profiles.models import Identifier

EMAIL = "email"
TASK = "guardian_reconfirm"
MOST_AT_ONCE = 5000


def ask_who_came_of_age(now: datetime | None = None) -> int:
    """Ask those whose guardian's grants have ended, each once; how many acts that was about.

    By mail, with a link that confirms, to the address that the grant was given for; where there is none, staff are
    told to ask. Whoever is below the age still, or may only have their data kept, is left alone for now.
    """
    now, asked = now or datetime.now(UTC), 0
    for one in find_ended(now, MOST_AT_ONCE):
        with transaction.atomic():
            asked += _ask(one, now)
    return asked


def _ask(one: Ended, now: datetime) -> bool:
    if is_any_restricted(one.identifier_ids) or _is_child(one.identifier_ids, now):
        return False
    note_asked(one.identifier_ids, one.purposes)
    if not one.open:
        return False
    address = _address(one.identifier_ids)
    if address and settings.PUBLIC_URL:
        _write_to(address, one, now)
    else:
        open_task(kind=TASK, subject=f"receipt:{one.act_id}", detail={"purposes": one.open})
    return True


def _is_child(identifier_ids: Collection[int], now: datetime) -> bool:
    """Whether they are known to be below the age: then the guardian had chosen an earlier end."""
    age, country = age_of(AGE_UNKNOWN, "", identifier_ids)
    return comes_of_age(age, now, configuration().purposes.age_in(country)) is not None


def _address(identifier_ids: Collection[int]) -> str:
    """The mail address among identifiers, of which nobody else is known to have a share; empty: there is none."""
    rows = Identifier.objects.filter(id__in=identifier_ids, type__name=EMAIL, shared=False).order_by("id")
    return rows.values_list("value", flat=True).first() or ""


def _write_to(address: str, one: Ended, now: datetime) -> None:
    """Make the link and send it."""
    act_id = UUID(bytes=uuid_utils.uuid7().bytes)
    decisions = [
        {"purpose": key, "state": GIVEN, "expires_at": None, "guardian": False, "problem": ""} for key in one.open
    ]
    asked = {"identifier_ids": sorted(one.identifier_ids), "decisions": decisions, "proof": one.proof}
    until = open_confirmation(act_id=act_id, asked=asked, at=now)
    language = str(one.proof.get("language", ""))
    link = f"{settings.PUBLIC_URL}/privacy/confirm/{token_of_act(act_id)}"
    letter = age_letter(language, _names(one.open, language_spoken(language)), link)
    queue_message(address=(EMAIL, address), subject=letter.subject, text=letter.text, until=until)
    append_all([(CONSENT_TYPES[REQUESTED], {"purpose": key}) for key in one.open])


def _names(keys: list[str], language: str) -> list[str]:
    purposes = read_purposes()
    names = {key: dict(fields.name) for key, fields in purposes.items()}
    return [names.get(key, {}).get(language) or names.get(key, {}).get("en") or key for key in keys]
