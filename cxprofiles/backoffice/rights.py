"""What members of staff may do, and which role may do what: the least that each needs. Pure.

Rights are Django permissions of the app `cxprofiles`, roles are Django groups; a migration ships both. A superuser has
every right: people and roles are in their hands alone.
"""

from collections.abc import Mapping
from enum import StrEnum


class Right(StrEnum):
    """One thing that a member of staff may do. The value is the permission's code name."""

    SEARCH = "search"
    REVEAL = "reveal_values"
    DECIDE = "decide_identity"
    SEE_RULES = "see_rules"
    CHANGE_RULES = "change_rules"
    SEE_REQUESTS = "see_requests"
    HANDLE_REQUESTS = "handle_requests"
    SEE_SOURCES = "see_sources"
    RUN_SOURCES = "run_sources"
    SEE_PURPOSES = "see_purposes"
    CHANGE_PURPOSES = "change_purposes"
    SEE_TOKENS = "see_tokens"
    CHANGE_TOKENS = "change_tokens"
    SEE_AUDIT = "see_audit"
    SEE_ACCESSES = "see_accesses"
    MANAGE_PEOPLE = "manage_people"


MEANINGS: Mapping[Right, str] = {
    Right.SEARCH: "find people and read their profiles, with values masked",
    Right.REVEAL: "see the values of a profile in the clear",
    Right.DECIDE: "decide who is the same person",
    Right.SEE_RULES: "see the rules of identity",
    Right.CHANGE_RULES: "change the rules of identity",
    Right.SEE_REQUESTS: "see privacy requests",
    Right.HANDLE_REQUESTS: "handle privacy requests",
    Right.SEE_SOURCES: "see the health of sources",
    Right.RUN_SOURCES: "run sources: keys, settings, replay",
    Right.SEE_PURPOSES: "see purposes and notices",
    Right.CHANGE_PURPOSES: "change purposes and publish notices",
    Right.SEE_TOKENS: "see tokens",
    Right.CHANGE_TOKENS: "make and revoke tokens",
    Right.SEE_AUDIT: "see the audit log and what was changed",
    Right.SEE_ACCESSES: "see who read whose data",
    Right.MANAGE_PEOPLE: "manage people and roles",
}

ROLES: Mapping[str, frozenset[Right]] = {
    "steward": frozenset(
        {Right.SEARCH, Right.REVEAL, Right.DECIDE, Right.SEE_RULES, Right.CHANGE_RULES, Right.SEE_SOURCES}
    ),
    "privacy_officer": frozenset(
        {
            Right.SEARCH,
            Right.REVEAL,
            Right.SEE_RULES,
            Right.SEE_REQUESTS,
            Right.HANDLE_REQUESTS,
            Right.SEE_PURPOSES,
            Right.CHANGE_PURPOSES,
            Right.SEE_AUDIT,
            Right.SEE_ACCESSES,
        }
    ),
    "analyst": frozenset({Right.SEARCH, Right.SEE_RULES, Right.SEE_SOURCES, Right.SEE_PURPOSES}),
    "operator": frozenset(
        {Right.SEE_RULES, Right.SEE_SOURCES, Right.RUN_SOURCES, Right.SEE_TOKENS, Right.CHANGE_TOKENS}
    ),
    "auditor": frozenset(
        {
            Right.SEE_RULES,
            Right.SEE_REQUESTS,
            Right.SEE_SOURCES,
            Right.SEE_PURPOSES,
            Right.SEE_TOKENS,
            Right.SEE_AUDIT,
            Right.SEE_ACCESSES,
        }
    ),
}


def roles_with(right: Right) -> list[str]:
    """The roles that have a right, in the order above."""
    return [role for role, rights in ROLES.items() if right in rights]
