"""Parts of a request's page that take longer or change: the plan, the execution, letters, and the proof in the log."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from consent.audit.certificate import reserve_certificate
from consent.audit.entries import entries_of_request
from consent.letter_pdf import letter_pdf
from consent.requests.kinds import AUTOMATIC, COMPLETED, ERASURE, GROUPS
from consent.requests.letter_reading import KINDS, read_letter
from consent.requests.moves import subject_of
from consent.requests.refusals import NoSuchRequest, NotNow
from cxprofiles.backoffice.audit.words import type_named
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.steps import steps_part
from cxprofiles.backoffice.disclosing import note_reads
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, Refused, is_fragment, screen, show
from cxprofiles.backoffice.staff_rights import has_right
from profiles.privacy.known import plan_at_once, profiles_of
from profiles.privacy.requests import read_request


@screen(Right.SEE_REQUESTS, "GET")
def plan_page(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """What the request would reach as of now: evidence groups, and in each store how many rows."""
    try:
        subject = subject_of(request_id)
    except NoSuchRequest:
        raise NotHere from None
    if subject is None:
        raise Refused(_("The request is closed: it names nobody any more, so there is nothing to plan."))
    planned = plan_at_once(subject.identifiers)
    found = planned.groups
    note_reads(request, "staff.request", planned.profiles, ["counts"])
    groups = [
        {
            "label": words.word(words.GROUPS, name),
            "meaning": words.word(words.GROUPS_MEAN, name),
            "automatic": name in AUTOMATIC,
            "identifiers": found[name][0],
            "stores": [(words.word(words.HELD, one.store), one) for one in found[name][1] if one.rows],
        }
        for name in GROUPS
        if name in found and found[name][0]
    ]
    return part(request, "plan", {"groups": groups, "request_id": request_id})


@screen(Right.SEE_REQUESTS, "GET")
def steps_page(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """How far the request is carried out."""
    try:
        return steps_part(request, read_request(request_id))
    except NoSuchRequest:
        raise NotHere from None


@screen(Right.SEE_REQUESTS, "GET")
def proof_page(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """What the audit log says of the request, checked against the newest signed head while one waits."""
    try:
        one = read_request(request_id)
    except NoSuchRequest:
        raise NotHere from None
    certified = one.type == ERASURE and one.state == COMPLETED
    may_pass_on = certified and has_right(request.user, Right.HANDLE_REQUESTS)
    logged = entries_of_request(request_id)
    lines = [(entry, type_named(entry.type)) for entry in logged.entries]
    shown: dict[str, object] = {
        "logged": logged,
        "lines": lines,
        "head_at": logged.head and datetime.fromisoformat(logged.head.at),
        "request_id": request_id,
        "certified": certified,
        "certificate": f"/privacy/certificate/{reserve_certificate(request_id)}" if may_pass_on else "",
    }
    return part(request, "proof", shown)


@screen(Right.SEE_REQUESTS, "GET")
def letter_page(request: HttpRequest, request_id: UUID, kind: str) -> HttpResponse:
    """A letter as PDF. What it says to somebody is a read of theirs, as their request is."""
    if kind not in KINDS:
        raise NotHere
    try:
        letter = read_letter(request_id, kind)
    except NoSuchRequest:
        raise NotHere from None
    except NotNow as refusal:
        raise Refused(_("This request has no such letter.")) from refusal
    subject = subject_of(request_id)
    note_reads(request, "staff.request", profiles_of(subject.identifiers) if subject else [], ["letter"])
    pdf = letter_pdf(
        title=letter.title, paragraphs=letter.paragraphs, language=letter.language, reference=str(request_id)
    )
    disposition = {"Content-Disposition": f'attachment; filename="{letter.kind}-{request_id}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=disposition)


def part(request: HttpRequest, name: str, shown: dict[str, object]) -> HttpResponse:
    """A part alone where htmx asks for it, else a page of its own around it."""
    template = f"desk/{name}.html" if is_fragment(request) else f"desk/{name}_page.html"
    return show(request, template, shown)
