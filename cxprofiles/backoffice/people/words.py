"""Roles, refusals and sign-ins in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cxprofiles.backoffice.rights import ROLES
from cxprofiles.staff.sign_ins import SignInEvent

Words = str | Promise

ROLE_NAMES: Mapping[str, Words] = {
    "steward": _("Steward"),
    "privacy_officer": _("Privacy officer"),
    "analyst": _("Analyst"),
    "operator": _("Operator"),
    "auditor": _("Auditor"),
}
ROLE_MEANINGS: Mapping[str, Words] = {
    "steward": _("finds people, decides who is the same person, and changes the rules of identity"),
    "privacy_officer": _("handles privacy requests, purposes and notices, and sees who read whose data"),
    "analyst": _("finds people and reads profiles, with values masked"),
    "operator": _("runs sources, keys and tokens, and sees nobody's data"),
    "auditor": _("sees settings, requests and logs, and changes nothing"),
}
REFUSALS: Mapping[str, Words] = {
    "name": _("A user name is 1 to 150 letters, digits and . + - _ without an @."),
    "name_taken": _("Somebody has this user name already."),
    "email": _("This is no address that mail can be sent to."),
    "email_taken": _("Somebody has this address already."),
    "role": _("There is no such role."),
    "no_role": _("Give at least one role, or make the person an administrator."),
    "own": _("Nobody changes their own roles or account. Ask another administrator."),
    "changed": _(
        "Somebody changed what this person may do meanwhile. Look at it again first; nothing was changed now."
    ),
    "last": _("This is the last active administrator. Make somebody else one first."),
}
EVENTS: Mapping[str, Words] = {
    SignInEvent.SIGNED_IN: _("signed in"),
    SignInEvent.SIGNED_OUT: _("signed out"),
    SignInEvent.ENDED: _("signed out after a while"),
    SignInEvent.PASSWORD_FAILED: _("wrong password"),
    SignInEvent.CODE_FAILED: _("wrong second factor"),
    SignInEvent.NOT_INVITED: _("not invited"),
}
WAYS: Mapping[str, Words] = {
    "password": _("password"),
    "totp": _("authenticator app"),
    "webauthn": _("passkey or security key"),
    "recovery_codes": _("recovery code"),
    "openid_connect": _("single sign-on"),
    "staff": _("single sign-on"),
}


def role_choices() -> list[tuple[str, Words, Words]]:
    """Each role with its name and what it is for."""
    return [(role, ROLE_NAMES[role], ROLE_MEANINGS[role]) for role in ROLES]


def ways_in_words(method: str) -> str:
    """How somebody signed in, as in `password, authenticator app`."""
    return ", ".join(str(WAYS.get(way, way)) for way in method.split(", ") if way)
