"""The start, the search, and revealing what it found."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.search.reveal import reveal_page
from cxprofiles.backoffice.search.searching import search_page
from cxprofiles.backoffice.search.start import start_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("backoffice/", start_page),
    path("backoffice/search/", search_page),
    path("backoffice/reveal/", reveal_page),
]
