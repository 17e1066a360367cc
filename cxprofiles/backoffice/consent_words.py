"""Consent as staff read it: what is in force, why, and what was said, in the words of the screens."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from consent.in_force import InForce

Text = str | Promise


class Verdict(NamedTuple):
    """How something stands: a word, the tone of its colour and the symbol beside it."""

    word: Text
    tone: str
    icon: str


# What is in force, by the state that answers name.
IN_FORCE: Mapping[str, Text] = {
    "granted": _("Consent given"),
    "denied": _("Refused"),
    "withdrawn": _("Withdrawn"),
    "terminated": _("Ended"),
    "invalidated": _("Found invalid"),
    "conflict": _("Conflict"),
    "objected": _("Objected"),
    "expired": _("Expired"),
    "reconfirm_required": _("Of age: to be asked"),
    "device_only": _("On a device only"),
    "pending": _("Not confirmed yet"),
    "deferred": _("Put off"),
    "unknown": _("Not known"),
    "unproven": _("Without proof"),
    "awaiting_guardian": _("Waits for a guardian"),
    "not_needed": _("Needs no consent"),
    "not_asked": _("Not asked"),
    "restricted": _("Processing restricted"),
    "unreadable": _("Cannot be read"),
}
# The sentences of `consent.in_force`, said anew so that they can be read in other languages.
REASONS: Mapping[str, Text] = {
    "granted": _("Consent was given and has not been refused since."),
    "denied": _("Consent was refused and has not been given again since."),
    "withdrawn": _("Consent was withdrawn and has not been given again since."),
    "terminated": _("Consent was ended and has not been given again since."),
    "invalidated": _("Consent was found to be invalid and has not been given again since."),
    "conflict": _("The person's identifiers say opposite things. Until the person is asked, the answer is no."),
    "objected": _("The person has objected. Only taking the objection back lifts it."),
    "expired": _("Consent was given for a time that is over."),
    "reconfirm_required": _("A guardian consented. The person is of age now and has to be asked."),
    "device_only": _("Only a device granted it. A device's yes does not rise to the person."),
    "pending": _("Consent was asked for and is not confirmed yet."),
    "deferred": _("The person put the answer off."),
    "unknown": _("It is on record that the answer is not known."),
    "unproven": _("A yes is on record without the notice and its language, so it cannot be used."),
    "awaiting_guardian": _("The person is below the age of consent. A guardian has to answer."),
    "not_needed": _("It rests on a contract or the law, not on consent."),
    "restricted": _("Processing is restricted: the data may be kept, and nothing else done with it."),
    "unreadable": _("What is on record cannot be read. Until it can be, the answer is no."),
}
NOT_ASKED_ALLOWED = _("Nobody has objected, so it is allowed until somebody does.")
NOT_ASKED_REGION = _("In this region it is allowed until the person opts out.")
NOT_ASKED_DENIED = _("Nobody was asked. Without consent the answer is no.")
WIDER_REFUSED = _("A wider purpose that includes this one was refused.")
WIDER_OBJECTED = _("The person objected to a wider purpose that includes this one.")
RULES: Mapping[int, Text] = {
    1: _("A restriction of processing, or an objection, on any identifier of the person denies."),
    2: _(
        "Of each identifier the latest decision counts. One that is over, to come, unusable, or in conflict with "
        "another of the same instant permits nothing."
    ),
    3: _("A purpose about one address looks at that address, and at what the person refused as a whole."),
    4: _(
        "A no on any identifier stands until a later yes of equal or better assurance. A yes on a device alone does "
        "not rise to a known person."
    ),
    5: _("Nobody was asked, or the purpose does not rest on consent: its default holds."),
}
# Why a voice counts or not: the sentences of `consent.explaining`.
WHY: Mapping[str, Text] = {
    "All processing is restricted.": _("All processing is restricted."),
    "An objection stands until it is taken back.": _("An objection stands until it is taken back."),
    "It says yes and no at the same instant, which is no.": _("It says yes and no at the same instant, which is no."),
    "Its time is over.": _("Its time is over."),
    "It is not an answer that permits anything.": _("It is not an answer that permits anything."),
    "It stands: no later grant of equal or better assurance answers it.": _(
        "It stands: no later yes of equal or better assurance answers it."
    ),
    "A later grant of equal or better assurance replaced it.": _(
        "A later yes of equal or better assurance replaced it."
    ),
    "It stands too, and something later decides.": _("It stands too, and something later decides."),
    "It says the opposite of a refusal that it cannot lift.": _("It says the opposite of a no that it cannot lift."),
    "A refusal or objection stands against it.": _("A no or an objection stands against it."),
    "A device's permission does not rise to the person.": _("A device's yes does not rise to the person."),
    "It was given, and nothing stands against it.": _("It was given, and nothing stands against it."),
    "Another end has come first.": _("Another end has come first."),
}
# What one record says, by its state in the ledger.
SAID: Mapping[str, Text] = {
    "ConsentUnknown": _("Not known"),
    "ConsentRequested": _("Asked"),
    "ConsentRequestDeferred": _("Put off"),
    "ConsentRefused": pgettext_lazy("a choice", "No"),
    "ConsentGiven": pgettext_lazy("a choice", "Yes"),
    "RenewedConsentGiven": pgettext_lazy("a choice", "Yes, again"),
    "ConsentWithdrawn": _("Withdrawn"),
    "ConsentExpired": _("Expired"),
    "ConsentTerminated": _("Ended"),
    "ConsentInvalidated": _("Found invalid"),
    "ObjectionRaised": _("Objection"),
    "ObjectionLifted": _("Objection taken back"),
    "ProcessingRestricted": _("Processing restricted"),
    "RestrictionLifted": _("Restriction lifted"),
}
PROBLEMS: Mapping[str, Text] = {
    "unproven": _("cannot be used: no notice on record"),
    "awaiting_guardian": _("cannot be used: a guardian has to answer"),
}
SIGNALS: Mapping[str, Text] = {
    "api": _("told by a service"),
    "page": _("privacy pages"),
    "staff": _("told to staff"),
    "request": _("privacy request"),
    "gpc": _("Global Privacy Control"),
    "gpp": _("GPP string"),
    "tcf": _("TCF string"),
    "consent_mode": _("Google Consent Mode"),
    "segment": _("consent banner"),
    "registration": _("carried over at registration"),
}
BASES: Mapping[str, Text] = {
    "consent": _("Consent"),
    "contract": _("Contract"),
    "legal_obligation": _("Legal obligation"),
    "vital_interest": _("Vital interest"),
    "public_task": _("Public task"),
    "legitimate_interest": _("Legitimate interest"),
}
METHODS: Mapping[str, Text] = {
    "phone": _("by phone"),
    "in_person": _("in person"),
    "letter": _("by letter"),
    "email": _("by email"),
    "chat": _("in a chat"),
    "staff_correction": _("corrected by staff"),
    "privacy_page": _("on the privacy pages"),
    "double_opt_in": _("confirmed by a link"),
}
CHOICES: Mapping[str, Text] = {
    "granted": _("Yes, I agree"),
    "denied": _("No, I do not agree"),
    "withdrawn": _("I take my consent back"),
    "objected": _("I object"),
    "objection_lifted": _("I take my objection back"),
}
# What became of the key that signed a receipt.
KEYS: Mapping[str, Text] = {
    "signs_now": _("the key that signs now"),
    "retired": _("an earlier key of this service; it signs no more, what it signed stays good"),
    "no_key": _("no key of this service"),
}
# The members of a proof that have a name of their own.
EVIDENCE: Mapping[str, Text] = {
    "ui_part": _("On which part of the page"),
    "url": _("Page"),
    "region": _("Region"),
    "collector": _("Collected by"),
    "gpc": _("Global Privacy Control"),
    "expressed_by": _("Said by"),
    "note": _("Note"),
    "corrects": _("Corrects the record"),
    "reach": _("Said for"),
    "carried_from": _("Carried over from"),
    "requested_by": _("Asked for by the record"),
    "requested_at": _("Asked for at"),
    "confirmed_at": _("Confirmed at"),
}
# The labels of `consent.receipt_summary`.
FACTS: Mapping[str, Text] = {
    "Controller": _("Controller"),
    "Notice shown": _("Notice shown"),
    "Address of the notice": _("Address of the notice"),
    "Fingerprint of its text (SHA-256)": _("Fingerprint of its text (SHA-256)"),
    "Said by": _("Said by"),
    "How": _("How"),
    "On": _("Page"),
    "Region": _("Region"),
    "Collected by": _("Collected by"),
    "Global Privacy Control": _("Global Privacy Control"),
    "Passed on to": _("Passed on to"),
    "Stored in": _("Stored in"),
    "Kept for": _("Kept for"),
    "Jurisdiction": _("Jurisdiction"),
    "To withdraw": _("To withdraw"),
}


def verdict_of(ruling: InForce) -> Verdict:
    """What is in force as a badge: the word says the state, symbol and colour whether it is allowed."""
    word = named(IN_FORCE, ruling.state)
    if ruling.state == "conflict":
        return Verdict(word, "warn", "warn")
    return Verdict(word, "good", "check") if ruling.allowed else Verdict(word, "bad", "cross")


def reason_of(ruling: InForce) -> str:
    """Why something is in force or not, in a sentence."""
    if ruling.state == "not_asked" and ruling.allowed:
        return str(NOT_ASKED_REGION if "region" in ruling.reason else NOT_ASKED_ALLOWED)
    if ruling.state == "not_asked":
        return str(NOT_ASKED_DENIED)
    if "wider purpose" in ruling.reason:
        return str(WIDER_OBJECTED if ruling.state == "objected" else WIDER_REFUSED)
    return named(REASONS, ruling.state)


def said_tone(state: str, problem: str = "") -> str:
    """The tone of one record: `good` for a yes that counts, `bad` for a no, `warn` for a yes that does not."""
    if state in ("ConsentGiven", "RenewedConsentGiven"):
        return "warn" if problem else "good"
    if state in ("ObjectionLifted", "RestrictionLifted"):
        return "good"
    return "soft" if state in ("ConsentUnknown", "ConsentRequested", "ConsentRequestDeferred") else "bad"


def named(words: Mapping[str, Text], key: str) -> str:
    """The words for something, or its key where there are none."""
    return str(words[key]) if key in words else key.replace("_", " ")


def in_language(texts: Mapping[str, str], language: str, otherwise: str = "") -> str:
    """The text in a language, in English or in any; `otherwise` where there is none."""
    wanted = (language, language.partition("-")[0], "en", *sorted(texts))
    return next((texts[code] for code in wanted if texts.get(code)), otherwise)


def duration_words(text: str) -> str:
    """An ISO 8601 duration of one unit in words; as it is where it has several."""
    units = {"D": gettext("days"), "W": gettext("weeks"), "M": gettext("months"), "Y": gettext("years")}
    if text.startswith("P") and text[1:-1].isdigit() and text[-1] in units:
        return f"{text[1:-1]} {units[text[-1]]}"
    return text
