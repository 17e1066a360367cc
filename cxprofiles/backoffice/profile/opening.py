"""Opening a profile for one of its tabs: found by any id that it ever had, its read logged, its header shown."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from consent.collection import is_restricted
from consent.in_force import states
from consent.times import now_microseconds
from cxprofiles.backoffice.disclosing import is_revealed, note_reads, seconds_left
from cxprofiles.backoffice.field_words import purpose_words
from cxprofiles.backoffice.masking import known_values, masked_name
from cxprofiles.backoffice.profile.header import consent_badges, notes_of
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, show
from cxprofiles.backoffice.staff_rights import has_right
from profiles.configuration import Configuration, configuration
from profiles.naming import display_name
from profiles.profile import Profile, find_root, read_profile
from profiles.snapshot import one_snapshot

MOST_FORMER = 20


@dataclass(frozen=True, slots=True)
class Opened:
    """A profile whose tab is about to be shown. `asked_id`: the id in the URL, perhaps a former one.

    `revealed`: its values may be shown; `restricted`: its processing is restricted; `known`: the values that must stand
    in no text that is shown, none where they are revealed.
    """

    asked_id: UUID
    profile: Profile
    held: Configuration
    tab: str
    revealed: bool
    restricted: bool = False
    known: frozenset[str] = frozenset()

    @property
    def profile_id(self) -> UUID:
        """The profile's id of today."""
        return self.profile.profile_id

    @property
    def root_id(self) -> int:
        """The cluster's root."""
        return self.profile.root_id

    @property
    def base(self) -> str:
        """The path of the overview, which those of the other tabs begin with."""
        return f"/backoffice/profiles/{self.profile_id}/"

    @property
    def name(self) -> str:
        """What the person is called; empty where nothing is known."""
        named = display_name({name: trait.value for name, trait in self.profile.traits.items()})
        return named if self.revealed else masked_name(named, self.known)

    @property
    def identifier_ids(self) -> list[int]:
        """The identifiers of the profile."""
        return [one.id for one in self.profile.identifiers]

    @property
    def born_ids(self) -> list[UUID]:
        """Every id under which the profile, or a part of it, was ever read."""
        return [one.profile_id for one in self.profile.identifiers]


def open_profile(
    request: HttpRequest,
    profile_id: UUID,
    *,
    tab: str,
    fields: Iterable[str],
    noted: bool = True,
    sightings: bool = True,
) -> Opened:
    """The profile that an id leads to today; the read is logged as `staff.TAB`. Raises `NotHere`.

    `noted` false: the caller logs the read, along with those of others who are on the tab, before it answers.
    `sightings` false: as for `read_profile`.
    """
    with one_snapshot():
        held = configuration()
        root = find_root(profile_id)
        profile = None if root is None else read_profile(root, held, sightings=sightings)
    if profile is None:
        raise NotHere
    if noted:
        note_reads(request, f"staff.{tab}", [profile.profile_id], fields)
    restricted = is_restricted(profile.standing, now_microseconds())
    revealed = is_revealed(request, profile.profile_id) and may_reveal(request, restricted)
    known = frozenset() if revealed else known_values((one.type, one.value) for one in profile.identifiers)
    return Opened(profile_id, profile, held, tab, revealed, restricted, known)


def may_reveal(request: HttpRequest, restricted: bool) -> bool:
    """Whether this member of staff may see a profile's values: restricted data may be kept and not used, but for what
    serves the person's own rights."""
    right = Right.HANDLE_REQUESTS if restricted else Right.REVEAL
    return has_right(request.user, Right.REVEAL) and has_right(request.user, right)


def show_tab(
    request: HttpRequest, opened: Opened, template: str, shown: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A tab under the profile's header."""
    reveal = {
        "may_reveal": may_reveal(request, opened.restricted),
        "masked_in": math.ceil(seconds_left(request, opened.profile_id)) if opened.revealed else 0,
    }
    return show(request, template, {**header_of(opened), **reveal, **shown}, status=status)


def header_of(opened: Opened) -> dict[str, Any]:
    """What the header of every tab shows."""
    profile = opened.profile
    former = [id_ for id_ in opened.born_ids if id_ != profile.profile_id]
    in_force = states(profile.standing, opened.held.purposes, now_microseconds())
    return {
        "opened": opened,
        "profile": profile,
        "name": opened.name,
        "consents": in_force,
        "consent_badges": consent_badges(in_force, purpose_words(opened.held)),
        "notes": notes_of(profile),
        "former_ids": former[:MOST_FORMER],
        "more_former": max(len(former) - MOST_FORMER, 0),
        "moved": opened.asked_id if opened.asked_id != profile.profile_id else None,
        "base": opened.base,
    }
