"""What the pages call things: each word of the domain as people read it, in the language of the page."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from consent.requests import kinds

FALLBACK = "en"
RECTIFICATION = "rectification"  # the source that corrections are kept under
Words = Mapping[str, str | Promise]

IDENTIFIERS: Words = {
    "user_id": _("Customer account"),
    "loyalty_id": _("Loyalty card"),
    "crm_id": _("Customer number"),
    "email": _("Email address"),
    "phone": _("Phone number"),
    "social_handle": _("Social media name"),
    "device_id": _("Device"),
    "anonymous_id": _("Browser"),
}
STATES: Words = {
    "granted": _("You allowed this."),
    "denied": _("You said no to this."),
    "withdrawn": _("You took your permission back."),
    "terminated": _("The permission was ended."),
    "invalidated": _("The permission was found not to be valid."),
    "conflict": _("There are different answers on record, so we do not do this until you choose."),
    "objected": _("You objected to this."),
    "expired": _("You allowed this for a time that is over."),
    "reconfirm_required": _("A parent allowed this. You are of age now, so please choose yourself."),
    "device_only": _("This was allowed on a device only, so we do not do it until you choose."),
    "pending": _("You were asked, and have not confirmed it yet."),
    "deferred": _("You put the answer off."),
    "unknown": _("Your answer is not known."),
    "unproven": _("A permission is on record, but not what you were told then. We do not use it."),
    "awaiting_guardian": _("Because of your age, a parent has to agree first."),
    "not_needed": _("This cannot be switched off: it is part of a contract with you or of the law."),
    "restricted": _("You had all use of your data stopped."),
    "unreadable": _("Your choice cannot be read at the moment, so we do not do this."),
}
NOT_ASKED: Mapping[bool, str | Promise] = {
    True: _("Nobody has said no to this. You can, at any time."),
    False: _("You were not asked, so we do not do this."),
}
SAID: Words = {
    "ConsentUnknown": _("Not known"),
    "ConsentRequested": _("Asked"),
    "ConsentRequestDeferred": _("Put off"),
    "ConsentRefused": pgettext_lazy("a choice", "No"),
    "ConsentGiven": pgettext_lazy("a choice", "Yes"),
    "RenewedConsentGiven": pgettext_lazy("a choice", "Yes, again"),
    "ConsentWithdrawn": _("Taken back"),
    "ConsentExpired": _("Ended"),
    "ConsentTerminated": _("Ended"),
    "ConsentInvalidated": _("Not valid"),
    "ObjectionRaised": _("Objection"),
    "ObjectionLifted": _("Objection taken back"),
    "ProcessingRestricted": _("All use stopped"),
    "RestrictionLifted": _("Use allowed again"),
}
SIGNALS: Words = {
    "page": _("on these pages"),
    "request": _("by a privacy request"),
    "gpc": _("by your browser (Global Privacy Control)"),
}
TYPES: Words = {
    kinds.ACCESS: _("A copy of my data"),
    kinds.PORTABILITY: _("My data to take elsewhere"),
    kinds.RECTIFICATION: _("A correction"),
    kinds.ERASURE: _("Erase my data"),
    kinds.RESTRICTION: _("Stop using my data"),
    kinds.OBJECTION: _("An objection"),
    kinds.OPT_OUT: _("Do not sell or share my data"),
    kinds.LIMIT: _("Limit the use of sensitive data"),
    kinds.WITHDRAW: _("Take back all permissions"),
    kinds.APPEAL: _("An appeal"),
}
REQUEST_STATES: Words = {
    kinds.RECEIVED: _("Received"),
    kinds.IDENTITY_CHECK: _("Waits for you: please confirm that it was you"),
    kinds.IN_PROGRESS: _("In progress"),
    kinds.AWAITING_APPROVAL: _("Being looked at by our staff"),
    kinds.EXECUTING: _("Being carried out"),
    kinds.COMPLETED: _("Done"),
    kinds.PARTIALLY_COMPLETED: _("Done in part"),
    kinds.DENIED: _("Not granted"),
    kinds.CANCELLED: _("Cancelled"),
    kinds.EXPIRED: _("Ended: it was not confirmed in time"),
    kinds.DUPLICATE: _("The same as a request that is under way already"),
}
DENIALS: Words = {
    "suspected_fraud": _("There are signs that it did not come from you."),
    "insuf_verification": _("It could not be made sure that it came from you."),
    "no_match": _("Nothing is held about you."),
    "claim_not_covered": _("What was asked for is not covered by the law that applies."),
    "outside_jurisdiction": _("The law that was named does not apply to you."),
    "too_many_requests": _("The same was asked too often."),
    "legal_obligation": _("The law obliges us to keep the data."),
    "legal_claims": _("The data is needed for a legal claim."),
    "public_interest": _("The data is needed in the public interest."),
    "free_expression": _("The freedom of expression of others weighs more."),
    "manifestly_unfounded": _("The request has no basis."),
}
GAPS: Words = {
    kinds.PROBABLE: _("Data that is probably, but not surely, yours. Our staff look at it."),
    kinds.DEVICE_ONLY: _("Data of a device that others may use too. Our staff look at it."),
    kinds.SHARED: _("Data under an address that several people use. Our staff look at it."),
}
DELIVERIES: Words = {
    "pending": _("Will be told"),
    "sent": _("Was told"),
    "acknowledged": _("Has confirmed it"),
    "failed": _("Could not be told yet; our staff see to it"),
}
APPEALS: Words = {
    "received": _("Being decided"),
    "upheld": _("You were right"),
    "rejected": _("It stays as it was"),
}
OPERATIONS: Words = {
    "profile": _("looked at your profile"),
    "lookup": _("looked you up"),
    "timeline": _("looked at what you did"),
    "identity": _("looked at how your visits belong together"),
    "consents": _("looked at your choices"),
    "recognise": _("recognised you"),
    "explain": _("looked at how your visits belong together"),
    "decision": _("looked at how your visits belong together"),
    "receipt": _("looked at a receipt of yours"),
    "quarantine": _("looked at an event that could not be read"),
    "consent_check": _("asked whether something is allowed"),
    "consent_check_batch": _("asked whether something is allowed"),
    "package": _("fetched a copy of your data for you"),
    "staff.search": _("found you in a search"),
    "staff.profile": _("looked at your profile"),
    "staff.traits": _("looked at details about you"),
    "staff.timeline": _("looked at what you did"),
    "staff.raw": _("looked at your profile"),
    "staff.accesses": _("looked at who looked"),
    "staff.work": _("compared your data with another's, to see whether you are one person"),
    "staff.identity": _("looked at how your visits belong together"),
    "staff.consents": _("looked at your choices"),
    "staff.explain": _("looked at how your visits belong together"),
    "staff.shared": _("looked at addresses and devices that several people share"),
    "staff.rules": _("looked at what another rule would do to your profile"),
    "staff.live": _("watched what a website, app or shop sends"),
    "staff.quarantine": _("looked at events that could not be understood"),
    "staff.request": _("handled a privacy request of yours"),
    "staff.privacy": _("looked at your privacy requests"),
    "staff.reveal": _("had your addresses, numbers and details shown in the clear"),
    # What people do here themselves.
    "overview": pgettext_lazy("you", "looked at your data"),
    "choices": pgettext_lazy("you", "looked at your choices"),
    "accesses": pgettext_lazy("you", "looked at who looked"),
    "receipts": pgettext_lazy("you", "looked at your receipts"),
    "saved_receipt": pgettext_lazy("you", "saved a receipt"),
    "correct": pgettext_lazy("you", "looked at a detail to correct it"),
}
FIELDS: Words = {
    "identifiers": _("addresses and numbers"),
    "traits": _("details about you"),
    "counters": _("counts"),
    "segments": _("groups that you are in"),
    "consents": _("choices"),
    "recent": _("latest activity"),
    "interactions": _("activity"),
    "timeline": _("activity"),
    "chain": _("how your visits belong together"),
    "links": _("how your visits belong together"),
    "decisions": _("decisions about who is who"),
    "accesses": _("who looked"),
    "receipt": _("a receipt"),
    "requests": _("your privacy requests"),
    "restrictions": _("your objections and restrictions"),
    "retention": _("how long what is kept"),
    "counts": _("how much is stored"),
    "package": _("a copy of all your data"),
    "payload": _("what a website, app or shop sent"),
    "body": _("what a website, app or shop sent"),
}

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def named(words: Words, key: str) -> str:
    """The word for something, or its key made readable where there is none."""
    return str(words[key]) if key in words else readable(key)


def readable(key: str) -> str:
    """A name out of a program as people read it: `firstName` and `first_name` as First name."""
    words = " ".join(_CAMEL.sub(" ", key).replace("_", " ").replace(".", " ").split())
    return words[:1].upper() + words[1:].lower() if words else key


def state_said(state: str, allowed: bool) -> str:
    """Why a purpose is as it is, said to the person."""
    if state == "not_asked":
        return str(NOT_ASKED[allowed])
    return str(STATES[state]) if state in STATES else ""


def who(actor: str) -> str:
    """Who read something, as the access log has it: `token:NAME`, `staff:ID`, `person`."""
    kind, _colon, name = actor.partition(":")
    if kind == "staff":
        return gettext("A member of our staff")
    return pgettext("who looked at data", "You") if kind == "person" else name


def source_of(name: str | None) -> str:
    """Where something is from, in words; empty: from no channel."""
    if name == RECTIFICATION:
        return gettext("corrected by you")
    return gettext("from %(source)s") % {"source": name} if name else ""


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in a language or the next best; empty where there is none."""
    wanted = (language, language.partition("-")[0], FALLBACK, *sorted(texts))
    return next((texts[code] for code in wanted if texts.get(code)), "")
