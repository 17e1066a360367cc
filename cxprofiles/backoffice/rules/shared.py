"""Shared identifiers: those that the rules leave out, since they name too many people."""

from django.http import HttpRequest, HttpResponse

from cxprofiles.backoffice.disclosing import is_revealed, note_reads
from cxprofiles.backoffice.masking import masked
from cxprofiles.backoffice.profile.identity_words import type_said
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import screen, show
from profiles.configuration import configuration
from profiles.identity.shared import read_shared

A_PAGE = 50


@screen(Right.SEE_RULES, "GET")
def shared_page(request: HttpRequest) -> HttpResponse:
    """A page of shared identifiers, masked."""
    held = configuration()
    given = request.GET.get("after", "")
    after = int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
    found = list(read_shared(held, after=after, limit=A_PAGE + 1))
    rows = found[:A_PAGE]
    if rows:
        note_reads(request, "staff.shared", sorted({row.profile_id for row in rows}), ["identifiers"])
    shown = [
        {
            "row": row,
            "kind": type_said(row.type.name),
            "value": row.value if is_revealed(request, row.profile_id) else masked(row.type.name, row.value),
        }
        for row in rows
    ]
    following = rows[-1].id if len(found) > A_PAGE else None
    return show(request, "rules/shared.html", {"rows": shown, "following": following, "first": after == 0})
