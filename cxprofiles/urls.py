"""The map of URLs."""

from django.urls import URLPattern, URLResolver, include, path

from cxprofiles.api import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", include("cxprofiles.api.door_urls")),
]
