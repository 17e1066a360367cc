"""The paths of a profile's privacy tab."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.profile.privacy_tab import keeping_part, privacy_tab, start_request

urlpatterns: list[URLPattern | URLResolver] = [
    path("backoffice/profiles/<uuid:profile_id>/privacy/", privacy_tab),
    path("backoffice/profiles/<uuid:profile_id>/privacy/start/", start_request),
    path("backoffice/profiles/<uuid:profile_id>/privacy/keeping/", keeping_part),
]
