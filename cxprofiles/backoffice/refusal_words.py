"""Why events wait in quarantine, in the language of whoever looks: the engine keeps an English sentence with each."""

from django.utils.translation import gettext_noop as _

from cxprofiles.backoffice.sentences import as_they_are, forms_of, said_anew

REASONS = as_they_are(
    _("The JSON is broken."),
    _("The JSON is broken: a comma or a colon stands where it should not, or is missing."),
    _("The JSON is broken: something stands after its end."),
    _("The JSON is broken: it ends too early."),
    _("The JSON is broken: a member's name is not a string."),
    _("The JSON is not UTF-8."),
    _("The body is empty; send JSON, with its length or chunked."),
    _("The body is not UTF-8; encode the JSON in UTF-8."),
    _("The body is neither a JSON object nor an array; see the API's description."),
    _("The body has no list of events; send them as an array in `batch`."),
    _("The event is not a JSON object."),
    _("The event has no name; say in `event` what happened."),
    _("The event has no `type` that is one of identify, track, page, screen, group and alias."),
    _("The track event has no name; say in `event` what happened."),
    _("The CloudEvent has no `type`; say in it what happened."),
    _("The correction names nobody."),
    _("context.consent.categoryPreferences is required."),
    _("The row cannot be taken apart; a quote may be missing."),
    _("The row does not have as many cells as the header has names."),
    _("The row is not UTF-8; encode the file in UTF-8."),
    _("Processing is restricted for a person that this event names; it is kept here until the restriction is lifted."),
)
# Sentences that hold a number or the name of a failure.
FORMS = forms_of(
    (r"The JSON is broken: .*\(character \d+\)\.", _("The JSON is broken.")),
    (
        r"The JSON is nested more than (?P<n>\d+) levels deep\.",
        _("The JSON is nested more than %(n)s levels deep."),
    ),
    (
        r"The event is larger than (?P<n>\d+) bytes; send less in it\.",
        _("The event is larger than %(n)s bytes; send less in it."),
    ),
    (
        r"The body is larger than (?P<n>\d+) bytes; send fewer events at a time\.",
        _("The body is larger than %(n)s bytes; send fewer events at a time."),
    ),
    (
        r"The batch has more than (?P<n>\d+) events; send fewer at a time\.",
        _("The batch has more than %(n)s events; send fewer at a time."),
    ),
    (
        r"An event could not be processed \((?P<failure>\w+)\)\.",
        _("This service failed at the event (%(failure)s). Its log says where."),
    ),
    (
        r"A batch could not be taken apart \((?P<failure>\w+)\)\.",
        _("This service failed to take the batch apart (%(failure)s). Its log says where."),
    ),
)


def refusal_in_words(reason: str) -> str:
    """Why an event is in quarantine, from the sentence that is kept with it; itself where it is none of ours."""
    return said_anew(reason, REASONS, FORMS)
