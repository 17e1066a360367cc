"""What was changed of the configuration: who, what, when, from what to what."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from cxprofiles.backoffice.actors import actor_names, actor_shown, staff_known
from cxprofiles.backoffice.audit.periods import number_of, period_of
from cxprofiles.backoffice.changes_shown import KINDS, change_shown
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import screen, show
from profiles.configuration_reading import read_changes

A_PAGE = 50


@screen(Right.SEE_AUDIT, "GET")
def changes_page(request: HttpRequest) -> HttpResponse:
    """A page of changes, the latest first."""
    kind, who = request.GET.get("kind", ""), request.GET.get("who", "")[:100].replace("\x00", "")
    kind = kind if kind in KINDS else ""
    period = period_of(request)
    found, before = read_changes(
        limit=A_PAGE,
        before=number_of(request, "before"),
        kind=kind,
        actor=who,
        since=period.since,
        until=period.until,
    )
    staff = staff_known()
    names = {**dict(staff), **actor_names(one.actor for one in found if one.actor not in dict(staff))}
    filters = {"kind": kind, "who": who, "from": period.from_day, "to": period.to_day}
    shown = {
        "changes": [{**change_shown(one), "who": actor_shown(one.actor, names)} for one in found],
        "subjects": True,
        "kinds": list(KINDS.items()),
        "kind": kind,
        "staff": staff,
        "who": who,
        "period": period,
        "before": before,
        "first": "before" not in request.GET,
        "query": urlencode({name: value for name, value in filters.items() if value}),
    }
    return show(request, "audit/changes.html", shown)
