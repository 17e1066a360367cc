"""Kinds of records as people read them on certificates and in the audit log, which hold the labels of stores."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# By the label as the log takes it: in small letters, with underscores.
STORES: Mapping[str, str | Promise] = {
    "consent.accesslog": _("Access log"),
    "consent.consentdecision": _("Decisions on consent"),
    "consent.consentdecision_of_others": _("Refusals noted for others who share an identifier"),
    "consent.confirmation": _("Confirmations that were asked for"),
    "consent.identifierproof": _("Codes and links"),
    "consent.message": _("Messages"),
    "consent.package": _("Packages"),
    "consent.receipt": _("Receipts"),
    "consent.suppressionentry": _("Entries of the suppression list"),
    "consent.visit": _("Visits to the privacy pages"),
    "profiles.card": _("Marks for recognition"),
    "profiles.identifier": _("Identifiers"),
    "profiles.inbox": _("Events that were on their way"),
    "profiles.interaction": _("Interactions"),
    "profiles.interaction_of_others": _("Mentions in interactions of others"),
    "profiles.link": _("Links between identifiers"),
    "profiles.quarantine": _("Quarantine"),
    "profiles.reviewcase": _("Cases of the work list"),
    "profiles.traitfact": _("Traits"),
    "access_log": _("Access log"),
    "accesses": _("Access log"),
    "certificate": _("Certificates of erasure"),
    "confirmation": _("Confirmations that were asked for"),
    "consents": _("Consents as they stand"),
    "decision": _("Decisions about who they are"),
    "decisions": _("Decisions on consent"),
    "held": _("Records under a legal hold"),
    "held_record": _("Records under a legal hold"),
    "held_record_made": _("Moved under a legal hold"),
    "identifier": _("Identifiers"),
    "identifiers": _("Identifiers"),
    "interaction": _("Interactions"),
    "interactions": _("Interactions"),
    "links": _("Links between identifiers"),
    "message": _("Messages"),
    "package": _("Packages"),
    "proof": _("Codes and links"),
    "quarantine": _("Quarantine"),
    "receipts": _("Receipts"),
    "request": _("Privacy requests"),
    "requests": _("Privacy requests"),
    "reviews": _("Cases of the work list"),
    "trait": _("Traits"),
    "traits": _("Traits"),
    "visit": _("Visits to the privacy pages"),
}


def store_named(label: str) -> str:
    """A kind of records in words; one without a word of its own as it is, with spaces."""
    key = label.lower().replace(" ", "_")
    return str(STORES[key]) if key in STORES else label.replace("_", " ")
