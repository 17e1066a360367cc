"""What a search found, in words: how it was looked for, what matched, and what to try where nothing did."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cxprofiles.backoffice.field_words import purpose_words
from cxprofiles.backoffice.masking import known_values, masked, masked_name
from cxprofiles.backoffice.person_words import trait_in_words
from cxprofiles.backoffice.profile.header import ConsentBadge, consent_badges
from cxprofiles.portal.words import IDENTIFIERS, named
from profiles.configuration import held_configuration
from profiles.finding import FORMER_NAME, IDENTIFIER, NAME, FoundPage, FoundProfile, Match
from profiles.lookup import ids
from profiles.lookup.guesses import ID, BadWords, NoWords, TooManyWords, UnreadableWords, unknown_type

MOST_BADGES = 3
MOST_IDENTIFIERS = 4

PROBLEMS: Mapping[type[BadWords], str | Promise] = {
    NoWords: gettext_lazy("Type what you know of somebody: an email address, a phone number, a name, an id."),
    TooManyWords: gettext_lazy("This is too long to be an identifier or a name: at most 500 characters."),
    UnreadableWords: gettext_lazy(
        "This holds characters that cannot be part of an identifier or a name. Type it anew instead of pasting it."
    ),
}
KEEP_TYPING = gettext_lazy("Keep typing, or press Search to look for this little.")
NO_PAGE = gettext_lazy("This is no page of a search. Search anew.")
TRIED: Mapping[str, str | Promise] = {**IDENTIFIERS, ID: gettext_lazy("Id"), NAME: gettext_lazy("Name")}
IDS: Mapping[str, str | Promise] = {
    ids.PROFILE: gettext_lazy("This is its profile id."),
    ids.FORMER: gettext_lazy("This was its id, before it became part of this profile."),
    ids.INTERACTION: gettext_lazy("This is the id of an interaction of theirs."),
    ids.MESSAGE: gettext_lazy("A client gave this message id to an interaction of theirs."),
    ids.DECISION: gettext_lazy("This is the id of a decision about who they are."),
    ids.ACCESS: gettext_lazy("This is the id of a read of this profile, as the access log has it."),
    ids.RECEIPT: gettext_lazy("This is the id of a consent receipt of theirs."),
}


class Tried(NamedTuple):
    """One thing that the words were looked for as, and whether that found somebody."""

    label: str
    matched: bool


class RowShown(NamedTuple):
    """A profile in the list of what was found."""

    profile_id: UUID
    name: str
    known: bool
    restricted: bool
    why: list[str]
    identifiers: list[tuple[str, str]]
    more_identifiers: int
    consents: list[ConsentBadge]
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class FoundShown:
    """All that a page of results says. `notes`: what to know of the words themselves."""

    rows: list[RowShown]
    requests: list[UUID]
    tried: list[Tried]
    notes: list[str]
    blocked: bool
    next_cursor: str
    is_empty: bool


def found_shown(page: FoundPage, revealed: Collection[UUID]) -> FoundShown:
    """What was found, in words; `revealed`: the profiles whose values may be shown."""
    matched = {
        match.detail if match.kind == IDENTIFIER else match.kind for one in page.profiles for match in one.matched
    }
    purposes = purpose_words(held_configuration())
    return FoundShown(
        rows=[row_shown(one, one.profile_id in revealed, purposes) for one in page.profiles],
        requests=list(page.requests),
        tried=[Tried(named(TRIED, what), is_matched(what, matched, page)) for what in page.tried],
        notes=notes_on(page),
        blocked=any(one.reason == "blocked" for one in page.refused),
        next_cursor=page.next_cursor,
        is_empty=not (page.profiles or page.requests or page.next_cursor),
    )


def is_matched(what: str, matched: Collection[str], page: FoundPage) -> bool:
    """Whether looking for the words as this found somebody."""
    if what == ID:
        return bool(page.requests) or not set(IDS).isdisjoint(matched)
    return what in matched or (what == NAME and FORMER_NAME in matched)


def row_shown(one: FoundProfile, revealed: bool, purposes: Mapping[str, str]) -> RowShown:
    """A profile that was found."""
    values = [(strong.type, strong.value) for strong in one.identifiers]
    values += [(match.detail, match.value) for match in one.matched if match.kind == IDENTIFIER]
    known = frozenset() if revealed else known_values(values)
    return RowShown(
        profile_id=one.profile_id,
        name=masked_name(one.name, known),
        known=one.known,
        restricted=one.restricted,
        why=[why_matched(match, known, revealed) for match in one.matched[:MOST_BADGES]],
        identifiers=[
            (named(IDENTIFIERS, strong.type), strong.value if revealed else masked(strong.type, strong.value))
            for strong in one.identifiers[:MOST_IDENTIFIERS]
        ],
        more_identifiers=one.held - len(one.identifiers[:MOST_IDENTIFIERS]),
        consents=consent_badges(one.consents, purposes).shown[:MOST_BADGES],
        first_seen=one.first_seen,
        last_seen=one.last_seen,
    )


def why_matched(match: Match, known: Collection[str], revealed: bool) -> str:
    """Why a profile was found, in words."""
    if match.kind in IDS:
        return str(IDS[match.kind])
    if match.kind == IDENTIFIER:
        value = match.value if revealed else masked(match.detail, match.value)
        return _("%(type)s matches: %(value)s") % {"type": named(IDENTIFIERS, match.detail), "value": value}
    name = match.value if revealed else masked_name(match.value, known)
    said = {"name": name, "trait": trait_in_words(match.detail).lower()}
    if match.kind == FORMER_NAME:
        return _("Former name matches: %(name)s (%(trait)s)") % said
    return _("Name matches: %(name)s (%(trait)s)") % said


def note_on_type(page: FoundPage) -> list[str]:
    """That what stands before the colon is no type, and which there are; for words that found nobody."""
    said = "" if page.told else unknown_type(page.words)
    if not said:
        return []
    types = ", ".join(sorted({*held_configuration().types, NAME, ID}))
    return [
        _("“%(said)s” is no type, so all of it was looked for. The types are: %(types)s.")
        % {"said": said, "types": types}
    ]


def notes_on(page: FoundPage) -> list[str]:
    """What to know of the words themselves: blocked, malformed, shared, or too common."""
    found = []
    if any(one.reason == "blocked" for one in page.refused):
        found.append(_("“%(words)s” is blocked as an identifier: it names nobody.") % {"words": page.words})
    if not page.profiles:
        wrong = [named(IDENTIFIERS, one.type) for one in page.refused if one.reason != "blocked"]
        found += [_("This cannot be: %(type)s. Check that it is whole.") % {"type": one} for one in wrong]
        found += note_on_type(page)
    if page.shared:
        labels = ", ".join(named(IDENTIFIERS, one) for one in page.shared)
        found.append(
            _("Many people share this (%(types)s), so it names nobody: it ties nothing to the person you look for.")
            % {"types": labels}
        )
    if page.exactly:
        found.append(
            _("Both names are very common: only people with exactly these two are listed. Add an address or an id.")
        )
    return found
