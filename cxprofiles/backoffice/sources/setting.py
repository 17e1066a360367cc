"""Making a source and changing what is set on it."""

import json

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import actor_of, go_to, screen, show
from cxprofiles.backoffice.sources.connecting import to_key
from cxprofiles.backoffice.sources.forms import NEW_SECRET, choices, empty_form, form_of, read_form, refuse
from cxprofiles.backoffice.sources.opening import open_source, path_of, show_source
from cxprofiles.backoffice.undo import offer_undo, undoes
from cxprofiles.rebuilding import NOT_NEEDED, ask_for_rebuild
from profiles.models import Source
from profiles.sources import SourceExists, SourceFields, SourceRefused, change_source, create_source, fields_of

KIND = "source_settings"


@screen(Right.RUN_SOURCES, "GET", "POST")
def new_page(request: HttpRequest) -> HttpResponse:
    """A new source, whose key the next page shows once."""
    form = empty_form() if request.method == "GET" else read_form(request, named=True)
    if request.method == "POST" and form.fields is not None:
        try:
            key = create_source(name=form.name, fields=form.fields, actor=actor_of(request))
        except SourceExists:
            form.wrong["name"] = _("There is a source of this name already. Choose another name.")
        except SourceRefused as error:
            refuse(form, error)
        else:
            secret = form.fields.signing_secret if form.typed["signing_secret"] == NEW_SECRET else ""
            return to_key(request, Source.objects.get(name=form.name), key=key, secret=secret, made=True)
    shown = {"form": form, "new": True, **choices()}
    return show(request, "sources/new.html", shown, status=422 if form.wrong else 200)


@screen(Right.SEE_SOURCES, "GET")
def settings_page(request: HttpRequest, number: int) -> HttpResponse:
    """What is set on a source, as a form for those who may change it."""
    row = open_source(number)
    return show_source(request, row, "settings", {"form": form_of(fields_of(row)), "new": False, **choices()})


@screen(Right.RUN_SOURCES, "POST")
def change_page(request: HttpRequest, number: int) -> HttpResponse:
    """Change what is set on a source."""
    row = open_source(number)
    before, form = fields_of(row), read_form(request, held_secret=row.signing_secret)
    if form.fields is not None:
        try:
            change = change_source(name=row.name, fields=form.fields, actor=actor_of(request))
        except SourceRefused as error:
            refuse(form, error)
        else:
            offer_undo(request, told(ask_for_rebuild(change.needs_rebuild)), KIND, [str(row.pk), packed(before)])
            if form.typed["signing_secret"] == NEW_SECRET:
                return to_key(request, row, secret=form.fields.signing_secret)
            return go_to(path_of(row, "settings/"))
    return show_source(request, row, "settings", {"form": form, "new": False, **choices()}, status=422)


def told(rebuild: str) -> str:
    """What was done, and what follows from it for what the source has sent."""
    if rebuild == NOT_NEEDED:
        return _("The settings are saved and in force.")
    return _(
        "The settings are saved. What this source has sent is read otherwise now: all profiles are being recomputed."
    )


def packed(fields: SourceFields) -> str:
    """The settings, without the secret, for taking a change back."""
    return json.dumps({name: value for name, value in fields.described().items() if name != "signing_secret"})


@undoes(KIND, Right.RUN_SOURCES)
def take_back(ids: list[str], actor: str) -> str:
    """Set a source as it was before; its signing secret stays as it is now."""
    row = open_source(int(ids[0]))
    fields = SourceFields(**json.loads(ids[1]), signing_secret=row.signing_secret)
    rebuild = ask_for_rebuild(change_source(name=row.name, fields=fields, actor=actor).needs_rebuild)
    return _("The settings are as they were before.") if rebuild == NOT_NEEDED else told(rebuild)
