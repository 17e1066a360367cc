"""Opening a profile for one of its tabs: found by any id that it ever had, its read logged, its header shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from consent.in_force import states
from consent.times import now_microseconds
from cxprofiles.backoffice.disclosing import is_revealed, note_reads
from cxprofiles.backoffice.screens import NotHere, show
from profiles.configuration import Configuration, configuration
from profiles.naming import display_name
from profiles.profile import Profile, find_root, read_profile
from profiles.snapshot import one_snapshot


@dataclass(frozen=True, slots=True)
class Opened:
    """A profile whose tab is about to be shown. `asked_id`: the id in the URL, perhaps a former one."""

    asked_id: UUID
    profile: Profile
    held: Configuration
    tab: str
    revealed: bool

    @property
    def profile_id(self) -> UUID:
        """The profile's id of today."""
        return self.profile.profile_id

    @property
    def root_id(self) -> int:
        """The cluster's root."""
        return self.profile.root_id


def open_profile(request: HttpRequest, profile_id: UUID, *, tab: str, fields: Iterable[str]) -> Opened:
    """The profile that an id leads to today; the read is logged as `staff.TAB`. Raises `NotHere`."""
    with one_snapshot():
        held = configuration()
        root = find_root(profile_id)
        profile = None if root is None else read_profile(root, held)
    if profile is None:
        raise NotHere
    note_reads(request, f"staff.{tab}", [profile.profile_id], fields)
    return Opened(profile_id, profile, held, tab, is_revealed(request, profile.profile_id))


def show_tab(
    request: HttpRequest, opened: Opened, template: str, shown: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A tab under the profile's header."""
    return show(request, template, {**header_of(opened), **shown}, status=status)


def header_of(opened: Opened) -> dict[str, Any]:
    """What the header of every tab shows."""
    profile = opened.profile
    values = {name: trait.value for name, trait in profile.traits.items()}
    return {
        "opened": opened,
        "profile": profile,
        "name": display_name(values),
        "consents": states(profile.standing, opened.held.purposes, now_microseconds()),
        "base": f"/backoffice/profiles/{profile.profile_id}/",
    }
