"""The form by which an organisation is let in that sends privacy requests by a protocol."""

import re
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.callers import DRP, OPENDSR, NoSuchCaller, read_caller
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import Refused, actor_of, go_to, screen, show, text_of
from cxprofiles.backoffice.tokens import words
from cxprofiles.backoffice.tokens.callers import PATH, PROTOCOLS
from cxprofiles.backoffice.tokens.listing import to_token
from profiles.privacy.callers import CallerRefused, give_token, put_caller

# Characters at most, as the API takes them.
LONGEST = {"name": 100, "display_name": 200, "hosts": 6_000, "certificate": 20_000, "verify_key": 200}
BETWEEN = re.compile(r"[\s,;]+")


@dataclass(slots=True)
class Form:
    """The form as it was filled in. `wrong`: field to sentence."""

    protocol: str = OPENDSR
    typed: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


@screen(Right.CHANGE_TOKENS, "GET", "POST", anew=True)
def new_caller_page(request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: let the organisation in; a controller's token is shown by the next page, once."""
    if request.method != "POST":
        return form_page(request, Form())
    form = read_form(request)
    if not form.wrong:
        add_caller(form, actor_of(request))
    if form.wrong:
        return form_page(request, form, status=422)
    return after_adding(request, form)


def read_form(request: HttpRequest) -> Form:
    """The form that was sent, with what cannot be read noted on it."""
    form = Form(protocol=request.POST.get("protocol", ""))
    if form.protocol not in PROTOCOLS:
        form.protocol = OPENDSR
        form.wrong["protocol"] = str(words.CALLER_REFUSALS["protocol"])
    for name, longest in LONGEST.items():
        try:
            form.typed[name] = text_of(request, name, longest=longest)
        except Refused as refusal:
            form.wrong[name] = str(refusal)
    return form


def add_caller(form: Form, actor: str) -> None:
    """Let the organisation in, or note on the form why not. One that was switched off comes back as it is told now."""
    typed = form.typed
    if is_let_in(form.protocol, typed["name"]):
        form.wrong["name"] = str(words.CALLER_REFUSALS["exists"])
        return
    try:
        put_caller(
            protocol=form.protocol,
            name=typed["name"],
            actor=actor,
            display_name=typed["display_name"],
            verify_key=typed["verify_key"],
            certificate=typed["certificate"],
            callback_hosts=[host for host in BETWEEN.split(typed["hosts"]) if host],
        )
    except CallerRefused as error:
        name = "hosts" if error.field == "callback_hosts" else error.field
        form.wrong[name] = words.caller_refusal(form.protocol, name, str(error))


def is_let_in(protocol: str, name: str) -> bool:
    """Whether there is a caller of this name that is not switched off."""
    try:
        return read_caller(protocol, name).revoked_at is None
    except NoSuchCaller:
        return False


def after_adding(request: HttpRequest, form: Form) -> HttpResponse:
    """To the token of a controller; to the page of an agent, which gets its own."""
    name = form.typed["name"]
    if form.protocol == DRP:
        messages.success(
            request, _("%(name)s is let in. It fetches its token itself, by key setup: POST /v1/agent/ and its name.")
            % {"name": name},
        )  # fmt: skip
        return go_to(f"{PATH}{DRP}/{name}/")
    token = give_token(protocol=OPENDSR, name=name, actor=actor_of(request))
    return to_token(request, name, token, caller=True)


def form_page(request: HttpRequest, form: Form, status: int = 200) -> HttpResponse:
    """The form."""
    shown = {"form": form, "typed": form.typed, "wrong": form.wrong, "protocols": list(PROTOCOLS.items())}
    return show(request, "tokens/new_caller.html", shown, status=status)
