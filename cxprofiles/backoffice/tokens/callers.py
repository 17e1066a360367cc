"""Organisations that send privacy requests by a protocol: who they are, a new token for one, and shutting one out.

Their requests go on when they are switched off: only new ones are refused.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.callers import DRP, OPENDSR, KnownCaller, NoSuchCaller, list_callers, read_caller
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, Refused, actor_of, confirmed, go_to, screen, show
from cxprofiles.backoffice.tokens.listing import to_token
from profiles.privacy.callers import end_caller, give_token

PATH = "/backoffice/tokens/callers/"
MOST = 300
PROTOCOLS = {OPENDSR: "OpenDSR 2.0", DRP: "Data Rights Protocol 1.0"}


@screen(Right.SEE_TOKENS, "GET")
def callers_page(request: HttpRequest) -> HttpResponse:
    """All callers."""
    found = list_callers()
    shown = {"callers": [(one, PROTOCOLS[one.protocol]) for one in found[:MOST]], "more": len(found) > MOST}
    return show(request, "tokens/callers.html", shown)


@screen(Right.SEE_TOKENS, "GET")
def caller_page(request: HttpRequest, protocol: str, name: str) -> HttpResponse:
    """One caller."""
    return one_page(request, find(protocol, name))


@screen(Right.CHANGE_TOKENS, "POST")
def end_page(request: HttpRequest, protocol: str, name: str) -> HttpResponse:
    """Let a caller in no more, once its name was typed."""
    caller = find(protocol, name)
    if not confirmed(request, caller.name):
        return one_page(request, caller, wrong=_("Type the caller's name exactly to switch it off."), status=422)
    end_caller(protocol=protocol, name=name, actor=actor_of(request))
    messages.success(request, _("Switched off: %(name)s is let in no more. Its requests go on.") % {"name": name})
    return go_to(PATH)


@screen(Right.CHANGE_TOKENS, "POST", anew=True)
def token_page(request: HttpRequest, protocol: str, name: str) -> HttpResponse:
    """Give a controller a new token, shown this once; the earlier one ends at once."""
    caller = find(protocol, name)
    if caller.protocol != OPENDSR or caller.revoked_at is not None:
        raise Refused(_("Only a controller that is let in can be given a token. Agents get theirs by key setup."))
    if not confirmed(request, caller.name):
        return one_page(request, caller, wrong=_("Type the caller's name exactly to replace its token."), status=422)
    token = give_token(protocol=protocol, name=name, actor=actor_of(request))
    return to_token(request, caller.name, token, caller=True)


def one_page(request: HttpRequest, caller: KnownCaller, *, wrong: str = "", status: int = 200) -> HttpResponse:
    """The page of one caller."""
    shown = {"caller": caller, "protocol": PROTOCOLS[caller.protocol], "controller": caller.protocol == OPENDSR}
    return show(request, "tokens/caller.html", {**shown, "wrong": wrong}, status=status)


def find(protocol: str, name: str) -> KnownCaller:
    """A caller; raises `NotHere`."""
    try:
        return read_caller(protocol, name)
    except NoSuchCaller:
        raise NotHere from None
