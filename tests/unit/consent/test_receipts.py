"""What a consent record lacks, and how it reads in the Data Privacy Vocabulary."""

from dataclasses import fields, replace
from datetime import timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec
import pytest

from consent.receipts import (
    ConsentRecord,
    NoticeShown,
    Party,
    Principal,
    Proof,
    RecordedDecision,
    Terms,
    TermsRefused,
    json_ld,
    missing_fields,
    read_terms,
    readable_terms,
)
from tests.factories.receipts import AT, GIVEN, ID, RECORD, REFUSED, TERMS

ALL = [
    "notice",
    "language",
    "pii_controllers",
    "retention_period",
    "withdrawal_method",
    "jurisdiction",
    "storage_locations",
    "recipient_third_parties",
    "pii_information",
    "validity_duration",
]
TOLD: dict[str, Any] = {
    "pii_controllers": ["Example Ltd", {"name": "Other Ltd", "contact": "other@example.org"}],
    "retention_period": "P3Y",
    "withdrawal_method": "https://example.org/privacy/",
    "jurisdiction": "IE",
    "storage_locations": ["IE"],
    "recipient_third_parties": [],
    "pii_information": ["contact"],
    "validity_duration": "P13M",
}


def test_a_bare_grant_lacks_every_mandatory_field() -> None:
    bare = ConsentRecord(
        UUID(int=1), AT, (Principal("user_id", "p-1"),), (RecordedDecision("marketing.email", "ConsentGiven", AT),)
    )
    assert missing_fields(bare) == ALL


def test_what_the_purpose_says_is_not_told_to_one_who_saw_no_notice() -> None:
    unseen = replace(RECORD, decisions=(GIVEN,), notice=NoticeShown())
    assert missing_fields(unseen) == ["notice", "language", "pii_information", "validity_duration"]


def test_a_complete_record_lacks_nothing() -> None:
    assert missing_fields(RECORD) == []


@pytest.mark.parametrize("name", [one.name for one in fields(Terms) if one.name in ALL[2:8]])
def test_each_term_that_is_not_told_is_missing(name: str) -> None:
    lacking = replace(RECORD, terms=replace(TERMS, **{name: getattr(Terms(), name)}))
    assert missing_fields(lacking) == [name]


@pytest.mark.parametrize(
    ("notice", "missing"),
    [
        (NoticeShown("privacy", "", "en"), ["notice", "pii_information", "validity_duration"]),
        (NoticeShown("privacy", "3", ""), ["language"]),
    ],
)
def test_a_notice_needs_its_version_and_its_language(notice: NoticeShown, missing: list[str]) -> None:
    assert missing_fields(replace(RECORD, notice=notice)) == missing


def test_a_grant_without_an_end_needs_one_from_the_terms_and_a_refusal_needs_none() -> None:
    endless = replace(RECORD, decisions=(replace(GIVEN, expires_at=None), REFUSED))
    assert missing_fields(endless) == ["validity_duration"]
    assert missing_fields(replace(endless, terms=replace(TERMS, validity_duration="P13M"))) == []


def test_telling_that_nobody_else_gets_the_data_is_telling() -> None:
    nobody = replace(RECORD, terms=replace(TERMS, recipient_third_parties=()))
    assert missing_fields(nobody) == []
    assert json_ld(nobody)["dpv:hasRecipient"] == []
    assert "dpv:hasRecipient" not in json_ld(replace(RECORD, terms=Terms()))


