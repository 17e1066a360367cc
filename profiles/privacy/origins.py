"""Who the values of a trait are from: the person gave them, they were observed, or somebody worked them out. Pure.

Portability is of what was given and observed; access is of all (GDPR, Art. 15 and 20).
"""

from collections.abc import Mapping
from typing import Any

PROVIDED, OBSERVED, INFERRED = "provided", "observed", "inferred"
# How names end of what is worked out, where nobody has set the trait's origin.
WORKED_OUT = ("score", "propensity", "probability", "likelihood", "_segment", "predicted", "_cluster")
# What holds traits in an event, in the spellings of its dialects.
TRAIT_HOLDERS = frozenset({"traits", "$set", "$set_once"})


def origin_of(name: str, origins: Mapping[str, str]) -> str:
    """The origin of a trait; `origins`: of those that have been set one."""
    if name in origins:
        return origins[name]
    lowered = name.lower()
    return INFERRED if lowered.endswith(WORKED_OUT) or lowered.startswith("predicted") else PROVIDED


def without_inferred(event: Any, origins: Mapping[str, str]) -> Any:
    """An event without the traits in it that somebody worked out."""
    if isinstance(event, list):
        return [without_inferred(one, origins) for one in event]
    if not isinstance(event, dict):
        return event
    return {
        name: _plain_traits(value, origins) if name in TRAIT_HOLDERS else without_inferred(value, origins)
        for name, value in event.items()
    }


def _plain_traits(traits: Any, origins: Mapping[str, str]) -> Any:
    if not isinstance(traits, dict):
        return traits
    return {name: value for name, value in traits.items() if origin_of(name, origins) != INFERRED}
