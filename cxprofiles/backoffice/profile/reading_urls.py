"""The paths of the tabs that read a profile: overview, traits, raw, who looked."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.profile.accesses import accesses_page
from cxprofiles.backoffice.profile.overview import overview_page
from cxprofiles.backoffice.profile.raw import raw_page
from cxprofiles.backoffice.profile.traits import traits_page

PROFILE = "backoffice/profiles/<uuid:profile_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(PROFILE, overview_page),
    path(f"{PROFILE}traits/", traits_page),
    path(f"{PROFILE}raw/", raw_page),
    path(f"{PROFILE}accesses/", accesses_page),
]
