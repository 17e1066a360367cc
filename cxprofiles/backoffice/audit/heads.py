"""Signed heads, and the proof that the log of the later of two begins with that of the earlier."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from consent.audit.log import LogDamaged, read_size
from consent.audit.merkle import NoSuchTree
from consent.audit.showing import check_consistency, find_heads, read_heads
from cxprofiles.backoffice.audit.periods import number_of
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import screen, show
from profiles.snapshot import one_snapshot

A_PAGE = 40


@screen(Right.SEE_AUDIT, "GET")
def heads_page(request: HttpRequest) -> HttpResponse:
    """The heads, and where two were chosen the proof between them."""
    first, second = number_of(request, "first"), number_of(request, "second")
    with one_snapshot():
        heads = read_heads(before=number_of(request, "before"), limit=A_PAGE + 1)
        checked = consistency(first, second) if first and second else {}
        size = read_size()
    shown = {
        "heads": heads[:A_PAGE],
        "before": heads[A_PAGE - 1].size if len(heads) > A_PAGE else None,
        "is_first": "before" not in request.GET,
        "size": size,
        "first": first or (heads[1].size if len(heads) > 1 else None),
        "second": second or (heads[0].size if heads else None),
        **checked,
    }
    return show(request, "audit/heads.html", shown)


def consistency(first: int, second: int) -> dict[str, Any]:
    """The proof between two heads, checked; or why there is none."""
    found = find_heads([first, second])
    if len(found) != len({first, second}):
        return {"unknown": True}
    try:
        proof = check_consistency(found[0], found[-1])
    except (LogDamaged, NoSuchTree):
        return {"damaged": True}
    return {"proof": proof, "hashes": [one.hex() for one in proof.proof]}
