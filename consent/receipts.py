"""What a consent record holds (ISO/IEC TS 27560), and how it reads in the W3C Data Privacy Vocabulary. Pure.

The vocabulary's guide to that standard is https://w3id.org/dpv/guides/consent-27560; its namespace is in `CONTEXT`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

JsonObject = dict[str, Any]

SCHEMAS = (
    "https://w3id.org/dpv/schema/dpv-27560#record",
    "https://w3id.org/dpv/schema/dpv-27560#receipt-record",
)
SCHEMA_VERSION = "ISO/IEC TS 27560:2023"
INSTANT = {"@type": "xsd:dateTime"}
REFERENCE = {"@type": "@id"}
CONTEXT: JsonObject = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    # What the vocabulary has no word for.
    "cx": "urn:cxprofiles:terms:",
    "dct:conformsTo": {"@id": "dct:conformsTo", **REFERENCE},
    "dct:created": {"@id": "dct:created", **INSTANT},
    "dpv:hasLegalBasis": {"@id": "dpv:hasLegalBasis", **REFERENCE},
    "dpv:isIndicatedAtTime": {"@id": "dpv:isIndicatedAtTime", **INSTANT},
    "dpv:isIndicatedBy": {"@id": "dpv:isIndicatedBy", **REFERENCE},
}
LEGAL_BASES = {
    "consent": "dpv:Consent",
    "contract": "dpv:Contract",
    "legal_obligation": "dpv:LegalObligation",
    "vital_interest": "dpv:VitalInterest",
    "public_task": "dpv:PublicInterest",
    "legitimate_interest": "dpv:LegitimateInterest",
}
EXPRESSED_BY = {
    "person": "dpv:DataSubject",
    "guardian": "dpv:GuardianOfDataSubject",
    "agent": "dpv:Representative",
}
GRANTS = frozenset({"ConsentGiven", "RenewedConsentGiven"})
NONE_IS_TOLD = "recipient_third_parties"  # empty, it says that there are none


class TermsRefused(ValueError):
    """The terms of a notice, or those of the deployment, are not of the shape that a record needs."""


@dataclass(frozen=True, slots=True)
class Party:
    """A controller or a recipient. All but the name may be empty."""

    name: str
    contact: str = ""
    address: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a notice tells of the processing, by the standard's names; empty or None: it does not tell.

    `recipient_third_parties` empty: it tells that there are none. Durations are ISO 8601 or a sentence.
    """

    pii_controllers: tuple[Party, ...] = ()
    retention_period: str = ""
    withdrawal_method: str = ""
    jurisdiction: str = ""
    storage_locations: tuple[str, ...] = ()
    recipient_third_parties: tuple[Party, ...] | None = None
    pii_information: tuple[str, ...] = ()
    validity_duration: str = ""

    def over(self, others: "Terms") -> "Terms":
        """These terms, and the others' where these tell nothing."""
        return Terms(**{one.name: self._told(one.name, others) for one in fields(self)})

    def _told(self, name: str, others: "Terms") -> Any:
        own = getattr(self, name)
        return getattr(others, name) if own is None or own == "" or (own == () and name != NONE_IS_TOLD) else own


@dataclass(frozen=True, slots=True)
class Principal:
    """An identifier of the person, by its type's name and its canonical value."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """What was decided about one purpose. `purpose_names`: language to name. `expires_at` None: no end was set."""

    purpose: str
    state: str
    decided_at: datetime
    expires_at: datetime | None = None
    purpose_names: Mapping[str, str] = field(default_factory=dict)
    legal_basis: str = "consent"
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """The notice that the person saw. `sha256` is that of its text, in hexadecimal; empty: it is not held here."""

    key: str = ""
    version: str = ""
    language: str = ""
    sha256: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """How it was said: by which method, on which part of a page, where, through whom, and who expressed it.

    `gpc`: whether the browser sent Global Privacy Control; None: not known.
    """

    method: str = ""
    ui_part: str = ""
    url: str = ""
    region: str = ""
    collector: str = ""
    gpc: bool | None = None
    expressed_by: str = "person"


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One act of deciding, with all that is needed to show later that it took place. `id` is the act's."""

    id: UUID
    issued_at: datetime
    principal: tuple[Principal, ...]
    decisions: tuple[RecordedDecision, ...]
    notice: NoticeShown = field(default_factory=NoticeShown)
    proof: Proof = field(default_factory=Proof)
    terms: Terms = field(default_factory=Terms)


