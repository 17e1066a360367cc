"""The paths of the identity tab."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.profile.identity import identity_tab
from cxprofiles.backoffice.profile.identity_acts import decide, preview, take_decision_back
from cxprofiles.backoffice.profile.identity_why import why

BASE = "backoffice/profiles/<uuid:profile_id>/identity/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(BASE, identity_tab),
    path(f"{BASE}preview/", preview),
    path(f"{BASE}decide/", decide),
    path(f"{BASE}take-back/", take_decision_back),
    path(f"{BASE}why/", why),
]
