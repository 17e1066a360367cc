"""The paths of a profile's consent tab."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.profile.consent_record import record_page
from cxprofiles.backoffice.profile.consent_tab import consent_page
from cxprofiles.backoffice.profile.consent_telling import telling_page, waits_page

TAB = "backoffice/profiles/<uuid:profile_id>/consent/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(TAB, consent_page),
    path(f"{TAB}tell/", telling_page),
    path(f"{TAB}tell/waits/", waits_page),
    path(f"{TAB}<uuid:act_id>/<int:identifier_id>/<str:purpose>/", record_page),
]
