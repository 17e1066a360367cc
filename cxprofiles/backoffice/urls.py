"""The paths of the back office: each piece has its own list."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.audit import urls as audit
from cxprofiles.backoffice.desk import urls as desk
from cxprofiles.backoffice.people import urls as people
from cxprofiles.backoffice.profile import urls as profile
from cxprofiles.backoffice.purposes import urls as purposes
from cxprofiles.backoffice.rules import urls as rules
from cxprofiles.backoffice.search import urls as search
from cxprofiles.backoffice.sources import urls as sources
from cxprofiles.backoffice.tokens import urls as tokens
from cxprofiles.backoffice.undo_screen import nothing_here, undo_page
from cxprofiles.backoffice.work import urls as work

PIECES = (search, profile, work, desk, sources, rules, purposes, tokens, audit, people)

urlpatterns: list[URLPattern | URLResolver] = [
    *(pattern for piece in PIECES for pattern in piece.urlpatterns),
    path("backoffice/undo/", undo_page),
    path("backoffice/<path:rest>", nothing_here),
]
