"""The paths of the audit log, the trail of changes and the access log."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.audit.accesses import accesses_page
from cxprofiles.backoffice.audit.changes import changes_page
from cxprofiles.backoffice.audit.entries import entries_page, entry_page
from cxprofiles.backoffice.audit.heads import heads_page
from cxprofiles.backoffice.audit.verifying import verify_page

BASE = "backoffice/audit/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(BASE, entries_page),
    path(f"{BASE}entries/<int:seq>/", entry_page),
    path(f"{BASE}heads/", heads_page),
    path(f"{BASE}verify/", verify_page),
    path(f"{BASE}changes/", changes_page),
    path(f"{BASE}accesses/", accesses_page),
]
