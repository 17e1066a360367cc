"""The keys that sign receipts: which there are, and making a new one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.signing_reading import list_keys
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import actor_of, confirmed, go_to, screen, show
from profiles.signing_keys import rotate_receipt_key

PATH = "/backoffice/tokens/keys/"
WORD = "rotate"


@screen(Right.SEE_TOKENS, "GET")
def keys_page(request: HttpRequest) -> HttpResponse:
    """All keys."""
    return page(request)


@screen(Right.CHANGE_TOKENS, "POST")
def rotate_page(request: HttpRequest) -> HttpResponse:
    """Sign with a new key from now on, once the word was typed."""
    if not confirmed(request, WORD):
        return page(request, wrong=_("Type the word to make a new key."), status=422)
    kid = rotate_receipt_key(actor=actor_of(request))
    messages.success(request, _("The key %(key)s signs from now on.") % {"key": kid})
    return go_to(PATH)


def page(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    """The page of keys."""
    return show(request, "tokens/keys.html", {"keys": list_keys(), "wrong": wrong, "word": WORD}, status=status)
