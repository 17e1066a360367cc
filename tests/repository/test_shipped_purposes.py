"""The purposes that ship: the file for people and the migrations for new deployments state the same."""

from importlib import import_module
from pathlib import Path

import consent
from consent.purpose_fields import Known, PurposeFields, default_of
from consent.purpose_files import PurposeSet, read_file
from profiles.identity.canonical import DEFAULT_TYPES
from profiles.models import Source

PURPOSES = import_module("consent.migrations.0004_shipped_purposes")
FURTHER_PURPOSES = import_module("consent.migrations.0009_sensitive_purpose")
TRAITS = import_module("profiles.migrations.0007_shipped_trait_categories")
FURTHER_TRAITS = import_module("profiles.migrations.0010_trait_origin")
LANGUAGES = {"en", "de", "id"}
KEYS = {
    *("service", "unification", "security", "analytics", "personalisation", "research", "sensitive"),
    *("marketing", "marketing.email", "marketing.sms", "marketing.phone", "marketing.post", "marketing.push"),
    *("ads", "ads.personalised", "ads.sale_share"),
}
EEA = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"


def shipped() -> PurposeSet:
    known = Known({str(row["name"]) for row in DEFAULT_TYPES}, tuple(Source.Channel.values))
    return read_file(Path(consent.__file__).with_name("purposes.toml").read_bytes(), known).stated


def migrated(row: dict[str, object]) -> PurposeFields:
    values = {name: value for name, value in row.items() if name != "key"}
    return PurposeFields(**{**values, "categories": tuple(row["categories"])})  # type: ignore[arg-type]


def test_the_file_and_the_migrations_agree() -> None:
    stated = shipped()
    rows = [*PURPOSES.PURPOSES, *FURTHER_PURPOSES.PURPOSES]
    assert {row["key"]: migrated(row) for row in rows} == stated.purposes
    assert stated.ages == PURPOSES.CONSENT_AGES
    written = [*TRAITS.TRAITS.items(), *FURTHER_TRAITS.TRAITS.items()]
    pairs = [(name, category) for category, names in written for name in names.split()]
    assert dict(pairs) == stated.trait_categories
    assert len(pairs) == len(stated.trait_categories)


def test_the_purposes_of_the_contract_ship_in_three_languages() -> None:
    purposes = shipped().purposes
    assert set(purposes) == KEYS
    for fields in purposes.values():
        assert (set(fields.name), set(fields.text)) == (LANGUAGES, LANGUAGES)
        assert fields.default == default_of(fields.legal_basis)
    not_asked = {key: fields.legal_basis for key, fields in purposes.items() if fields.legal_basis != "consent"}
    assert not_asked == {
        "service": "contract",
        "unification": "legitimate_interest",
        "security": "legitimate_interest",
        "sensitive": "legitimate_interest",
    }


def test_only_service_sees_everything_and_personalisation_no_date_of_birth() -> None:
    stated = shipped()
    assert [key for key, fields in stated.purposes.items() if "*" in fields.categories] == ["service"]
    seen = {category for key, fields in stated.purposes.items() if key != "sensitive" for category in fields.categories}
    assert seen >= set(stated.trait_categories.values()) - {"sensitive"}
    assert "sensitive" not in seen
    personalisation = stated.purposes["personalisation"].categories
    assert stated.trait_categories["first_name"] in personalisation
    assert stated.trait_categories["date_of_birth"] not in personalisation


def test_every_country_of_the_eea_has_an_age_that_the_law_allows() -> None:
    ages = shipped().ages
    assert set(EEA.split()) <= set(ages)
    assert {country for country in EEA.split() if not 13 <= ages[country] <= 16} == set()
    assert ages["*"] == 18


def test_what_is_worked_out_or_observed_is_named_as_such() -> None:
    inferred, observed = FURTHER_TRAITS.INFERRED.split(), FURTHER_TRAITS.OBSERVED.split()
    assert {"score", "lead_score", "propensity", "segment", "ltv"} <= set(inferred)
    assert not set(inferred) & set(observed)
    assert set(inferred) | set(observed) <= set(shipped().trait_categories)
