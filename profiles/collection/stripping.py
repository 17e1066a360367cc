"""An event without what must not be kept of it. Pure.

What names an identifier stays where it is, and so does the consent block: what is stored of the event must read the
same, but for what was taken out, whenever it is read again.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from profiles.intake import lenient
from profiles.intake.wire.cloudevents import DATA_IDENTIFIERS
from profiles.intake.wire.findings import TRAIT_IDENTIFIERS
from profiles.recognition import BEHAVIOUR

PAGE_VIEWED = frozenset({"page", "referrer", "campaign"})  # members of a context that tell what was looked at
# By these a PostHog event says who it is about; the traits among them are looked through for themselves.
POSTHOG_MEMBERS = (
    "distinct_id",
    "alias",
    "$anon_distinct_id",
    "$cookieless_mode",
    "$device_id",
    "$group_key",
    "$group_type",
    "$is_identified",
    "$process_person_profile",
    "$set",
    "$set_once",
    "$unset",
)
# By these the data of a CloudEvent without `properties` says who it is about, what happened and when.
DATA_MEMBERS = (
    *DATA_IDENTIFIERS,
    "type",
    "event",
    "name",
    "context",
    "traits",
    "previousId",
    "messageId",
    "originalTimestamp",
    "timestamp",
)
TRAITS = ("traits", "$set", "$set_once")

Path = tuple[str, ...]


class Unwanted(NamedTuple):
    """What is to be taken out: data of the categories that `sees` is true of. `categories`: trait name to category."""

    sees: Callable[[str], bool]
    categories: Mapping[str, str]

    def trait(self, name: str) -> bool:
        """Whether data of this name goes."""
        return self.sees(self.categories.get(name, ""))

    @property
    def behaviour(self) -> bool:
        """Whether what was done and looked at goes as a whole."""
        return self.sees(BEHAVIOUR)


def strip_event(dialect: str, payload: bytes, unwanted: Unwanted, mappings: Iterable[str]) -> bytes:
    """The payload of an event without what is unwanted; itself where there is nothing of it.

    `mappings` are the source's own paths to identifiers.
    """
    event = lenient.decode(payload)
    if not isinstance(event, dict):
        return payload
    paths = [tuple(path.removeprefix("data.").split(".")) for path in mappings]
    stripped = _cloud_event(event, unwanted, paths) if dialect == "cloudevents" else _event(event, unwanted, paths)
    return payload if stripped == event else lenient.encode(stripped)


def _event(event: dict[str, Any], unwanted: Unwanted, paths: list[Path]) -> dict[str, Any]:
    """An event in the shape of Segment or PostHog."""
    stripped = {**event, **_traits_of(event, unwanted, paths)}
    context = event.get("context")
    if isinstance(context, dict):
        within = _below(paths, "context")
        context = {**context, **_traits_of(context, unwanted, [*paths, *within])}
        stripped["context"] = _without(context, lambda name: unwanted.behaviour and name in PAGE_VIEWED, within)
    properties = event.get("properties")
    if isinstance(properties, dict):
        within = _below(paths, "properties")
        properties = {**properties, **_traits_of(properties, unwanted, [*paths, *within])}
        kept = [*within, *((name,) for name in POSTHOG_MEMBERS)]
        stripped["properties"] = _without(properties, _property_goes(unwanted), kept)
    elif properties is not None and unwanted.behaviour:
        stripped["properties"] = {}  # not gone: without it a CloudEvent's data would be read otherwise
    return stripped


def _cloud_event(event: dict[str, Any], unwanted: Unwanted, paths: list[Path]) -> dict[str, Any]:
    """A CloudEvent: its data in Segment's shape, or plain, when all of it is the event's properties."""
    data = event.get("data")
    encoded = event.get("data_base64") if data is None else None
    if encoded is not None:
        data = _decoded(encoded)
    if isinstance(data, dict):
        stripped = _event(data, unwanted, paths)
        if "properties" not in data:
            kept = [*paths, *_below(paths, "properties"), *((name,) for name in DATA_MEMBERS)]
            stripped = _without(stripped, _property_goes(unwanted), kept)
        changed = stripped != data
    else:
        stripped, changed = None, unwanted.behaviour and data is not None
    if not changed:
        return event
    return {**{name: value for name, value in event.items() if name != "data_base64"}, "data": stripped}


def _decoded(encoded: Any) -> Any:
    """What stands in `data_base64`; the text itself where that is no JSON."""
    try:
        return lenient.decode(base64.b64decode(encoded, validate=True))
    except (TypeError, ValueError, binascii.Error, lenient.Unreadable):
        return encoded


def _traits_of(holder: Mapping[str, Any], unwanted: Unwanted, paths: list[Path]) -> dict[str, Any]:
    """The objects of a holder that hold traits, without those that go."""
    kept = [*_below(paths, "traits"), *((name,) for name in TRAIT_IDENTIFIERS)]
    return {
        name: _without(traits, unwanted.trait, [*kept, *_below(paths, name)])
        for name in TRAITS
        if isinstance(traits := holder.get(name), dict)
    }


def _property_goes(unwanted: Unwanted) -> Callable[[str], bool]:
    return (lambda _: True) if unwanted.behaviour else unwanted.trait


def _below(paths: Iterable[Path], name: str) -> list[Path]:
    return [path[1:] for path in paths if path[0] == name and len(path) > 1]


def _without(holder: dict[str, Any], goes: Callable[[str], bool], kept: Iterable[Path]) -> dict[str, Any]:
    """An object without the members that go, but for what stands at the paths that are kept."""
    left = {name: value for name, value in holder.items() if not goes(name)}
    gone = holder.keys() - left.keys()
    for path in kept:
        if path[0] in gone:
            _graft(left, holder, path)
    return left


def _graft(left: dict[str, Any], holder: dict[str, Any], path: Path) -> None:
    value: Any = holder
    for step in path:
        if not isinstance(value, dict) or step not in value:
            return
        value = value[step]
    for step in path[:-1]:
        left = left.setdefault(step, {})
    left[path[-1]] = value
