"""The audit log and the access log in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consent.audit.contents import TYPES
from cxprofiles.backoffice.consent_words import PROBLEMS
from cxprofiles.backoffice.desk import words as desk_words

Text = str | Promise

# The beginnings of the types of entries.
KINDS: Mapping[str, Text] = {
    "consent": _("Consent"),
    "request": _("Privacy request"),
    "erasure": _("Erasure"),
    "suppression": _("Suppression"),
    "retention": _("Retention"),
}
# What became of it: the ends of the types.
STEPS: Mapping[str, Text] = {
    "unknown": pgettext_lazy("an entry of the log", "not known"),
    "requested": pgettext_lazy("an entry of the log", "asked for"),
    "deferred": pgettext_lazy("an entry of the log", "put off"),
    "denied": pgettext_lazy("an entry of the log", "refused"),
    "granted": pgettext_lazy("an entry of the log", "given"),
    "withdrawn": pgettext_lazy("an entry of the log", "withdrawn"),
    "terminated": pgettext_lazy("an entry of the log", "ended"),
    "invalidated": pgettext_lazy("an entry of the log", "found invalid"),
    "objected": pgettext_lazy("an entry of the log", "objection"),
    "objection_lifted": pgettext_lazy("an entry of the log", "objection taken back"),
    "restricted": pgettext_lazy("an entry of the log", "processing restricted"),
    "restriction_lifted": pgettext_lazy("an entry of the log", "restriction lifted"),
    "received": pgettext_lazy("an entry of the log", "received"),
    "verified": pgettext_lazy("an entry of the log", "identity proven"),
    "approved_first": pgettext_lazy("an entry of the log", "first of two approvals"),
    "approved": pgettext_lazy("an entry of the log", "approved"),
    "extended": pgettext_lazy("an entry of the log", "more time taken"),
    "cancelled": pgettext_lazy("an entry of the log", "cancelled"),
    "expired": pgettext_lazy("an entry of the log", "expired"),
    "executing": pgettext_lazy("an entry of the log", "begun"),
    "reviewed": pgettext_lazy("an entry of the log", "reviewed"),
    "appealed": pgettext_lazy("an entry of the log", "appealed against"),
    "appeal_decided": pgettext_lazy("an entry of the log", "appeal decided"),
    "closed": pgettext_lazy("an entry of the log", "closed"),
    "completed": pgettext_lazy("an entry of the log", "done"),
    "replayed": pgettext_lazy("an entry of the log", "done again after a backup"),
    "lifted": pgettext_lazy("an entry of the log", "lifted"),
    "applied": pgettext_lazy("an entry of the log", "carried out"),
}
# The words of the domain that members hold.
VALUES: Mapping[str, Mapping[str, Text]] = {
    "request_type": desk_words.TYPES,
    "regulation": desk_words.REGULATIONS,
    "source": desk_words.SOURCES,
    "state": desk_words.STATES,
    "reason": desk_words.REASONS,
    "problem": PROBLEMS,
}
MEMBERS: Mapping[str, Text] = {
    "purpose": _("Purpose"),
    "problem": _("Why it cannot be used"),
    "request": _("Request"),
    "request_type": _("Kind of request"),
    "regulation": _("Regulation"),
    "source": _("Came by"),
    "region": _("Region"),
    "state": _("State"),
    "reason": _("Reason"),
    "counts": _("Counts"),
    "gaps": _("Gaps"),
    "policy_version": _("Version of the policy"),
    "commitment": _("Commitment"),
    "prev": _("Digest of the entry before"),
    "seq": _("Number"),
    "type": _("Type"),
    "at": _("Written"),
}
# What was read, as staff say it; operations without a word here are made readable.
OPERATIONS: Mapping[str, Text] = {
    "staff.search": _("searched"),
    "staff.profile": _("opened the profile"),
    "staff.traits": _("looked at the traits"),
    "staff.timeline": _("looked at the timeline"),
    "staff.identity": _("looked at the identity"),
    "staff.consents": _("looked at the consents"),
    "staff.privacy": _("looked at the privacy requests"),
    "staff.accesses": _("looked at who looked"),
    "staff.raw": _("looked at the raw profile"),
    "staff.reveal": _("revealed the values"),
    "staff.work": _("compared people in a case"),
    "staff.explain": _("asked why two identifiers belong together"),
    "staff.shared": _("looked at shared identifiers"),
    "staff.rules": _("tried a change of the rules"),
    "staff.live": _("watched events as they came"),
    "staff.quarantine": _("looked at the quarantine"),
    "staff.request": _("looked at a privacy request"),
    "profile": _("read a profile"),
    "lookup": _("looked somebody up"),
    "timeline": _("read a timeline"),
    "identity": _("read the identity"),
    "consents": _("read the consents"),
    "recognise": _("recognised"),
    "explain": _("had an identity explained"),
    "decision": _("decided about an identity"),
    "receipt": _("read a receipt"),
    "quarantine": _("read a quarantined event"),
    "consent_check": _("asked whether something is allowed"),
    "consent_check_batch": _("asked whether several things are allowed"),
    "package": _("fetched a package"),
}


def type_named(type_name: str) -> str:
    """A type of entries in words: `consent.granted` as Consent: granted."""
    kind, _dot, step = type_name.partition(".")
    return f"{KINDS.get(kind, kind)}: {STEPS.get(step, step.replace('_', ' '))}"


def types_known() -> list[tuple[str, str]]:
    """All types of entries with their words, by kind."""
    return [(one, type_named(one)) for one in sorted(TYPES)]


def value_named(member: str, value: str) -> str:
    """A word of the domain that a member holds, as staff read it."""
    return str(VALUES.get(member, {}).get(value, value))


def operation_named(operation: str) -> str:
    """What was done, in words."""
    if operation in OPERATIONS:
        return str(OPERATIONS[operation])
    return operation.removeprefix("staff.").replace("_", " ").replace(".", " ")
