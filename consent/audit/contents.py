"""What entries of the audit log may tell: which members each type has, and their forms. Pure.

The log is public, so nothing may get into it that could name anybody: every member of every type stands here, with a
form into which no address, number or name fits.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from consent.states import WORDS

WORD = re.compile(r"[a-z][a-z_]*[0-9]{0,2}(\.[a-z][a-z0-9_]*)*")
PURPOSE = re.compile(r"\*|[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
NUMBERED = re.compile(r"[0-9]{5,}")
UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3}){0,3}")
DIGEST = re.compile(r"[0-9a-f]{64}")
OTHERS = re.compile(r"[^a-z0-9.]+")
LONGEST_WORD = 64
MOST_COUNTS = 200


class NotForTheLog(ValueError):
    """The audit log takes no such entry; the text says what of it."""


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_word(value: Any) -> bool:
    plain = isinstance(value, str) and len(value) <= LONGEST_WORD and NUMBERED.search(value) is None
    return plain and WORD.fullmatch(value) is not None


def _is_purpose(value: Any) -> bool:
    return isinstance(value, str) and NUMBERED.search(value) is None and PURPOSE.fullmatch(value) is not None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _is_counts(value: Any) -> bool:
    whole = isinstance(value, Mapping) and len(value) <= MOST_COUNTS
    return whole and all(_is_word(name) and _is_count(count) for name, count in value.items())


def _is_words(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) <= MOST_COUNTS and all(map(_is_word, value))


FORMS: dict[str, Callable[[Any], bool]] = {
    "purpose": _is_purpose,
    "problem": _is_word,
    "request": _matches(UUID_FORM),
    "request_type": _is_word,
    "regulation": _is_word,
    "source": _is_word,
    "region": _matches(REGION),
    "state": _is_word,
    "reason": _is_word,
    "counts": _is_counts,
    "gaps": _is_words,
    "policy_version": _matches(VERSION),
    "commitment": _matches(DIGEST),
}
CONSENT_MEMBERS = frozenset({"purpose", "problem"})
REQUEST_MEMBERS = frozenset(FORMS) - {"purpose", "problem", "commitment"}
REQUEST_STEPS = (
    "received",
    "verified",
    "approved_first",
    "approved",
    "denied",
    "extended",
    "cancelled",
    "expired",
    "executing",
    "reviewed",
    "appealed",
    "appeal_decided",
    "closed",
)
CONSENT_TYPES = {state: f"consent.{word}" for state, word in WORDS.items()}  # by the state's name in the ledger
ERASURE_COMPLETED = "erasure.completed"
TYPES: dict[str, frozenset[str]] = {
    **dict.fromkeys(CONSENT_TYPES.values(), CONSENT_MEMBERS),
    **{f"request.{step}": REQUEST_MEMBERS for step in REQUEST_STEPS},
    ERASURE_COMPLETED: frozenset({"request", "commitment", "counts", "policy_version"}),
    "erasure.replayed": frozenset({"counts", "policy_version"}),
    "suppression.lifted": frozenset({"request", "counts", "policy_version"}),
    "retention.applied": frozenset({"counts", "policy_version"}),
}


def check_content(type_name: str, content: Mapping[str, Any]) -> None:
    """Raise `NotForTheLog` unless the type is known and each member is one of its own, in its form."""
    allowed = TYPES.get(type_name)
    if allowed is None:
        raise NotForTheLog("The audit log knows no entry of this type; consent/audit/contents.py lists them.")
    for name, value in content.items():
        if name not in allowed:
            raise NotForTheLog(f"An entry {type_name} has no such member; it may have {', '.join(sorted(allowed))}.")
        if not FORMS[name](value):
            raise NotForTheLog(f"The member {name} of an entry {type_name} is not of its form.")


def counts_told(rows: Mapping[str, int]) -> dict[str, int]:
    """Rows by store under names that the log takes; what cannot be named there is left out."""
    named = {OTHERS.sub("_", store.lower()).strip("_"): count for store, count in rows.items()}
    return {store: count for store, count in named.items() if _is_counts({store: count})}