def test_a_record_reads_in_the_data_privacy_vocabulary() -> None:
    content = json_ld(RECORD)
    assert content.pop("@context")["dpv"] == "https://w3id.org/dpv#"
    given, refused = content.pop("dpv:hasProcess")
    assert content == {
        "@id": f"urn:uuid:{ID}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": [
            "https://w3id.org/dpv/schema/dpv-27560#record",
            "https://w3id.org/dpv/schema/dpv-27560#receipt-record",
        ],
        "dct:hasVersion": "ISO/IEC TS 27560:2023",
        "dct:identifier": str(ID),
        "dct:created": "2026-03-01T10:00:00Z",
        "dct:language": "en",
        "dpv:hasDataSubject": {
            "@type": "dpv:DataSubject",
            "dpv:hasIdentifier": [
                {"@type": "schema:PropertyValue", "schema:propertyID": "email", "schema:value": "ann@example.org"},
                {"@type": "schema:PropertyValue", "schema:propertyID": "user_id", "schema:value": "ann-1"},
            ],
        },
        "dpv:hasNotice": {
            "@type": "dpv:ConsentNotice",
            "dct:identifier": "privacy",
            "dct:hasVersion": "3",
            "dct:language": "en",
            "schema:sha256": "ab" * 32,
            "schema:url": "https://example.org/notice",
        },
        "dpv:hasDataController": [
            {
                "@type": "dpv:DataController",
                "dpv:hasName": "Example Ltd",
                "dpv:hasContact": "privacy@example.org",
                "dpv:hasAddress": "1 High Street, Dublin",
                "schema:url": "https://example.org",
            }
        ],
        "dpv:hasRecipient": [
            {"@type": "dpv:ThirdParty", "dpv:hasName": "Post Office", "dpv:hasContact": "dpo@post.example"}
        ],
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageLocation", "dpv:hasLocation": ["IE", "DE"]},
            {
                "@type": "dpv:StorageDuration",
                "dpv:hasDuration": {"@type": "dpv:TemporalDuration", "rdf:value": "P3Y"},
            },
        ],
        "dpv:hasJurisdiction": "IE",
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": "https://example.org/privacy/",
        },
    }
    assert given == {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "dct:identifier": "marketing.email",
            "dct:title": [
                {"@language": "de", "@value": "Neuigkeiten per E-Mail"},
                {"@language": "en", "@value": "News by e-mail"},
            ],
        },
        "dpv:hasLegalBasis": "dpv:Consent",
        "dpv:hasPersonalData": [{"@type": "dpv:PersonalData", "dct:title": "contact"}],
        "dpv:hasConsentStatus": {
            "@type": "dpv:ConsentGiven",
            "dpv:isIndicatedAtTime": "2026-03-01T10:00:00Z",
            "dpv:isIndicatedBy": "dpv:DataSubject",
            "dpv:hasIndicationMethod": "checkbox",
            "dpv:isExercisedAt": "footer of the order form",
            "dpv:hasLocation": "https://example.org/order",
            "dct:spatial": "IE",
            "dpv:isImplementedByEntity": "web shop",
            "cx:globalPrivacyControl": False,
            "dpv:hasDuration": {"@type": "dpv:UntilTimeDuration", "rdf:value": "2027-03-01T10:00:00Z"},
        },
    }
    assert refused["dpv:hasConsentStatus"]["@type"] == "dpv:ConsentRefused"
    assert "dpv:hasDuration" not in refused["dpv:hasConsentStatus"]


def test_every_prefix_that_a_record_uses_is_in_its_context() -> None:
    content = json_ld(replace(RECORD, terms=replace(TERMS, validity_duration="P13M")))
    context = content.pop("@context")
    used = {word.partition(":")[0] for word in terms_of(content)}
    assert used == {"dpv", "dct", "rdf", "schema", "cx"}
    assert used <= context.keys()


def terms_of(value: Any) -> set[str]:
    """Each member's name and each type within a record."""
    if isinstance(value, list):
        return set().union(*map(terms_of, value))
    if not isinstance(value, dict):
        return set()
    own = {name for name in value if not name.startswith("@")} | {value["@type"] for _ in [0] if "@type" in value}
    return own.union(*map(terms_of, value.values()))


