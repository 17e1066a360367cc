"""What a source sent that could not be understood: by reason, with samples, and trying it again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cxprofiles.backoffice.disclosing import note_reads
from cxprofiles.backoffice.refusal_words import refusal_in_words
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import Refused, go_to, screen
from cxprofiles.backoffice.sources.opening import open_source, path_of, sees_values, show_source
from cxprofiles.backoffice.sources.payloads import payload_of
from cxprofiles.backoffice.staff_rights import has_right
from profiles.intake.latest import shown_body
from profiles.intake.quarantine_groups import Group, read_groups, replay_one, replay_reason
from profiles.models import Source
from tasks.intake import ring

OPERATION = "staff.quarantine"
HIGHEST = 2**63 - 1
LONGEST_REASON = 2_000


@screen(Right.SEE_SOURCES, "GET")
def quarantine_page(request: HttpRequest, number: int) -> HttpResponse:
    """The reasons, the most frequent first."""
    row, groups = open_source(number), read_groups(number)
    revealed = sees_values(request, row)
    if groups.found:
        note_reads(request, OPERATION, [], ["body" if revealed else "masked"])
    shown = {
        "groups": [group_shown(group, revealed) for group in groups.found],
        "looked_at": groups.looked_at,
        "all_of_them": groups.all_of_them,
        "revealed": revealed,
        "may_reveal": has_right(request.user, Right.REVEAL),
    }
    return show_source(request, row, "quarantine", shown)


def group_shown(group: Group, revealed: bool) -> dict[str, Any]:
    """A group as its template has it. Of what waits for a restriction nothing is shown."""
    samples = [(sample, payload_of(shown_body(sample), revealed)) for sample in group.samples if not group.held]
    return {"group": group, "reason": refusal_in_words(group.reason), "samples": samples}


@screen(Right.RUN_SOURCES, "POST")
def replay_page(request: HttpRequest, number: int) -> HttpResponse:
    """Put one event, or some of those of a reason, back into the inbox."""
    row = open_source(number)
    if "event" in request.POST:
        return _replayed_one(request, row)
    reason, up_to, done = request.POST.get("reason", ""), whole(request, "up_to"), whole(request, "done")
    if not reason or len(reason) > LONGEST_REASON or "\x00" in reason or not _is_text(reason):
        raise Refused(_("There is no such reason in the quarantine of this source."), 422)
    replayed = replay_reason(source_id=row.pk, reason=reason, up_to=up_to)
    ring()
    done = min(done, HIGHEST - replayed.events) + replayed.events
    if replayed.more:
        shown = {"reason": reason, "up_to": up_to, "done": done}
        return show_source(request, row, "quarantine", shown, template="replaying")
    messages.success(request, told(done))
    return go_to(path_of(row, "quarantine/"))


def _replayed_one(request: HttpRequest, row: Source) -> HttpResponse:
    if replay_one(source_id=row.pk, number=whole(request, "event")):
        ring()
        messages.success(request, told(1))
    else:
        messages.info(request, _("This event is no longer in quarantine."))
    return go_to(path_of(row, "quarantine/"))


def told(count: int) -> str:
    """What was done, and what follows."""
    return ngettext(
        "%(n)s event is being tried again. Understood now, it becomes part of profiles; if not, it comes back here.",
        "%(n)s events are being tried again. Understood now, they become part of profiles; if not, they come back.",
        count,
    ) % {"n": number_format(count, force_grouping=True)}


def whole(request: HttpRequest, name: str) -> int:
    """A whole number of the form; 0 where it is none."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(HIGHEST)) else 0


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
