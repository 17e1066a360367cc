"""What the engine says in English, said anew in the language of the screens: refusals, and why something failed."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from consent import callbacks, deliveries, durations
from consent.delivery_secrets import SecretsUnreadable
from consent.hold_writing import NAMELESS
from consent.purposes import UnknownPurpose
from consent.requests import approvals, machine
from consent.sealing import Unsealable
from cxprofiles.backoffice import sentences
from cxprofiles.backoffice.desk import words
from cxprofiles.backoffice.desk.words import Words
from cxprofiles.backoffice.sentences import forms_of
from profiles.privacy import keeping

REFUSALS: Words = {
    approvals.AGAIN: gettext_lazy("You have approved this request already; somebody else gives the second approval."),
    approvals.NO_STAFF: gettext_lazy(
        "One of the two who approve is a member of staff; no token approves after a token."
    ),
    machine.NO_RIVAL: gettext_lazy(
        "Another request of this person and type is under way; this one goes on when that one is closed."
    ),
    "The identity is not checked to the level that this type of request needs.": gettext_lazy(
        "The identity is not checked to the level that this type of request needs."
    ),
    "The time in which it could be cancelled is over.": gettext_lazy(
        "The time in which it could be cancelled is over."
    ),
    "It is executed when its cooling-off is over and it is approved.": gettext_lazy(
        "It is carried out when its cooling-off is over and it is approved."
    ),
    "The period was extended already, which can be done once.": gettext_lazy(
        "The period was extended already, which can be done once."
    ),
    "The first period is over; an extension must be noticed within it.": gettext_lazy(
        "The first period is over; more time can be taken within it only."
    ),
    "Only evidence groups that await review can be answered; the gaps of the request name them.": gettext_lazy(
        "Only what awaits review can be answered."
    ),
    "Nothing of it failed; what is left awaits review.": gettext_lazy(
        "Nothing of it failed; what is left awaits review."
    ),
    "An appeal against this request is open; it is decided first.": gettext_lazy(
        "An appeal against this request is open; it is decided first."
    ),
    str(UnknownPurpose()): gettext_lazy(
        "There is no such purpose. The page of purposes lists the keys of those there are."
    ),
    "No appeal against this request is open.": gettext_lazy("No appeal against this request is open."),
    "Say why more time is needed: the person is told.": gettext_lazy(
        "Say why more time is needed: the person is told."
    ),
    "An appeal says what is wrong with how the request ended.": gettext_lazy(
        "An appeal says what is wrong with how the request ended."
    ),
    "A choice takes effect at once; its period cannot be extended.": gettext_lazy(
        "A choice takes effect at once; its period cannot be extended."
    ),
}
ASKING: Words = {
    "This must be a region as ISO 3166 has it, such as DE or US-CA.": gettext_lazy(
        "This must be a region as ISO 3166 has it, such as DE or US-CA."
    ),
    "This must be a language tag, such as en or de-AT.": gettext_lazy(
        "There is no such choice here; take one of the list."
    ),
    "Say how in a word or two of small letters.": gettext_lazy("Say how the person proved who they are."),
    "This must be an instant with its zone, of the last three years.": gettext_lazy(
        "This must be a day of the last three years."
    ),
    "An appeal is made against a request that was answered; name it.": gettext_lazy(
        "An appeal is taken on the page of the request that it is about."
    ),
    "A request of this type has no such detail.": gettext_lazy("A request of this type has no such detail."),
    "This detail is of another form; docs/privacy.md has it.": gettext_lazy(
        "A request of this type has no such detail."
    ),
    "Say what is to be corrected: traits, identifiers or both.": gettext_lazy(
        "Say what is to be corrected: traits, identifiers or both."
    ),
    "There is no identifier type of this name.": gettext_lazy("There is no such kind of identifier."),
    "An identifier is corrected by its type, `from` and `to`.": gettext_lazy(
        "Say which identifier is wrong, which is right, or both."
    ),
    "Say which identifier is wrong (`from`), which is right (`to`), or both.": gettext_lazy(
        "Say which identifier is wrong, which is right, or both."
    ),
    "The right identifier is the wrong one; nothing would change.": gettext_lazy(
        "The right identifier is the wrong one; nothing would change."
    ),
}
HOLDS: Words = {
    NAMELESS: gettext_lazy("A name has up to 64 small letters, digits, full stops, hyphens and underscores."),
    "A hold ends: say for how long it keeps, as in P10Y.": gettext_lazy(
        "A hold ends: say for how long it keeps, as in P10Y."
    ),
    str(durations.BadDuration()): gettext_lazy(
        "Write a duration as ISO 8601 has it: P12M for twelve months, P90D for ninety days."
    ),
    "Name at least one field or trait: nothing else of an event is kept.": gettext_lazy(
        "Name at least one field or trait: nothing else of an event is kept."
    ),
    "A field is a path, as in properties.order_id.": gettext_lazy("A field is a path, as in properties.order_id."),
    keeping.NO_SOURCE: gettext_lazy("There is no source of this name."),
}
RECIPIENTS: Words = {
    "A name is up to 64 small letters, digits and . _ - and begins with no mark.": gettext_lazy(
        "A name has up to 64 small letters, digits, full stops, hyphens and underscores."
    ),
    "This is a country's two letters, such as DE, or empty.": gettext_lazy(
        "This is a country's two letters, such as DE, or empty."
    ),
    "This is not a type of request that recipients are told of.": gettext_lazy(
        "There is no such choice here; take one of the list."
    ),
    "This is not an identifier type.": gettext_lazy("There is no such kind of identifier."),
    "This is not a purpose.": gettext_lazy(
        "There is no such purpose. The page of purposes lists the keys of those there are."
    ),
    "Only https addresses are told anything.": gettext_lazy("Only https addresses are told anything."),
    "The address holds a user, a password or a fragment; leave them out.": gettext_lazy(
        "The address holds a user, a password or a fragment; leave them out."
    ),
    "The host is in a private network; nothing is sent there unless OUTGOING_PRIVATE is set.": gettext_lazy(
        "The host is in a private network; nothing is sent there unless OUTGOING_PRIVATE is set."
    ),
}
FAILURES: Words = {
    "The host's name leads to no address.": gettext_lazy("The host's name leads to no address."),
    "The host's certificate is not trusted, or it does not speak TLS.": gettext_lazy(
        "The host's certificate is not trusted, or it does not speak TLS."
    ),
    "The message has headers that HTTP does not know.": gettext_lazy("What came was no answer of HTTP."),
    "The host cannot be reached, or broke the connection off.": gettext_lazy(
        "The host cannot be reached, or broke the connection off."
    ),
    "What came was no answer of HTTP.": gettext_lazy("What came was no answer of HTTP."),
    "The host is none of those that callbacks of this caller may go to.": gettext_lazy(
        "The host is none of those that this caller may be called back at."
    ),
    "It answered 410: it is gone for good.": gettext_lazy("It answered 410: it is gone for good. It was disabled."),
    "It answered 410; it was disabled.": gettext_lazy("It answered 410: it is gone for good. It was disabled."),
    deliveries.DISABLED: gettext_lazy("The recipient was disabled."),
    callbacks.REFUSED: gettext_lazy("It refused our signature; it may know another certificate."),
    callbacks.OVERTAKEN: gettext_lazy("A later status took its place."),
    str(SecretsUnreadable()): gettext_lazy(
        "Its secrets were sealed under another SEALING_SECRET: make a new one and hand it over."
    ),
    str(Unsealable()): gettext_lazy("What it says was sealed under another SEALING_SECRET and cannot be read."),
    "MessageWaits": gettext_lazy("A message to the person is not sent yet."),
    "SMTPRecipientsRefused": gettext_lazy("The mail server refuses the address."),
    "OperationalError": gettext_lazy("The database did not answer."),
}
SENTENCES: Words = {**REFUSALS, **ASKING, **HOLDS, **RECIPIENTS, **FAILURES}


FORMS = forms_of(
    ("This must be one of: .*", gettext_noop("There is no such choice here; take one of the list.")),
    (r"Name the person by 1 to (?P<n>\d+) identifiers\.", gettext_noop("Name the person by at least one identifier.")),
    (
        r"This cannot be an identifier of its type: .*",
        gettext_noop("This cannot be an identifier of its kind: see how it is written."),
    ),
    (
        r"A trait's name is 1 to (?P<n>\d+) printable characters\.",
        gettext_noop("A trait's name has 1 to %(n)s printable characters."),
    ),
    (r"One request corrects at most (?P<n>\d+) things\.", gettext_noop("One request corrects at most %(n)s things.")),
    (
        r"Name the law that says so, in up to (?P<n>\d+) characters\.",
        gettext_noop("Name the law that says so, in up to %(n)s characters."),
    ),
    (
        r"This takes up to (?P<n>\d+) names of up to (?P<length>\d+) characters each\.",
        gettext_noop("Up to %(n)s names of up to %(length)s characters each."),
    ),
    (r"Name at most (?P<n>\d+)\.", gettext_noop("Name at most %(n)s.")),
    (
        r"This is no address of at most (?P<n>\d+) characters, such as (?P<such>\S+)\.",
        gettext_noop("This is no address of at most %(n)s characters, such as %(such)s."),
    ),
    (r"A title has at most (?P<n>\d+) characters\.", gettext_noop("This has at most %(n)s characters.")),
    (r"No answer came within (?P<n>[\d.e+]+) seconds\.", gettext_noop("No answer came within %(n)s seconds.")),
    (r"(It answered|The answer was) (?P<n>\d+)\.", gettext_noop("It answered %(n)s.")),
    # What went wrong inside is noted by its name alone.
    (
        r"(?P<name>[A-Z][A-Za-z]+)",
        gettext_noop("Something went wrong here (%(name)s); the log of the service says more."),
    ),
)
STATE_NAMED = re.compile(r"The request is ([a-z_]+)(, which is final)?")


def said_anew(sentence: str) -> str:
    """A sentence of the engine in the language of the screens; one that has no words here as it is."""
    found = STATE_NAMED.match(sentence)
    if found is not None and sentence not in SENTENCES:
        return _of_state(words.word(words.STATES, found[1]), closed=bool(found[2]))
    return sentences.said_anew(sentence, SENTENCES, FORMS)


def _of_state(state: str, *, closed: bool) -> str:
    if closed:
        return _("The request is closed (%(state)s); nothing more can be done with it.") % {"state": state}
    return _("The request is in the state “%(state)s”, in which this cannot be done.") % {"state": state}