def missing_fields(record: ConsentRecord) -> list[str]:
    """Which mandatory fields the record lacks, by the standard's names and always in this order.

    The data categories and the ends that follow from the purposes count only where a notice was shown: without one
    nobody was told of them.
    """
    terms, notice = record.terms, record.notice
    shown = bool(notice.key and notice.version)
    present = {
        "notice": shown,
        "language": bool(notice.language),
        "pii_controllers": bool(terms.pii_controllers),
        "retention_period": bool(terms.retention_period),
        "withdrawal_method": bool(terms.withdrawal_method),
        "jurisdiction": bool(terms.jurisdiction),
        "storage_locations": bool(terms.storage_locations),
        "recipient_third_parties": terms.recipient_third_parties is not None,
        "pii_information": bool(terms.pii_information) or (shown and all(one.categories for one in record.decisions)),
        "validity_duration": bool(terms.validity_duration) or (shown and ends_are_set(record)),
    }
    return [name for name, there in present.items() if not there]


def ends_are_set(record: ConsentRecord) -> bool:
    """Whether each grant has an end; a refusal needs none."""
    return all(one.expires_at is not None for one in record.decisions if one.state in GRANTS)


def json_ld(record: ConsentRecord) -> JsonObject:
    """The record as JSON-LD; what it does not hold is left out."""
    terms = record.terms
    return {
        "@context": CONTEXT,
        "@id": f"urn:uuid:{record.id}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": list(SCHEMAS),
        "dct:hasVersion": SCHEMA_VERSION,
        "dct:identifier": str(record.id),
        "dct:created": instant(record.issued_at),
        **told("dct:language", record.notice.language),
        "dpv:hasDataSubject": {
            "@type": "dpv:DataSubject",
            "dpv:hasIdentifier": [principal_identifier(one) for one in record.principal],
        },
        **told("dpv:hasNotice", notice(record.notice)),
        **told("dpv:hasDataController", [party(one, "dpv:DataController") for one in terms.pii_controllers]),
        **recipients(terms),
        **told("dpv:hasStorageCondition", storage(terms)),
        **told("dpv:hasJurisdiction", terms.jurisdiction),
        **told("dpv:hasConsentControl", withdrawal(terms.withdrawal_method)),
        "dpv:hasProcess": [process(one, record) for one in record.decisions],
    }


def process(decision: RecordedDecision, record: ConsentRecord) -> JsonObject:
    """One purpose, the data that it is about, and the state of consent to it."""
    categories = decision.categories or record.terms.pii_information
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "dct:identifier": decision.purpose,
            **told("dct:title", [in_language(*one) for one in sorted(decision.purpose_names.items())]),
        },
        "dpv:hasLegalBasis": LEGAL_BASES[decision.legal_basis],
        **told("dpv:hasPersonalData", [{"@type": "dpv:PersonalData", "dct:title": name} for name in categories]),
        "dpv:hasConsentStatus": status(decision, record),
    }


def status(decision: RecordedDecision, record: ConsentRecord) -> JsonObject:
    """The event: what was decided, when, for how long, by whom and how."""
    proof = record.proof
    return {
        "@type": state_term(decision.state),
        "dpv:isIndicatedAtTime": instant(decision.decided_at),
        "dpv:isIndicatedBy": EXPRESSED_BY.get(proof.expressed_by, EXPRESSED_BY["agent"]),
        **told("dpv:hasIndicationMethod", proof.method),
        **told("dpv:isExercisedAt", proof.ui_part),
        **told("dpv:hasLocation", proof.url),
        **told("dct:spatial", proof.region),
        **told("dpv:isImplementedByEntity", proof.collector),
        **({} if proof.gpc is None else {"cx:globalPrivacyControl": proof.gpc}),
        **told("dpv:hasDuration", validity(decision, record.terms)),
    }


def state_term(state: str) -> str:
    """The vocabulary's word for a state; objections and restrictions are no states of consent there."""
    return f"dpv:{state}" if "Consent" in state else f"cx:{state}"


def validity(decision: RecordedDecision, terms: Terms) -> JsonObject:
    """How long a grant is good; nothing for a refusal, which has no end."""
    if decision.expires_at is not None:
        return {"@type": "dpv:UntilTimeDuration", "rdf:value": instant(decision.expires_at)}
    if decision.state in GRANTS and terms.validity_duration:
        return {"@type": "dpv:TemporalDuration", "rdf:value": terms.validity_duration}
    return {}


