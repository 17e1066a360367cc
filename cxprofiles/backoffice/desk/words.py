"""What the privacy desk calls things: the words of the domain as staff read them."""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from consent.purposes import UnknownPurpose
from consent.requests import approvals, kinds, machine

Words = Mapping[str, str | Promise]

TYPES: Words = {
    kinds.ACCESS: lazy("Access"),
    kinds.PORTABILITY: lazy("Portability"),
    kinds.RECTIFICATION: lazy("Correction"),
    kinds.ERASURE: lazy("Erasure"),
    kinds.RESTRICTION: lazy("Restriction"),
    kinds.OBJECTION: lazy("Objection"),
    kinds.OPT_OUT: lazy("No sale or sharing"),
    kinds.LIMIT: lazy("Limit sensitive data"),
    kinds.WITHDRAW: lazy("Withdraw consent"),
    kinds.APPEAL: lazy("Appeal"),
}
STATES: Words = {
    kinds.RECEIVED: lazy("Received"),
    kinds.IDENTITY_CHECK: lazy("Identity check"),
    kinds.IN_PROGRESS: lazy("In progress"),
    kinds.AWAITING_APPROVAL: lazy("Awaiting approval"),
    kinds.EXECUTING: lazy("Being carried out"),
    kinds.COMPLETED: lazy("Done"),
    kinds.PARTIALLY_COMPLETED: lazy("Done in part"),
    kinds.DENIED: lazy("Refused"),
    kinds.CANCELLED: lazy("Cancelled"),
    kinds.EXPIRED: lazy("Expired"),
    kinds.DUPLICATE: lazy("Duplicate"),
}
# How a state looks beside its word.
TONES = {
    kinds.AWAITING_APPROVAL: "warn",
    kinds.IDENTITY_CHECK: "warn",
    kinds.PARTIALLY_COMPLETED: "warn",
    kinds.EXECUTING: "accent",
    kinds.IN_PROGRESS: "accent",
    kinds.COMPLETED: "good",
    kinds.DENIED: "bad",
}
SOURCES: Words = {
    "pages": lazy("Privacy pages"),
    "staff": lazy("Phone or letter"),
    "api": lazy("API"),
    "opendsr": lazy("OpenDSR"),
    "drp": lazy("Data Rights Protocol"),
    "gpc": lazy("Browser signal (GPC)"),
}
REGULATIONS: Words = {"gdpr": lazy("GDPR"), "ccpa": lazy("CCPA")}
LEVELS: Words = {
    kinds.NONE: lazy("not checked"),
    kinds.VERIFIED: lazy("possession of the identifier"),
    kinds.DOCUMENT: lazy("a document was seen"),
}
METHODS: Words = {
    "phone call": lazy("Call back on the number that is on file"),
    "letter": lazy("Letter to the address that is on file"),
    "id document": lazy("Identity document"),
    "signed in": lazy("Signed in to the account"),
    "other": lazy("Another way"),
}
DENIALS: Words = {
    "suspected_fraud": lazy("Suspected fraud"),
    "insuf_verification": lazy("Identity could not be proven"),
    "no_match": lazy("Nothing is held of the person"),
    "claim_not_covered": lazy("Not covered by the law"),
    "outside_jurisdiction": lazy("The law does not apply here"),
    "too_many_requests": lazy("Asked too often"),
    "legal_obligation": lazy("The law obliges us to keep it"),
    "legal_claims": lazy("Needed for legal claims"),
    "public_interest": lazy("Public interest"),
    "free_expression": lazy("Freedom of expression and information"),
    "manifestly_unfounded": lazy("Manifestly unfounded or excessive"),
    "other": lazy("Another reason (say it in your words)"),
}
GROUPS: Words = {
    kinds.ITSELF: lazy("What the person named"),
    kinds.DETERMINISTIC: lazy("Tied by sure links"),
    kinds.PROBABLE: lazy("Probably the same person"),
    kinds.DEVICE_ONLY: lazy("Tied through a device only"),
    kinds.SHARED: lazy("Shared by several people"),
}
GROUPS_MEAN: Words = {
    kinds.ITSELF: lazy("The identifiers that were presented."),
    kinds.DETERMINISTIC: lazy("Found together in verified events or joined by a steward."),
    kinds.PROBABLE: lazy("Found together, but not beyond doubt."),
    kinds.DEVICE_ONLY: lazy("The same device was used; others may have used it too."),
    kinds.SHARED: lazy("Nobody is erased or disclosed through these; all who share them are opted out instead."),
}
REASONS: Words = {
    "cancelled_by_person": lazy("Taken back"),
    "not_verified_in_time": lazy("Nobody proved who they are in time"),
    "erased": lazy("The person was erased meanwhile"),
    **DENIALS,
}
STEPS: Words = {
    "consent.SuppressionEntry": lazy("Nothing more is stored of them"),
    "profiles.Card": lazy("Nobody is recognised by them"),
    "profiles.Inbox": lazy("What was on its way has arrived"),
    "profiles.Interaction": lazy("Their timeline"),
    "profiles.Interaction of others": lazy("Mentions in the timelines of others"),
    "profiles.Link": lazy("Links to others"),
    "profiles.TraitFact": lazy("What was known of them"),
    "profiles.Quarantine": lazy("What was held back"),
    "consent.ConsentDecision": lazy("Their decisions and receipts"),
    "consent.AccessLog": lazy("Who looked at their data"),
    "consent.Package": lazy("Packages, codes and messages"),
    "profiles.Identifier": lazy("Their identifiers"),
    "consent.Message": lazy("Messages that waited to be sent"),
}
# Beside the steps: what a plan counts in each store.
HELD: Words = {
    **STEPS,
    "consent.AccessLog": lazy("Who looked at their data"),
    "consent.Receipt": lazy("Their receipts"),
    "consent.ConsentDecision": lazy("Their decisions on consent"),
    "profiles.Card": lazy("What they are recognised by"),
    "profiles.Fold": lazy("What is known under each identifier"),
    "profiles.Inbox": lazy("What is on its way"),
    "consent.SuppressionEntry": lazy("Earlier erasures of theirs"),
    "consent.HeldRecord": lazy("Records under a legal hold"),
    "consent.Confirmation": lazy("Confirmations that were asked for"),
    "consent.Delivery": lazy("What recipients were told"),
    "consent.IdentifierProof": lazy("Codes and links"),
    "consent.PrivacyRequest": lazy("Privacy requests"),
    "consent.Visit": lazy("Visits to the privacy pages"),
    "profiles.Decision": lazy("Decisions about who they are"),
    "profiles.ReviewCase": lazy("Cases of the work list"),
}
GATHERED: Words = {
    "accesses": lazy("Who looked at their data"),
    "consents": lazy("Consents as they stand"),
    "decisions": lazy("Decisions on consent"),
    "held": lazy("Held under a law"),
    "identifiers": lazy("Identifiers"),
    "interactions": lazy("Interactions"),
    "links": lazy("Links between identifiers"),
    "receipts": lazy("Receipts"),
    "requests": lazy("Privacy requests"),
    "reviews": lazy("Cases of the work list"),
    "traits": lazy("Traits"),
    "interaction": lazy("Interactions"),
    "identifier": lazy("Identifiers"),
    "decision": lazy("Decisions about who they are"),
}
STEP_STATES: Words = {
    "done": lazy("Done"),
    "running": lazy("Running"),
    "failed": lazy("Failed"),
    "pending": lazy("Still to come"),
}
DELIVERIES: Words = {
    "pending": lazy("Not told yet"),
    "sent": lazy("Told"),
    "acknowledged": lazy("Confirmed by them"),
    "failed": lazy("Failed"),
}
DELIVERY_TONES = {"pending": "warn", "sent": "good", "acknowledged": "good", "failed": "bad"}
DELIVERY_KINDS: Words = {**TYPES, "test": lazy("Test message")}
LETTERS: Words = {
    "acknowledgement": lazy("Receipt confirmed"),
    "extension": lazy("More time is taken"),
    "refusal": lazy("Refusal"),
    "completion": lazy("Answer"),
    "partial": lazy("Answer in part"),
    "appeal_decision": lazy("Decision about the appeal"),
}
EVENTS: Words = {
    "received": lazy("The request arrived"),
    "acknowledged": lazy("Receipt was confirmed to the person"),
    machine.IDENTITY_ASKED: lazy("The person was asked to prove who they are"),
    "identity_noted": lazy("The identity was checked"),
    machine.VERIFIED: lazy("The identity is proven"),
    machine.DUPLICATE_FOUND: lazy("The same request is under way already"),
    machine.APPROVAL_WANTED: lazy("It awaits approval"),
    machine.APPROVED_FIRST: lazy("Approved by the first of two"),
    machine.APPROVED: lazy("Approved"),
    machine.BEGUN: lazy("It began to be carried out"),
    machine.ATTEMPT_FAILED: lazy("An attempt failed and is tried again"),
    machine.NOTHING_HELD: lazy("Nothing is held of the person"),
    machine.FINISHED: lazy("Every store has answered"),
    machine.FINISHED_PARTLY: lazy("Done but for what is left"),
    machine.INCLUDED: lazy("A review included more of the data"),
    machine.LEFT: lazy("A review left some data alone"),
    machine.RETRIED: lazy("What failed is tried again"),
    machine.REFUSED: lazy("Refused"),
    machine.WITHDRAWN: lazy("Cancelled"),
    machine.RAN_OUT: lazy("Nobody proved who they are in time"),
    machine.OVERTAKEN: lazy("Closed: the person was erased"),
    "extended": lazy("More time was taken"),
    "appealed": lazy("The person appealed"),
    "appeal_decided": lazy("The appeal was decided"),
    "reminded": lazy("The officer was reminded of the deadline"),
}
APPEALS: Words = {
    "received": lazy("open"),
    "upheld": lazy("upheld"),
    "rejected": lazy("rejected"),
}
TASKS: Words = {
    "upstream_keeps_sending": lazy("A source keeps sending data of people who were erased"),
    "recipient_failed": lazy("A recipient could not be told"),
    "guardian_reconfirm": lazy("Somebody came of age and could not be asked"),
    "message_failed": lazy("A message to somebody could not be sent"),
    "callback_failed": lazy("Another organisation could not be called back"),
    "callback_signature_refused": lazy("A call back could not be signed"),
}
SUPPRESSED: Words = {
    "late_after_erasure": lazy("happened before the erasure, arrived after it"),
    "after_erasure": lazy("happened after the erasure"),
}
KEPT: Words = {
    "interaction": lazy("Interactions"),
    "trait": lazy("Traits"),
    "access_log": lazy("Access log"),
    "certificate": lazy("Certificates of erasure"),
    "confirmation": lazy("Confirmations that were asked for"),
    "held_record": lazy("Records under a legal hold"),
    "held_record_made": lazy("Moved under a legal hold"),
    "identifier": lazy("Identifiers of which nothing was left"),
    "message": lazy("Messages"),
    "package": lazy("Packages"),
    "proof": lazy("Codes and links"),
    "quarantine": lazy("Quarantine"),
    "request": lazy("Requests"),
    "visit": lazy("Visits to the privacy pages"),
}
REFUSALS: Words = {
    approvals.AGAIN: lazy("You have approved this request already; somebody else gives the second approval."),
    approvals.NO_STAFF: lazy("One of the two who approve is a member of staff; no token approves after a token."),
    machine.NO_RIVAL: lazy(
        "Another request of this person and type is under way; this one goes on when that one is closed."
    ),
    "The identity is not checked to the level that this type of request needs.": lazy(
        "The identity is not checked to the level that this type of request needs."
    ),
    "The time in which it could be cancelled is over.": lazy("The time in which it could be cancelled is over."),
    "It is executed when its cooling-off is over and it is approved.": lazy(
        "It is carried out when its cooling-off is over and it is approved."
    ),
    "The period was extended already, which can be done once.": lazy(
        "The period was extended already, which can be done once."
    ),
    "The first period is over; an extension must be noticed within it.": lazy(
        "The first period is over; more time can be taken within it only."
    ),
    "Only evidence groups that await review can be answered; the gaps of the request name them.": lazy(
        "Only what awaits review can be answered."
    ),
    "Nothing of it failed; what is left awaits review.": lazy("Nothing of it failed; what is left awaits review."),
    "An appeal against this request is open; it is decided first.": lazy(
        "An appeal against this request is open; it is decided first."
    ),
    str(UnknownPurpose()): lazy("There is no such purpose. The page of purposes lists the keys of those there are."),
    "No appeal against this request is open.": lazy("No appeal against this request is open."),
    "Say why more time is needed: the person is told.": lazy("Say why more time is needed: the person is told."),
    "An appeal says what is wrong with how the request ended.": lazy(
        "An appeal says what is wrong with how the request ended."
    ),
}
STATE_NAMED = re.compile(r"The request is ([a-z_]+)(, which is final)?")


def word(words: Words, name: str) -> str:
    """A name of the domain as staff read it; one without a word of its own as it is, with spaces."""
    return str(words.get(name, name.replace("_", " ")))


def said_anew(sentence: str) -> str:
    """Why the engine refuses, in the language of the screens."""
    if sentence in REFUSALS:
        return str(REFUSALS[sentence])
    found = STATE_NAMED.match(sentence)
    if found is None:
        return sentence
    state = word(STATES, found[1])
    if found[2]:
        return _("The request is closed (%(state)s); nothing more can be done with it.") % {"state": state}
    return _("The request is in the state “%(state)s”, in which this cannot be done.") % {"state": state}


def method_word(method: str) -> str:
    """How an identity was checked, in words."""
    return word(METHODS, method)
