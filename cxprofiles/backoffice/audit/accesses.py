"""Who read whose data: reads by members of staff, and by tokens, with what is out of the ordinary pointed out."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.access import Access
from consent.access_reading import Filters, Unusual, read_log, unusual_reading
from cxprofiles.backoffice.actors import actor_names, actor_shown, staff_known
from cxprofiles.backoffice.audit import words
from cxprofiles.backoffice.audit.periods import Period, day_of
from cxprofiles.backoffice.disclosing import note_reads
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import Refused, screen, show

A_PAGE = 50
LOOKED_BACK = timedelta(days=7)
STAFF, TOKEN = "staff", "token"
FIELDS = ("accesses",)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. `who`: `staff`, `token`, or one member of staff as the log names them."""

    who: str
    token: str
    operation: str
    profile_id: UUID | None
    period: Period

    @property
    def filters(self) -> Filters:
        """As the log is asked."""
        staff = self.who != TOKEN
        actor = f"token:{self.token}" if not staff and self.token else self.who if ":" in self.who else ""
        return Filters(
            actor=actor,
            staff=staff,
            operation=self.operation,
            profile_ids=None if self.profile_id is None else (self.profile_id,),
            since=self.period.since,
            until=self.period.until,
        )

    @property
    def query(self) -> str:
        """As a query string."""
        held = {
            "who": "" if self.who == STAFF else self.who,
            "token": self.token,
            "operation": self.operation,
            "profile": "" if self.profile_id is None else str(self.profile_id),
            "day": self.period.from_day,
        }
        return urlencode({name: value for name, value in held.items() if value})


@screen(Right.SEE_ACCESSES, "GET")
def accesses_page(request: HttpRequest) -> HttpResponse:
    """A page of the access log, the latest reads first."""
    asked = asked_of(request)
    before = uuid_of(request.GET.get("before", ""))
    page = read_log(asked.filters, limit=A_PAGE, before=before)
    unusual = pointed_out(asked.period) if before is None and asked.who != TOKEN else []
    if asked.profile_id is not None:
        note_reads(request, "staff.accesses", [asked.profile_id], FIELDS)
    staff = staff_known()
    known = dict(staff)
    unknown = [one.actor for one in page.reads if one.actor not in known]
    names = {**known, **actor_names([*unknown, *(one.actor for one in unusual if one.actor not in known)])}
    shown = {
        "reads": [read_shown(one, names) for one in page.reads],
        "unusual": [unusual_shown(one, names) for one in unusual],
        "asked": asked,
        "staff": staff,
        "operations": [(one, words.operation_named(one)) for one in words.OPERATIONS],
        "before": page.before,
        "looked_through": page.looked_through,
        "first": before is None,
    }
    return show(request, "audit/accesses.html", shown)


def asked_of(request: HttpRequest) -> Asked:
    """What the query asks for; raises `Refused`."""
    given = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:200] for name in ("who", "token", "operation")
    }
    profile = request.GET.get("profile", "").strip()
    profile_id = uuid_of(profile)
    if profile and profile_id is None:
        raise Refused(_("This is not the id of a profile: a UUID of 36 characters."), 422)
    who = given["who"] if given["who"] == TOKEN or given["who"].startswith("staff:") else STAFF
    return Asked(who, given["token"], given["operation"], profile_id, day_of(request))


def uuid_of(text: str) -> UUID | None:
    """A UUID, None where it is none."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def pointed_out(period: Period) -> list[Unusual]:
    """What is out of the ordinary on the day that is looked at, or within the last week."""
    until = period.until or datetime.now(UTC) + timedelta(minutes=1)
    return unusual_reading(period.since or until - LOOKED_BACK, until, timezone.get_current_timezone())


def read_shown(one: Access, names: dict[str, str]) -> dict[str, Any]:
    """One read as a line."""
    return {
        "at": one.at,
        "who": actor_shown(one.actor, names),
        "what": words.operation_named(one.operation),
        "profile_id": one.profile_id,
        "purpose": one.purpose,
        "allowed": one.allowed,
        "fields": one.fields.replace(",", ", "),
    }


def unusual_shown(one: Unusual, names: dict[str, str]) -> dict[str, Any]:
    """What is out of the ordinary, in a line."""
    return {
        "who": actor_shown(one.actor, names),
        "actor": one.actor,
        "day": one.day.date(),
        "revealed": one.revealed,
        "read": one.read,
    }