def storage(terms: Terms) -> list[JsonObject]:
    """Where the data is kept and for how long."""
    places = [{"@type": "dpv:StorageLocation", "dpv:hasLocation": list(terms.storage_locations)}]
    duration = {"@type": "dpv:TemporalDuration", "rdf:value": terms.retention_period}
    spans = [{"@type": "dpv:StorageDuration", "dpv:hasDuration": duration}]
    return (places if terms.storage_locations else []) + (spans if terms.retention_period else [])


def recipients(terms: Terms) -> JsonObject:
    """Who else gets the data; an empty list says that nobody does."""
    if terms.recipient_third_parties is None:
        return {}
    return {"dpv:hasRecipient": [party(one, "dpv:ThirdParty") for one in terms.recipient_third_parties]}


def party(one: Party, role: str) -> JsonObject:
    """A controller or recipient."""
    return {
        "@type": role,
        "dpv:hasName": one.name,
        **told("dpv:hasContact", one.contact),
        **told("dpv:hasAddress", one.address),
        **told("schema:url", one.url),
    }


def notice(shown: NoticeShown) -> JsonObject:
    """The notice; nothing where none was shown."""
    if not (shown.key or shown.version):
        return {}
    return {
        "@type": "dpv:ConsentNotice",
        **told("dct:identifier", shown.key),
        **told("dct:hasVersion", shown.version),
        **told("dct:language", shown.language),
        **told("schema:sha256", shown.sha256),
        **told("schema:url", shown.url),
    }


def withdrawal(method: str) -> JsonObject:
    """How the consent can be withdrawn."""
    return {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": method} if method else {}


def principal_identifier(one: Principal) -> JsonObject:
    """An identifier of the person with its type."""
    return {"@type": "schema:PropertyValue", "schema:propertyID": one.type, "schema:value": one.value}


def in_language(language: str, text: str) -> JsonObject:
    """A text in a language."""
    return {"@language": language, "@value": text}


def told(name: str, value: Any) -> JsonObject:
    """A member of an object, or none where its value is empty."""
    return {name: value} if value else {}


def instant(at: datetime) -> str:
    """An instant in UTC, as RFC 3339 has it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_terms(content: Any) -> Terms:
    """Terms out of a JSON object, whose members have the names of `Terms`; raises `TermsRefused` with a sentence.

    Parties are names, or objects of name, contact, address and url.
    """
    if not isinstance(content, dict):
        raise TermsRefused("Terms are a JSON object.")
    unknown = sorted(map(str, content.keys() - TERMS.keys()))
    if unknown:
        raise TermsRefused(f"Terms have no member {unknown[0][:64]!r}; they have: {', '.join(TERMS)}.")
    return Terms(**{name: TERMS[name](name, value) for name, value in content.items()})


def readable_terms(content: Any) -> Terms:
    """What can be read of terms that were stored as they came; the rest is as if it had not been told."""
    found = {}
    for name, value in content.items() if isinstance(content, dict) else ():
        try:
            found[name] = TERMS[name](name, value)
        except (KeyError, TermsRefused):
            continue
    return Terms(**found)


def read_parties(name: str, value: Any) -> tuple[Party, ...]:
    """A list of parties."""
    if not isinstance(value, list):
        raise TermsRefused(f"{name} is a list of names, or of objects with a name and a contact.")
    return tuple(read_party(name, one) for one in value)


def read_party(name: str, value: Any) -> Party:
    """One party."""
    content = {"name": value} if isinstance(value, str) else value
    known = {one.name for one in fields(Party)}
    good = isinstance(content, dict) and content.keys() <= known and all(isinstance(v, str) for v in content.values())
    if not good or not content.get("name"):
        raise TermsRefused(f"Each of {name} is a name, or an object of strings: {', '.join(sorted(known))}.")
    return Party(**content)


def read_words(name: str, value: Any) -> tuple[str, ...]:
    """A list of strings."""
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise TermsRefused(f"{name} is a list of strings.")
    return tuple(value)


def read_word(name: str, value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        raise TermsRefused(f"{name} is a string.")
    return value


TERMS: dict[str, Callable[[str, Any], Any]] = {
    "pii_controllers": read_parties,
    "retention_period": read_word,
    "withdrawal_method": read_word,
    "jurisdiction": read_word,
    "storage_locations": read_words,
    "recipient_third_parties": read_parties,
    "pii_information": read_words,
    "validity_duration": read_word,
}
