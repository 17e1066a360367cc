"""What was noticed of an event that was taken in nevertheless, in the language of whoever looks: the engine keeps an
English sentence with each."""

from django.utils.translation import gettext_noop as _

from cxprofiles.backoffice.sentences import as_they_are, forms_of, said_anew

WARNINGS = as_they_are(
    _("The alias lacks `distinct_id` or `alias` and decides nothing."),
    _("The alias lacks `userId` or `previousId` and decides nothing."),
    _("`revenue` is not an amount and was not counted."),
    _("`currency` is not a code of three letters and was left out."),
    _("The timestamp could not be read; the time of receipt stands in its place."),
    _("`sentAt` makes no sense beside the timestamp; the clock was not corrected."),
    _("`data_base64` holds no JSON and was left out."),
    _("The ids in `consentManagement` could not be read; it grants nothing."),
    _("Consent categories that no purpose can have the name of were left out."),
    _("Consent preferences that are neither true nor false were left out."),
    _("The GPP string could not be read."),
    _("Some sections of the GPP string could not be read."),
    _("The GPP string has sections that are not known; they were left out."),
    _("The TC string could not be read."),
    _("The TC string is not specific to this service; it grants nothing."),
    _("The TC string holds no consent for this vendor; it grants nothing."),
    _("The person was not shown this vendor, by the TC string; it grants nothing."),
    _("Consent Mode could not be read."),
    _("Kinds of Consent Mode that are neither granted nor denied were left out."),
)
# Sentences that hold a name or a number.
FORMS = forms_of(
    (r"`(?P<name>[^`]+)` is not an object and was left out\.", _("`%(name)s` is not an object and was left out.")),
    (
        r"`(?P<name>[^`]+)` is not an object and could not be read\.",
        _("`%(name)s` is not an object and could not be read."),
    ),
    (r"`(?P<name>[^`]+)` is not a string and was left out\.", _("`%(name)s` is not a string and was left out.")),
    (
        r"`(?P<name>[^`]+)` is longer than (?P<n>\d+) characters and was cut\.",
        _("`%(name)s` is longer than %(n)s characters and was cut."),
    ),
    (
        r"Traits whose name is empty or longer than (?P<n>\d+) characters were left out\.",
        _("Traits whose name is empty or longer than %(n)s characters were left out."),
    ),
    (
        r"The event has more than (?P<n>\d+) traits; the first \d+ by name were kept\.",
        _("The event has more than %(n)s traits; only the first of them by name were kept."),
    ),
    (
        r"The event has more than (?P<n>\d+) consent categories; the rest was left out\.",
        _("The event has more than %(n)s consent categories; the rest was left out."),
    ),
    (
        r"disclosed_vendors_missing: what the TC string says about vendors is unproven\.",
        _("The TC string does not say which vendors were shown: what it says about vendors is unproven."),
    ),
)


def warning_in_words(warning: str) -> str:
    """What was noticed, from the sentence that is kept with an event; itself where it is none of ours."""
    return said_anew(warning, WARNINGS, FORMS)
