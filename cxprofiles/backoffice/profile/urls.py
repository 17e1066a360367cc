"""The paths of a profile's tabs."""

from django.urls import URLPattern, URLResolver

from cxprofiles.backoffice.profile import consent_urls, identity_urls, privacy_urls, reading_urls, timeline_urls

urlpatterns: list[URLPattern | URLResolver] = [
    *reading_urls.urlpatterns,
    *consent_urls.urlpatterns,
    *identity_urls.urlpatterns,
    *privacy_urls.urlpatterns,
    *timeline_urls.urlpatterns,
]
