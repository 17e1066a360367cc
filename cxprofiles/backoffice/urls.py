"""The paths of the back office: each piece has its own list."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.undo_screen import nothing_here, undo_page

PIECES = ("search", "profile", "work", "desk", "sources", "rules", "purposes", "tokens", "audit", "people")


def patterns_of(piece: str) -> list[URLPattern | URLResolver]:
    """The paths of one piece."""
    name = f"cxprofiles.backoffice.{piece}"
    if find_spec(name) is None or find_spec(f"{name}.urls") is None:
        return []
    found: list[URLPattern | URLResolver] = import_module(f"{name}.urls").urlpatterns
    return found


urlpatterns: list[URLPattern | URLResolver] = [
    *(pattern for piece in PIECES for pattern in patterns_of(piece)),
    path("backoffice/undo/", undo_page),
    path("backoffice/<path:rest>", nothing_here),
]
