"""What the privacy desk calls things: the words of the domain as staff read them."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from consent.requests import kinds, machine

Words = Mapping[str, str | Promise]

TYPES: Words = {
    kinds.ACCESS: gettext_lazy("Access"),
    kinds.PORTABILITY: gettext_lazy("Portability"),
    kinds.RECTIFICATION: gettext_lazy("Correction"),
    kinds.ERASURE: gettext_lazy("Erasure"),
    kinds.RESTRICTION: gettext_lazy("Restriction"),
    kinds.OBJECTION: gettext_lazy("Objection"),
    kinds.OPT_OUT: gettext_lazy("No sale or sharing"),
    kinds.LIMIT: gettext_lazy("Limit sensitive data"),
    kinds.WITHDRAW: gettext_lazy("Withdraw consent"),
    kinds.APPEAL: gettext_lazy("Appeal"),
}
STATES: Words = {
    kinds.RECEIVED: gettext_lazy("Received"),
    kinds.IDENTITY_CHECK: gettext_lazy("Identity check"),
    kinds.IN_PROGRESS: gettext_lazy("In progress"),
    kinds.AWAITING_APPROVAL: gettext_lazy("Awaiting approval"),
    kinds.EXECUTING: gettext_lazy("Being carried out"),
    kinds.COMPLETED: gettext_lazy("Done"),
    kinds.PARTIALLY_COMPLETED: gettext_lazy("Done in part"),
    kinds.DENIED: pgettext_lazy("a request", "Refused"),
    kinds.CANCELLED: gettext_lazy("Cancelled"),
    kinds.EXPIRED: gettext_lazy("Expired"),
    kinds.DUPLICATE: gettext_lazy("Duplicate"),
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
    "pages": gettext_lazy("Privacy pages"),
    "staff": gettext_lazy("Phone or letter"),
    "api": gettext_lazy("API"),
    "opendsr": gettext_lazy("OpenDSR"),
    "drp": gettext_lazy("Data Rights Protocol"),
    "gpc": gettext_lazy("Browser signal (GPC)"),
}
REGULATIONS: Words = {"gdpr": gettext_lazy("GDPR"), "ccpa": gettext_lazy("CCPA")}
LEVELS: Words = {
    kinds.NONE: gettext_lazy("not checked"),
    kinds.VERIFIED: gettext_lazy("possession of the identifier"),
    kinds.DOCUMENT: gettext_lazy("a document was seen"),
}
METHODS: Words = {
    "phone call": gettext_lazy("Call back on the number that is on file"),
    "letter": gettext_lazy("Letter to the address that is on file"),
    "id document": gettext_lazy("Identity document"),
    "signed in": gettext_lazy("Signed in to the account"),
    "other": gettext_lazy("Another way"),
}
# How others say it: our own pages by what was proven, callers by what they vouch for.
OTHER_METHODS: Words = {
    "code": gettext_lazy("Code in a message"),
    "link": gettext_lazy("Link in a message"),
    "email_code": gettext_lazy("Code by email"),
    "email_link": gettext_lazy("Link by email"),
    "phone_code": gettext_lazy("Code by text message"),
    "phone_link": gettext_lazy("Link by text message"),
    "session": gettext_lazy("Signed in to the account"),
    "controller": gettext_lazy("The organisation that asks vouches for it"),
    "agent": gettext_lazy("An agent vouches for it"),
}
DENIALS: Words = {
    "suspected_fraud": gettext_lazy("Suspected fraud"),
    "insuf_verification": gettext_lazy("Identity could not be proven"),
    "no_match": gettext_lazy("Nothing is held of the person"),
    "claim_not_covered": gettext_lazy("Not covered by the law"),
    "outside_jurisdiction": gettext_lazy("The law does not apply here"),
    "too_many_requests": gettext_lazy("Asked too often"),
    "legal_obligation": gettext_lazy("The law obliges us to keep it"),
    "legal_claims": gettext_lazy("Needed for legal claims"),
    "public_interest": gettext_lazy("Public interest"),
    "free_expression": gettext_lazy("Freedom of expression and information"),
    "manifestly_unfounded": gettext_lazy("Manifestly unfounded or excessive"),
    "other": gettext_lazy("Another reason (say it in your words)"),
}
GROUPS: Words = {
    kinds.ITSELF: gettext_lazy("What the person named"),
    kinds.DETERMINISTIC: gettext_lazy("Tied by sure links"),
    kinds.PROBABLE: gettext_lazy("Probably the same person"),
    kinds.DEVICE_ONLY: gettext_lazy("Tied through a device only"),
    kinds.SHARED: gettext_lazy("Shared by several people"),
}
GROUPS_MEAN: Words = {
    kinds.ITSELF: gettext_lazy("The identifiers that were presented."),
    kinds.DETERMINISTIC: gettext_lazy("Found together in verified events or joined by a steward."),
    kinds.PROBABLE: gettext_lazy("Found together, but not beyond doubt."),
    kinds.DEVICE_ONLY: gettext_lazy("The same device was used; others may have used it too."),
    kinds.SHARED: gettext_lazy(
        "Nobody is erased or disclosed through these; all who share them are opted out instead."
    ),
}
REASONS: Words = {
    "cancelled_by_person": gettext_lazy("Taken back"),
    "not_verified_in_time": gettext_lazy("Nobody proved who they are in time"),
    "erased": gettext_lazy("The person was erased meanwhile"),
    **DENIALS,
}
STEPS: Words = {
    "consent.SuppressionEntry": gettext_lazy("Nothing more is stored of them"),
    "profiles.Card": gettext_lazy("Nobody is recognised by them"),
    "profiles.Inbox": gettext_lazy("What was on its way has arrived"),
    "profiles.Interaction": gettext_lazy("Their timeline"),
    "profiles.Interaction of others": gettext_lazy("Mentions in the timelines of others"),
    "profiles.Link": gettext_lazy("Links to others"),
    "profiles.TraitFact": gettext_lazy("What was known of them"),
    "profiles.Quarantine": gettext_lazy("What was held back"),
    "consent.ConsentDecision": gettext_lazy("Their decisions and receipts"),
    "consent.AccessLog": gettext_lazy("Who looked at their data"),
    "consent.Package": gettext_lazy("Packages, codes and messages"),
    "profiles.Identifier": gettext_lazy("Their identifiers"),
    "consent.Message": gettext_lazy("Messages that waited to be sent"),
}
# Beside the steps: what a plan counts in each store.
HELD: Words = {
    **STEPS,
    "consent.AccessLog": gettext_lazy("Who looked at their data"),
    "consent.Receipt": gettext_lazy("Their receipts"),
    "consent.ConsentDecision": gettext_lazy("Their decisions on consent"),
    "profiles.Card": gettext_lazy("What they are recognised by"),
    "profiles.Fold": gettext_lazy("What is known under each identifier"),
    "profiles.Inbox": gettext_lazy("What is on its way"),
    "consent.SuppressionEntry": gettext_lazy("Earlier erasures of theirs"),
    "consent.HeldRecord": gettext_lazy("Records under a legal hold"),
    "consent.Confirmation": gettext_lazy("Confirmations that were asked for"),
    "consent.Delivery": gettext_lazy("What recipients were told"),
    "consent.IdentifierProof": gettext_lazy("Codes and links"),
    "consent.PrivacyRequest": gettext_lazy("Privacy requests"),
    "consent.Visit": gettext_lazy("Visits to the privacy pages"),
    "consent.ConsentDecision of others": gettext_lazy("Refusals noted for others who share an identifier"),
    "profiles.Decision": gettext_lazy("Decisions about who they are"),
    "profiles.ReviewCase": gettext_lazy("Cases of the work list"),
}
GATHERED: Words = {
    "accesses": gettext_lazy("Who looked at their data"),
    "consents": gettext_lazy("Consents as they stand"),
    "decisions": gettext_lazy("Decisions on consent"),
    "held": gettext_lazy("Held under a law"),
    "identifiers": gettext_lazy("Identifiers"),
    "interactions": gettext_lazy("Interactions"),
    "links": gettext_lazy("Links between identifiers"),
    "receipts": gettext_lazy("Receipts"),
    "requests": gettext_lazy("Privacy requests"),
    "reviews": gettext_lazy("Cases of the work list"),
    "traits": gettext_lazy("Traits"),
    "interaction": gettext_lazy("Interactions"),
    "identifier": gettext_lazy("Identifiers"),
    "decision": gettext_lazy("Decisions about who they are"),
}
STEP_STATES: Words = {
    "done": gettext_lazy("Done"),
    "running": gettext_lazy("Running"),
    "failed": gettext_lazy("Failed"),
    "pending": gettext_lazy("Still to come"),
}
DELIVERIES: Words = {
    "pending": gettext_lazy("Not told yet"),
    "sent": gettext_lazy("Told"),
    "acknowledged": gettext_lazy("Confirmed by them"),
    "failed": gettext_lazy("Failed"),
}
DELIVERY_TONES = {"pending": "warn", "sent": "good", "acknowledged": "good", "failed": "bad"}
DELIVERY_KINDS: Words = {**TYPES, "test": gettext_lazy("Test message")}
LETTERS: Words = {
    "acknowledgement": gettext_lazy("Receipt confirmed"),
    "extension": gettext_lazy("More time is taken"),
    "refusal": gettext_lazy("Refusal"),
    "completion": gettext_lazy("Answer"),
    "partial": gettext_lazy("Answer in part"),
    "appeal_decision": gettext_lazy("Decision about the appeal"),
}
EVENTS: Words = {
    "received": gettext_lazy("The request arrived"),
    "acknowledged": gettext_lazy("Receipt was confirmed to the person"),
    machine.IDENTITY_ASKED: gettext_lazy("The person was asked to prove who they are"),
    "identity_noted": gettext_lazy("The identity was checked"),
    machine.VERIFIED: gettext_lazy("The identity is proven"),
    machine.DUPLICATE_FOUND: gettext_lazy("The same request is under way already"),
    machine.APPROVAL_WANTED: gettext_lazy("It awaits approval"),
    machine.APPROVED_FIRST: gettext_lazy("Approved by the first of two"),
    machine.APPROVED: gettext_lazy("Approved"),
    machine.BEGUN: gettext_lazy("It began to be carried out"),
    machine.ATTEMPT_FAILED: gettext_lazy("An attempt failed and is tried again"),
    machine.NOTHING_HELD: gettext_lazy("Nothing is held of the person"),
    machine.FINISHED: gettext_lazy("Every store has answered"),
    machine.FINISHED_PARTLY: gettext_lazy("Done but for what is left"),
    machine.INCLUDED: gettext_lazy("A review included more of the data"),
    machine.LEFT: gettext_lazy("A review left some data alone"),
    machine.RETRIED: gettext_lazy("What failed is tried again"),
    machine.REFUSED: pgettext_lazy("a request", "Refused"),
    machine.WITHDRAWN: gettext_lazy("Cancelled"),
    machine.RAN_OUT: gettext_lazy("Nobody proved who they are in time"),
    machine.OVERTAKEN: gettext_lazy("Closed: the person was erased"),
    "extended": gettext_lazy("More time was taken"),
    "appealed": gettext_lazy("The person appealed"),
    "appeal_decided": gettext_lazy("The appeal was decided"),
    "reminded": gettext_lazy("The officer was reminded of the deadline"),
}
APPEALS: Words = {
    "received": gettext_lazy("open"),
    "upheld": gettext_lazy("upheld"),
    "rejected": gettext_lazy("rejected"),
}
TASKS: Words = {
    "upstream_keeps_sending": gettext_lazy("A source keeps sending data of people who were erased"),
    "recipient_failed": gettext_lazy("A recipient could not be told"),
    "guardian_reconfirm": gettext_lazy("Somebody came of age and could not be asked"),
    "message_failed": gettext_lazy("A message to somebody could not be sent"),
    "callback_failed": gettext_lazy("Another organisation could not be called back"),
    "callback_signature_refused": gettext_lazy("A call back could not be signed"),
}
SUPPRESSED: Words = {
    "late_after_erasure": gettext_lazy("happened before the erasure, arrived after it"),
    "after_erasure": gettext_lazy("happened after the erasure"),
}
KEPT: Words = {
    "interaction": gettext_lazy("Interactions"),
    "trait": gettext_lazy("Traits"),
    "access_log": gettext_lazy("Access log"),
    "case": gettext_lazy("Cases of the work list that ended"),
    "certificate": gettext_lazy("Certificates of erasure"),
    "confirmation": gettext_lazy("Confirmations that were asked for"),
    "held_record": gettext_lazy("Records under a legal hold"),
    "held_record_made": gettext_lazy("Moved under a legal hold"),
    "identifier": gettext_lazy("Identifiers of which nothing was left"),
    "message": gettext_lazy("Messages"),
    "package": gettext_lazy("Packages"),
    "proof": gettext_lazy("Codes and links"),
    "quarantine": gettext_lazy("Quarantine"),
    "request": gettext_lazy("Requests"),
    "visit": gettext_lazy("Visits to the privacy pages"),
}


def word(words: Words, name: str) -> str:
    """A name of the domain as staff read it; one without a word of its own as it is, with spaces."""
    return str(words.get(name, name.replace("_", " ")))


def method_word(method: str) -> str:
    """How an identity was checked, in words."""
    return word({**METHODS, **OTHER_METHODS}, method)


def store_word(store: str) -> str:
    """A store, or a kind of records, as staff read it; `*` are all of them."""
    return str(gettext_lazy("everything")) if store == "*" else word({**GATHERED, **HELD}, store)
