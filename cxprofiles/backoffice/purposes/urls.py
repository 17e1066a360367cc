"""The paths of purposes and notices."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.purposes.ages import ages_page, set_age_page
from cxprofiles.backoffice.purposes.changing import change_page, new_page
from cxprofiles.backoffice.purposes.listing import purpose_page, purposes_page
from cxprofiles.backoffice.purposes.notices import notice_page, notices_page, publish_page, version_page

BASE = "backoffice/purposes/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(BASE, purposes_page),
    path(f"{BASE}new/", new_page),
    path(f"{BASE}one/<str:key>/", purpose_page),
    path(f"{BASE}one/<str:key>/change/", change_page),
    path(f"{BASE}notices/", notices_page),
    path(f"{BASE}publish/", publish_page),
    path(f"{BASE}notices/<str:key>/", notice_page),
    path(f"{BASE}notices/<str:key>/<str:version>/", version_page),
    path(f"{BASE}ages/", ages_page),
    path(f"{BASE}ages/set/", set_age_page),
]
