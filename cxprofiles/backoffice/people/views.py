"""The screens for those who manage people: who works here, what each may do, and how they sign in."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from cxprofiles.backoffice.people.words import EVENTS, REFUSALS, ROLE_NAMES, role_choices, ways_in_words
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, Refused, actor_of, confirmed, go_to, screen, show, text_of
from cxprofiles.backoffice.shown_once import keep_once, take_once
from cxprofiles.backoffice.undo import offer_undo, undoes
from cxprofiles.signing_in.inviting import link_for, mail_link
from cxprofiles.staff.accounts import (
    ADMINISTRATOR,
    NoSuchPerson,
    PersonRefused,
    change_email,
    change_roles,
    deactivate_person,
    end_all_sessions,
    invite_person,
    note_new_link,
    reactivate_person,
    reset_second_factor,
)
from cxprofiles.staff.people import PersonSeen, find_person, list_people
from cxprofiles.staff.sessions import sessions_of
from cxprofiles.staff.sign_ins import sign_ins_of

LIST = "/backoffice/people/"
LONGEST_CURSOR = 150


@screen(Right.MANAGE_PEOPLE, "GET")
def people_page(request: HttpRequest) -> HttpResponse:
    """Everybody who works here."""
    people, after = list_people(after=request.GET.get("after", "").replace("\x00", "")[:LONGEST_CURSOR])
    return show(request, "people/list.html", {"people": people, "after": after, "role_names": ROLE_NAMES})


@screen(Right.MANAGE_PEOPLE, "GET", "POST", anew=True)
def invite_page(request: HttpRequest) -> HttpResponse:
    """Invite somebody: the link to set a password is mailed, and shown once by the next page."""
    if request.method != "POST":
        return invite_form(request, {"chosen": []})
    name, email, names = text_of(request, "name"), text_of(request, "email"), chosen(request)
    try:
        user = invite_person(
            name=name,
            email=email,
            roles=roles_in(names),
            administrator=ADMINISTRATOR in names,
            actor=actor_of(request),
        )
    except PersonRefused as refused:
        typed = {"name": name, "email": email, "chosen": names}
        return invite_form(request, {**typed, "wrong": {refused.field: REFUSALS[refused.reason]}}, status=422)
    return to_link(request, user)


def invite_form(request: HttpRequest, held: dict[str, Any], status: int = 200) -> HttpResponse:
    """The form of an invitation, with what was typed."""
    return show(request, "people/invite.html", {"choices": role_choices(), **held}, status=status)


def to_link(request: HttpRequest, user: User) -> HttpResponse:
    """Mail a person's link, and to the page that shows it this once."""
    link = link_for(request, user)
    mailed = mail_link(request, user, link)
    keep_once(request, f"person:{user.pk}", {"link": link, "mailed": "yes" if mailed else ""})
    return go_to(f"{LIST}{user.pk}/link/")


@screen(Right.MANAGE_PEOPLE, "GET")
def person_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """One person."""
    return person_form(request, found(user_id))


def person_form(request: HttpRequest, person: PersonSeen, status: int = 200, **held: Any) -> HttpResponse:
    """A person's page, with what was wrong with a form on it."""
    shown = {
        "person": person,
        "choices": role_choices(),
        "chosen": person.standing,
        "is_own": person.id == request.user.pk,
        "sessions": sessions_of(person.id, current_key=request.session.session_key),
        "sign_ins": [(line, EVENTS[line.event], ways_in_words(line.method)) for line in sign_ins_of(person.id)],
    }
    return show(request, "people/person.html", {**shown, **held}, status=status)


@screen(Right.MANAGE_PEOPLE, "POST", anew=True)
def roles_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change what a person may do."""
    person, names = found(user_id), chosen(request)
    seen = request.POST["seen"].split() if "seen" in request.POST else person.standing
    try:
        change_roles(
            user_id=user_id,
            roles=roles_in(names),
            administrator=ADMINISTRATOR in names,
            actor=actor_of(request),
            seen=seen,
        )
    except PersonRefused as refused:
        return person_form(request, found(user_id), 422, chosen=names, wrong=REFUSALS[refused.reason])
    undo = [str(user_id), " ".join(person.standing), " ".join(names)]
    offer_undo(request, _("The roles of %(name)s were changed.") % {"name": person.name}, "person_roles", undo)
    return go_to(f"{LIST}{user_id}/")


@screen(Right.MANAGE_PEOPLE, "POST")
def deactivate_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let a person no longer in."""
    user = done(lambda: deactivate_person(user_id=user_id, actor=actor_of(request)))
    sentence = _("%(name)s can no longer sign in, and all their sessions have ended.") % {"name": user.username}
    offer_undo(request, sentence, "person_off", [str(user_id)])
    return go_to(f"{LIST}{user_id}/")


