"""The paths of tokens, privacy callers and receipt keys."""

from django.urls import URLPattern, URLResolver, path

from cxprofiles.backoffice.tokens.callers import caller_page, callers_page, end_page
from cxprofiles.backoffice.tokens.callers import token_page as caller_token_page
from cxprofiles.backoffice.tokens.keys import keys_page, rotate_page
from cxprofiles.backoffice.tokens.listing import made_page, new_page, revoke_page, token_page, tokens_page
from cxprofiles.backoffice.tokens.new_caller import new_caller_page

BASE = "backoffice/tokens/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(BASE, tokens_page),
    path(f"{BASE}new/", new_page),
    path(f"{BASE}made/", made_page),
    path(f"{BASE}<int:token_id>/", token_page),
    path(f"{BASE}<int:token_id>/revoke/", revoke_page),
    path(f"{BASE}callers/", callers_page),
    path(f"{BASE}callers/new/", new_caller_page),
    path(f"{BASE}callers/<str:protocol>/<str:name>/", caller_page),
    path(f"{BASE}callers/<str:protocol>/<str:name>/end/", end_page),
    path(f"{BASE}callers/<str:protocol>/<str:name>/token/", caller_token_page),
    path(f"{BASE}keys/", keys_page),
    path(f"{BASE}keys/rotate/", rotate_page),
]
