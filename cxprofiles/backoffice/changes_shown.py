"""A change of the configuration as people read it: each field that differs, from what to what."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from profiles.configuration_reading import Change

LONGEST = 300
MOST_LINES = 60
DEEPEST = 4
# The kinds of subjects, as `record_change` is told them.
KINDS = {
    "source": _("Sources"),
    "identifier_type": _("Identifier types"),
    "trait": _("Traits"),
    "purpose": _("Purposes"),
    "purposes": _("Files of purposes"),
    "notice": _("Notices"),
    "consent_age": _("Ages of consent"),
    "token": _("Tokens"),
    "caller": _("Privacy callers"),
    "recipient": _("Recipients"),
    "retention": _("Retention"),
    "legal_hold": _("Legal holds"),
    "receipt_key": _("Receipt keys"),
    "person": _("People and roles"),
}


class Difference(NamedTuple):
    """One field. `before` and `after` None: it was not there."""

    name: str
    before: str | None
    after: str | None


def change_shown(change: Change) -> dict[str, Any]:
    """A change with its differences."""
    found = list(differences(change.before, change.after))
    kind, _, name = change.subject.partition(":")
    return {
        "id": change.id,
        "at": change.at,
        "actor": change.actor,
        "subject": change.subject,
        "kind": KINDS.get(kind, kind.replace("_", " ")),
        "name": name,
        "made": change.before is None,
        "taken_away": change.after is None,
        "lines": found[:MOST_LINES],
        "more": max(len(found) - MOST_LINES, 0),
    }


def differences(before: Any, after: Any, path: str = "", depth: int = 0) -> Iterable[Difference]:
    """What differs between two JSON values, a line for each member of objects."""
    if before == after:
        return
    if depth < DEEPEST and isinstance(before, dict | None) and isinstance(after, dict | None):
        old, new = before or {}, after or {}
        for name in sorted({*old, *new}):
            inner = f"{path}.{name}" if path else str(name)
            if name not in old and not isinstance(new[name], dict):
                yield Difference(inner, None, value_shown(new[name]))
            elif name not in new and not isinstance(old[name], dict):
                yield Difference(inner, value_shown(old[name]), None)
            else:
                yield from differences(old.get(name), new.get(name), inner, depth + 1)
        return
    before, after = without_common(before, after)
    yield Difference(
        path, None if before is None else value_shown(before), None if after is None else value_shown(after)
    )


def without_common(before: Any, after: Any) -> tuple[Any, Any]:
    """Of two lists of words that are too long to be shown, what only the one has, and how many more both have."""
    if not (are_words(before) and are_words(after)) or max(len(", ".join(one)) for one in (before, after)) <= LONGEST:
        return before, after
    common = {*before} & {*after}
    more = [gettext("and %(n)s more") % {"n": len(common)}] if common else []
    gone, come = ([one for one in words if one not in common] for words in (before, after))
    return [*gone, *more], [*come, *more]


def are_words(value: Any) -> bool:
    """Whether this is a list of texts."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def value_shown(value: Any) -> str:
    """A JSON value in short."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, str):
        text = value or gettext("empty")
    elif are_words(value):
        text = ", ".join(value) or gettext("none")
    else:
        text = gettext("none") if value is None else msgspec.json.encode(value).decode()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
