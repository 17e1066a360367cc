"""One interaction whole: what it said, what was made of it, and why it is on this profile's timeline."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cxprofiles.backoffice.actors import actor_names, actor_shown
from cxprofiles.backoffice.directions import spelt
from cxprofiles.backoffice.event_words import event_in_words
from cxprofiles.backoffice.masking import masked, masked_json, masked_payload, masked_text
from cxprofiles.backoffice.profile.identity_words import day_said, step_said
from cxprofiles.backoffice.profile.opening import Opened
from cxprofiles.backoffice.profile.timeline_rows import Named, Names
from cxprofiles.backoffice.profile.timeline_words import SIGNALS, purpose_said
from cxprofiles.portal.words import named
from profiles.identity.explanation import Step
from profiles.intake.observed import Observed
from profiles.intake.wire.times import parse_time
from profiles.journey.belonging import Belonging, FirstShown, read_belonging
from profiles.journey.reading import Interaction

# Members at the top of an event that say what it is, and when it was.
KINDS = frozenset({"type", "event", "specversion"})
TIMES = frozenset({"timestamp", "originalTimestamp", "sentAt", "receivedAt", "sent_at", "time"})


class Reason(NamedTuple):
    """A sentence of why an interaction is here, and the event that first showed it."""

    sentence: str
    first: UUID | None
    first_words: str


class Said(NamedTuple):
    """What the event says of a purpose, and by which signal."""

    purpose: str
    granted: bool
    signal: str


@dataclass(frozen=True, slots=True)
class Json:
    """The three readings of an event as text: as it came, what the request said beside it, as it was read."""

    came: str
    request: str
    read: str


def reasons_of(item: Interaction, opened: Opened, names: Names) -> list[Reason]:
    """Why an interaction is on a profile's timeline, step by step from the identifier that it hangs on."""
    strongest = opened.profile.identifiers[0].id
    members = [one.id for one in opened.profile.identifiers]
    found = read_belonging(members, strongest, item.anchor_id, opened.held)
    said = _words_of(names, [strongest, item.anchor_id, *(end for step in found.path for end in (step.a, step.b))])
    anchor = said.get(item.anchor_id, "")
    hangs = [Reason(_hangs(item, anchor), None, "")]
    if strongest == item.anchor_id:
        sentence = _("%(anchor)s is the strongest identifier of this profile: this is whom it names.")
        return [*hangs, Reason(sentence % {"anchor": anchor}, None, "")]
    if not found.path:
        sentence = _("How %(anchor)s belongs to this profile is being worked out anew. Look again in a moment.")
        return [*hangs, Reason(sentence % {"anchor": anchor}, None, "")]
    leads = _("From %(strongest)s, the strongest identifier of this profile, this leads to it:")
    return [*hangs, Reason(leads % {"strongest": said.get(strongest, "")}, None, ""), *_steps(found, said, names)]


def _hangs(item: Interaction, anchor: str) -> str:
    if len(item.identifier_ids) <= 1:
        return _("It names one identifier and is kept under it: %(anchor)s.") % {"anchor": anchor}
    sentence = ngettext(
        "It names %(n)s identifier and is kept under the strongest of them: %(anchor)s.",
        "It names %(n)s identifiers and is kept under the strongest of them: %(anchor)s.",
        len(item.identifier_ids),
    )
    return sentence % {"n": len(item.identifier_ids), "anchor": anchor}


def _words_of(names: Names, ids: list[int]) -> dict[int, str]:
    shown = {id_: names.named(id_) for id_ in ids}
    return {id_: in_words(one) for id_, one in shown.items() if one is not None}


def in_words(one: Named) -> str:
    """An identifier within a sentence."""
    return f"{one.type} {one.value}"


def _steps(found: Belonging, said: Mapping[int, str], names: Names) -> list[Reason]:
    actors = actor_names(step.decision.actor for step in found.path if step.link is None and step.decision is not None)
    return [_step(step, found, said, actors, names.known) for step in found.path]


def _step(
    step: Step, found: Belonging, said: Mapping[int, str], actors: Mapping[str, str], known: Collection[str]
) -> Reason:
    if step.link is not None:
        shown = found.first.get(step.link.first_interaction)
    else:
        shown = (
            found.first.get(step.decision.interaction_id) if step.decision and step.decision.interaction_id else None
        )
    who = {step.decision.actor: actor_shown(step.decision.actor, actors)} if step.decision else {}
    sentence = step_said(step, said, who)
    if step.link is None and step.decision is not None and step.decision.reason:
        sentence = _("%(sentence)s The reason given: “%(reason)s”") % {
            "sentence": sentence,
            "reason": masked_text(step.decision.reason, known),
        }
    return Reason(sentence, shown.id if shown else None, first_said(shown, known))


def first_said(shown: FirstShown | None, known: Collection[str]) -> str:
    """The event that first showed a link, in words; empty: none that is on this timeline."""
    if shown is None:
        return ""
    return _("%(event)s, %(day)s") % {
        "event": event_in_words(shown.type, shown.event, known=known),
        "day": day_said(shown.at),
    }


def consents_of(item: Interaction) -> list[Said]:
    """What the event's own signals say, by purpose."""
    signals = item.observed.signals if item.observed else None
    if signals is None:
        return []
    return [
        Said(purpose_said(key), granted, named(SIGNALS, signals.by.get(key, "")))
        for key, granted in sorted(signals.said.items())
    ]


def json_of(item: Interaction, known: Collection[str], *, revealed: bool) -> Json:
    """An event as text in three readings; its values are masked until they are revealed. `known`: what must not stand
    in it until then."""
    read = _read(item.observed) if item.observed else None
    if revealed:
        return Json(pretty(item.content), pretty(item.context), pretty(read) if read else "")
    came, request = masked_event(item.content, known), masked_json(item.context, known)
    return Json(pretty(came), pretty(request), pretty(masked_reading(read, known)) if read else "")


def masked_event(content: Any, known: Collection[str]) -> Any:
    """An event whose values are masked, but for goods and prices, what it is and when it was."""
    if not isinstance(content, dict):
        return masked_payload(content, known)
    masked_whole = {name: masked_payload({name: value}, known) for name, value in content.items()}
    return {
        key: _plain(name, content[name], known) or value
        for name, one in masked_whole.items()
        for key, value in one.items()
    }


def _plain(name: str, value: Any, known: Collection[str]) -> str:
    """A member that is shown; empty: it is masked."""
    if not isinstance(value, str):
        return ""
    if name in KINDS:
        return masked_text(value, known)
    return value if name in TIMES and parse_time(value) is not None else ""


def _read(seen: Observed) -> dict[str, Any]:
    """The event in its normal form."""
    return {
        "type": seen.type,
        "event": seen.event,
        "identifiers": [{"type": type_name, "value": value} for type_name, value in seen.identifiers],
        "same": [{"type": type_name, "value": value} for type_name, value in seen.same],
        "traits": seen.traits,
        "traits_once": seen.traits_once,
        "revenue": None if seen.revenue is None else str(seen.revenue),
        "currency": seen.currency,
        "consent": seen.consent,
    }


def masked_reading(read: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The normal form whose values are masked; of identifiers the type stays."""
    found = {
        name: [{"type": one["type"], "value": masked(one["type"], one["value"])} for one in read[name]]
        for name in ("identifiers", "same")
    }
    values = {name: masked_json(read[name], known) for name in ("traits", "traits_once")}
    return {**read, "event": masked_text(read["event"], known), **found, **values}


def pretty(value: Any) -> str:
    """A value as JSON that people can read."""
    return spelt(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