@pytest.mark.parametrize(
    ("state", "term"),
    [
        ("RenewedConsentGiven", "dpv:RenewedConsentGiven"),
        ("ConsentWithdrawn", "dpv:ConsentWithdrawn"),
        ("ObjectionRaised", "cx:ObjectionRaised"),
        ("ProcessingRestricted", "cx:ProcessingRestricted"),
    ],
)
def test_what_is_no_state_of_consent_has_a_word_of_its_own(state: str, term: str) -> None:
    content = json_ld(replace(RECORD, decisions=(replace(GIVEN, state=state),)))
    assert content["dpv:hasProcess"][0]["dpv:hasConsentStatus"]["@type"] == term


@pytest.mark.parametrize(
    ("speaker", "term"),
    [("person", "dpv:DataSubject"), ("guardian", "dpv:GuardianOfDataSubject"), ("agent", "dpv:Representative")],
)
def test_it_says_who_spoke(speaker: str, term: str) -> None:
    content = json_ld(replace(RECORD, proof=Proof(expressed_by=speaker)))
    status = content["dpv:hasProcess"][0]["dpv:hasConsentStatus"]
    assert status["dpv:isIndicatedBy"] == term
    assert "cx:globalPrivacyControl" not in status


def test_instants_are_in_utc_whatever_zone_they_came_in() -> None:
    moved = replace(RECORD, issued_at=AT.astimezone(timezone(timedelta(hours=7))))
    assert json_ld(moved)["dct:created"] == "2026-03-01T10:00:00Z"


def test_a_validity_from_the_terms_stands_with_grants_alone() -> None:
    endless = (replace(GIVEN, expires_at=None), REFUSED)
    content = json_ld(replace(RECORD, decisions=endless, terms=replace(TERMS, validity_duration="P13M")))
    given, refused = (one["dpv:hasConsentStatus"] for one in content["dpv:hasProcess"])
    assert given["dpv:hasDuration"] == {"@type": "dpv:TemporalDuration", "rdf:value": "P13M"}
    assert "dpv:hasDuration" not in refused


def test_a_record_is_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(json_ld(RECORD))) == json_ld(RECORD)


def test_terms_are_read_from_json() -> None:
    assert read_terms(TOLD) == Terms(
        (Party("Example Ltd"), Party("Other Ltd", "other@example.org")),
        "P3Y",
        "https://example.org/privacy/",
        "IE",
        ("IE",),
        (),
        ("contact",),
        "P13M",
    )
    assert read_terms({}) == Terms()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([], "Terms are a JSON object."),
        ({"retention": "P1Y"}, "Terms have no member 'retention'; they have: pii_controllers, retention_period"),
        ({"retention_period": 12}, "retention_period is a string."),
        ({"storage_locations": "IE"}, "storage_locations is a list of strings."),
        ({"storage_locations": [""]}, "storage_locations is a list of strings."),
        ({"pii_controllers": "Example Ltd"}, "pii_controllers is a list of names"),
        ({"pii_controllers": [{"contact": "a@b.example"}]}, "Each of pii_controllers is a name, or an object"),
        ({"pii_controllers": [{"name": "A", "phone": "1"}]}, "Each of pii_controllers is a name, or an object"),
        ({"recipient_third_parties": [7]}, "Each of recipient_third_parties is a name, or an object"),
    ],
)
def test_terms_of_another_shape_are_refused_with_a_sentence(content: Any, sentence: str) -> None:
    with pytest.raises(TermsRefused) as refusal:
        read_terms(content)
    assert str(refusal.value).startswith(sentence)


def test_stored_terms_tell_what_can_be_read_of_them() -> None:
    assert readable_terms({"retention_period": 12, "other": 1, "jurisdiction": "IE"}) == Terms(jurisdiction="IE")
    assert readable_terms("nonsense") == Terms()


def test_a_notices_terms_stand_and_the_deployments_fill_in() -> None:
    own = Terms(jurisdiction="DE", recipient_third_parties=())
    assert own.over(TERMS) == replace(TERMS, jurisdiction="DE", recipient_third_parties=())
    assert Terms().over(TERMS) == TERMS
