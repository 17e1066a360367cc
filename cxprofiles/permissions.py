"""Who may open which screen, read from the screens themselves: the table in docs/permissions.md is made of this."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

from cxprofiles.backoffice.rights import MEANINGS, ROLES, Right

PREFIX = "backoffice/"
RAW_RECORDS = "cxprofiles.migrations.0004_staff_sign_ins"
HEAD = """# Who may do what

Made from the code by `manage.py show_permissions > docs/permissions.md`; a test compares them. A role is given on the
screen for people. An administrator may do everything below, and alone manages people. Whoever is not signed in is sent
to the sign-in page, whoever has shown no second factor is sent to it, and a person without a role may open nothing.
A form marked * is taken only from whoever has shown within the last five minutes who they are; others are asked first.
"""


class Screen(NamedTuple):
    """A path below /backoffice/ with the rights that it asks for (none: any role) and its methods."""

    route: str
    rights: tuple[Right, ...]
    methods: tuple[str, ...]
    anew: bool = False

    def is_for(self, role: str) -> bool:
        """Whether a role opens it."""
        return set(self.rights) <= ROLES[role]


class Undeclared(TypeError):
    """A path below /backoffice/ leads to a view that says no right: every view there is wrapped in `screen`."""


def screens() -> list[Screen]:
    """Every path of the back office in order. Raises `Undeclared`."""
    return sorted(_walk(get_resolver().url_patterns, ""), key=lambda one: one.route)


def _walk(patterns: Sequence[URLPattern | URLResolver], before: str) -> Iterator[Screen]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif route.startswith(PREFIX):
            view = pattern.callback
            if not (hasattr(view, "rights") and hasattr(view, "methods")):
                raise Undeclared(f"/{route}: {Undeclared.__doc__}")
            yield Screen(route, tuple(view.rights), tuple(view.methods), getattr(view, "anew", False))


def document() -> str:
    """The whole of docs/permissions.md."""
    return "\n".join([HEAD, *_rights(), "", *_screens(), "", *_records(), ""])


def _rights() -> list[str]:
    rows = [
        [f"{MEANINGS[right]} (`{right}`)", *("✓" if right in ROLES[role] else "" for role in ROLES)] for right in Right
    ]
    return ["## Rights", "", *_table(["right", *ROLES], rows)]


def _screens() -> list[str]:
    rows = [
        [
            f"`/{one.route}`",
            ", ".join(f"{method} *" if one.anew and method == "POST" else method for method in one.methods),
            " and ".join(one.rights) or "any role",
            *("✓" if one.is_for(role) else "" for role in ROLES),
        ]
        for one in screens()
    ]
    return ["## Screens", "", *_table(["path", "methods", "right", *ROLES], rows)]


def raw_records() -> dict[str, dict[str, str]]:
    """What each role may do with raw records in the admin: the acts by model."""
    acts: dict[str, dict[str, str]] = import_module(RAW_RECORDS).ACTS
    return acts


def _records() -> list[str]:
    acts = raw_records()
    models = sorted({model for by_model in acts.values() for model in by_model})
    rows = [[model, *(acts.get(role, {}).get(model, "").replace(" ", ", ") for role in ROLES)] for model in models]
    return ["## Raw records, below /admin/", "", *_table(["record", *ROLES], rows)]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
