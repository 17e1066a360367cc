"""What stands at the head of every tab of a profile, in words."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cxprofiles.portal.words import named
from profiles.profile import Profile

MOST_BADGES = 6
GRANTED = "granted"


class ConsentBadge(NamedTuple):
    """A purpose of which something was said, and whether it is allowed now."""

    key: str
    label: str
    allowed: bool


class Badges(NamedTuple):
    """The first purposes, and how many more there are."""

    shown: list[ConsentBadge]
    more: int


class Note(NamedTuple):
    """Something that whoever reads the profile should know. `kind`: info or warning."""

    kind: str
    sentence: str


def consent_badges(in_force: Mapping[str, str], words: Mapping[str, str]) -> Badges:
    """The consents of a profile: `in_force` is purpose to granted or denied, `words` what purposes are called."""
    found = [ConsentBadge(key, named(words, key), state == GRANTED) for key, state in sorted(in_force.items())]
    return Badges(found[:MOST_BADGES], max(len(found) - MOST_BADGES, 0))


def notes_of(profile: Profile) -> list[Note]:
    """How sure it is that all of this is one person."""
    found = []
    if profile.bridged:
        found.append(
            Note(
                "warning",
                _("Only claims of browsers join the verified people in this profile. They may be several."),
            )
        )
    elif profile.claimed:
        found.append(
            Note("info", _("Some of this is tied together by what browsers claim; no system of yours said it."))
        )
    shared = sum(one.shared for one in profile.identifiers)
    if shared:
        found.append(
            Note(
                "info",
                ngettext(
                    "%(n)s identifier is shared by many people. It names nobody and ties nobody.",
                    "%(n)s identifiers are shared by many people. They name nobody and tie nobody.",
                    shared,
                )
                % {"n": shared},
            )
        )
    if profile.contested:
        found.append(
            Note(
                "info",
                _("Something that was seen or decided may speak against a part of it. The tab Identity shows what."),
            )
        )
    return found
