"""The audit log and the access log in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent.audit.contents import TYPES

Text = str | Promise

# The beginnings of the types of entries.
KINDS: Mapping[str, Text] = {
    "consent": _("Consent"),
    "request": _("Privacy request"),
    "erasure": _("Erasure"),
    "suppression": _("Suppression"),
    "retention": _("Retention"),
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
    return f"{KINDS.get(kind, kind)}: {step.replace('_', ' ')}"


def types_known() -> list[tuple[str, str]]:
    """All types of entries with their words, by kind."""
    return [(one, type_named(one)) for one in sorted(TYPES)]


def operation_named(operation: str) -> str:
    """What was done, in words."""
    if operation in OPERATIONS:
        return str(OPERATIONS[operation])
    return operation.removeprefix("staff.").replace("_", " ").replace(".", " ")
