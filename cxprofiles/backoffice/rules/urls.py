"""The paths of the identity rules."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.rules.shared import shared_page
from cxprofiles.backoffice.rules.traits import set_trait, traits_page
from cxprofiles.backoffice.rules.types import apply_type, new_type, preview_change, type_page, types_page

BASE = "backoffice/rules/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(BASE, types_page),
    path(f"{BASE}new/", new_type),
    path(f"{BASE}apply/", apply_type),
    path(f"{BASE}preview/", preview_change),
    path(f"{BASE}types/<str:name>/", type_page),
    path(f"{BASE}shared/", shared_page),
    path(f"{BASE}traits/", traits_page),
    path(f"{BASE}traits/set/", set_trait),
]
