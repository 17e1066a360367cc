"""Which value of a trait a profile shows, and of which data category it is."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.rules.words import ORIGINS, RULES, refusal_of
from cxprofiles.backoffice.screens import Refused, actor_of, go_to, screen, show, text_of
from cxprofiles.portal.words import named
from cxprofiles.rebuilding import ask_for_rebuild
from profiles.configuration import rebuild_is_wanted
from profiles.golden.rule_changes import RuleRefused, change_rule
from profiles.identity.rule_reading import read_trait_rule, read_trait_rules

FIELDS = ("name", "rule", "category", "origin")


@screen(Right.SEE_RULES, "GET")
def traits_page(request: HttpRequest) -> HttpResponse:
    """The traits of which something was set, and the form of one."""
    wanted = request.GET.get("trait", "")[:200]
    clean = wanted if wanted.isprintable() else ""
    row = read_trait_rule(clean)
    typed = {"name": row.name, "rule": str(row.rule), "category": row.category, "origin": str(row.origin)}
    return show_traits(request, typed, {})


@screen(Right.CHANGE_RULES, "POST")
def set_trait(request: HttpRequest) -> HttpResponse:
    """Set the rule, the category and the origin of one trait."""
    try:
        typed = {name: text_of(request, name, longest=200) for name in FIELDS}
    except Refused as refused:
        return show_traits(request, dict.fromkeys(FIELDS, ""), {"name": str(refused)}, status=422)
    try:
        change = change_rule(**typed, actor=actor_of(request))
    except RuleRefused as error:
        sentence = _("A trait's name is 1 to 200 printable characters.")
        wrong = {error.field: sentence if error.field == "name" else refusal_of(error.field)}
        return show_traits(request, typed, wrong, status=422)
    ask_for_rebuild(change.needs_rebuild)
    messages.success(
        request,
        _("The trait is as you set it; what is stored is being computed anew.")
        if change.needs_rebuild
        else _("The trait is as you set it."),
    )
    return go_to("/backoffice/rules/traits/")


def show_traits(
    request: HttpRequest, typed: Mapping[str, str], wrong: Mapping[str, str], status: int = 200
) -> HttpResponse:
    """The page of traits."""
    rows = [
        {
            "name": row.name,
            "rule": named(RULES, str(row.rule)),
            "category": row.category,
            "origin": named(ORIGINS, str(row.origin)),
        }
        for row in read_trait_rules()
    ]
    shown = {
        "rows": rows,
        "typed": typed,
        "wrong": wrong,
        "rules": RULES.items(),
        "origins": ORIGINS.items(),
        "rebuilding": rebuild_is_wanted(),
    }
    return show(request, "rules/traits.html", shown, status=status)