@screen(Right.MANAGE_PEOPLE, "POST", anew=True)
def reactivate_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let a person in again."""
    user = done(lambda: reactivate_person(user_id=user_id, actor=actor_of(request)))
    messages.success(request, _("%(name)s can sign in again.") % {"name": user.username})
    return go_to(f"{LIST}{user_id}/")


@screen(Right.MANAGE_PEOPLE, "POST", anew=True)
def second_factor_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """Take a person's second factor away, once their user name was typed."""
    person = found(user_id)
    if not confirmed(request, person.name):
        return person_form(request, person, 422, unconfirmed=True)
    done(lambda: reset_second_factor(user_id=user_id, actor=actor_of(request)))
    messages.success(request, _("%(name)s sets up a new second factor at the next sign-in.") % {"name": person.name})
    return go_to(f"{LIST}{user_id}/")


@screen(Right.MANAGE_PEOPLE, "POST", anew=True)
def email_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change a person's address."""
    person, email = found(user_id), text_of(request, "email")
    try:
        change_email(user_id=user_id, email=email, actor=actor_of(request))
    except PersonRefused as refused:
        return person_form(request, person, 422, typed_email=email, wrong_email=REFUSALS[refused.reason])
    said = _("%(name)s has a new address and is signed out everywhere. Links sent to the former one work no more.")
    messages.success(request, said % {"name": person.name})
    return go_to(f"{LIST}{user_id}/")


@screen(Right.MANAGE_PEOPLE, "POST")
def sessions_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """Sign a person out everywhere."""
    person = found(user_id)
    done(lambda: end_all_sessions(user_id=user_id, actor=actor_of(request)))
    messages.success(request, _("%(name)s is signed out everywhere.") % {"name": person.name})
    return go_to(f"{LIST}{user_id}/")


@screen(Right.MANAGE_PEOPLE, "GET", "POST", anew=True)
def link_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """GET: the link that was just made, this once. POST: another one for somebody who has set no password yet."""
    person = found(user_id)
    if request.method != "POST":
        return show(request, "people/link.html", {"invited": person, **take_once(request, f"person:{user_id}")})
    if not person.is_waiting:
        raise Refused(_("This person has a password. They can ask for a new one on the sign-in page."))
    return to_link(request, done(lambda: note_new_link(user_id=user_id, actor=actor_of(request))))


@undoes("person_off", Right.MANAGE_PEOPLE)
def take_back_deactivation(ids: list[str], actor: str) -> str:
    """Let a person in again; the sentence that is shown."""
    user = done(lambda: reactivate_person(user_id=int(ids[0]), actor=actor))
    return _("%(name)s can sign in again.") % {"name": user.username}


@undoes("person_roles", Right.MANAGE_PEOPLE)
def take_back_roles(ids: list[str], actor: str) -> str:
    """Give a person the roles that they had, unless somebody changed them since; the sentence that is shown."""
    names, seen = ids[1].split(), ids[2].split()
    user = done(
        lambda: change_roles(
            user_id=int(ids[0]),
            roles=roles_in(names),
            administrator=ADMINISTRATOR in names,
            actor=actor,
            seen=seen,
        )
    )
    return _("%(name)s has the former roles again.") % {"name": user.username}


def found(user_id: int) -> PersonSeen:
    """A person, or nothing here."""
    try:
        return find_person(user_id)
    except NoSuchPerson:
        raise NotHere from None


def done(act: Callable[[], User]) -> User:
    """Do it; a refusal is a page that says why."""
    try:
        return act()
    except NoSuchPerson:
        raise NotHere from None
    except PersonRefused as refused:
        raise Refused(str(REFUSALS[refused.reason])) from None


def chosen(request: HttpRequest) -> list[str]:
    """The boxes that are ticked, as far as there are such boxes; whatever else was sent is refused as no role."""
    return request.POST.getlist("roles")[:20]


def roles_in(names: list[str]) -> list[str]:
    """The roles among the boxes."""
    return [name for name in dict.fromkeys(names) if name != ADMINISTRATOR]
