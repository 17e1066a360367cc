"""Files of purposes: read into plain values, refused with the place, compared with what stands."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import consent
from consent.purpose_diff import NoticePublished, changes_between, describe_changes
from consent.purpose_fields import Known, NoticeFields, PurposeFields, PurposeRefused, check_notice, check_purpose
from consent.purpose_files import (
    LARGEST,
    FileRefused,
    PurposeFile,
    PurposeSet,
    read_age,
    read_category,
    read_file,
    read_notices,
    read_purpose,
)

KNOWN = Known(types={"email", "phone", "device_id"}, channels=("web", "app"))
SHIPPED = Path(consent.__file__).with_name("purposes.toml")


def read(text: str) -> PurposeFile:
    return read_file(text.encode(), KNOWN)


def test_a_file_is_read_into_plain_values() -> None:
    file = read(
        """
        version = "7"
        [purposes."marketing.email"]
        legal_basis = "consent"
        name = { en = "News", pt-BR = "Novidades" }
        categories = ["contact"]
        channels = ["web"]
        address_type = "email"
        expires_after = "P24M"
        regions = { US-CA = { default = "allowed" } }
        double_opt_in = true
        notice = "marketing"
        [purposes.billing]
        legal_basis = "contract"
        [[notices]]
        key = "marketing"
        version = "2026-01"
        language = "en"
        text = "We write to you."
        terms = { pii_controllers = ["Shop"] }
        [consent_ages]
        DE = 16
        "*" = 18
        [trait_categories]
        shoe_size = "preference"
        """
    )
    assert file.version == "7"
    assert file.stated.purposes == {
        "marketing.email": PurposeFields(
            legal_basis="consent",
            default="denied",
            name={"en": "News", "pt-BR": "Novidades"},
            categories=("contact",),
            channels=("web",),
            address_type="email",
            expires_after="P24M",
            regions={"US-CA": {"default": "allowed"}},
            double_opt_in=True,
            notice="marketing",
        ),
        "billing": PurposeFields(legal_basis="contract", default="allowed"),
    }
    notice = NoticeFields("marketing", "2026-01", "en", "We write to you.", {"pii_controllers": ["Shop"]})
    assert file.stated.notices == {("marketing", "2026-01", "en"): notice}
    assert (file.stated.ages, file.stated.trait_categories) == ({"DE": 16, "*": 18}, {"shoe_size": "preference"})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "version: state"),
        ("version = 7", "version: state"),
        ("version = ", "not TOML"),
        ('version = "1"\n[purpose.x]', "purpose: there is no such part"),
        ('version = "1"\npurposes = 3', "purposes: this must be a table"),
        ('version = "1"\npurposes.x = 3', r'purposes."x"'),
        ('version = "1"\n[purposes.x]\n', r'purposes."x": Missing required field legal_basis'),
        ('version = "1"\n[purposes.x]\nlegal_basis = 1', r'purposes."x".legal_basis: Expected str'),
        ('version = "1"\n[purposes.x]\nlegal_basis = "whim"', r'purposes."x".legal_basis: A legal basis is one of'),
        ('version = "1"\n[purposes.x]\nlegal_basis = "consent"\nbasis = "x"', r'purposes."x".basis: there is no such'),
        ('version = "1"\n[purposes.X]\nlegal_basis = "consent"', r'purposes."X".key: A key is'),
        ('version = "1"\n[purposes.x]\nlegal_basis = "consent"\ndefault = "allowed"', r'purposes."x".default: What'),
        ('version = "1"\n[purposes.x]\nlegal_basis = "consent"\naddress_type = "fax"', r'"x".address_type: An address'),
        ('version = "1"\nnotices = 1', r"notices: these must be"),
        ('version = "1"\n[[notices]]\nkey = "a"', r"notices\[0\]: Missing required field"),
        ('version = "1"\n[consent_ages]\nDE = "16"', r'consent_ages."DE": Expected int'),
        ('version = "1"\n[consent_ages]\nDE = true', r'consent_ages."DE": Expected int'),
        ('version = "1"\n[consent_ages]\nDE = 99', r'consent_ages."DE".years: An age'),
        ('version = "1"\n[consent_ages]\nGermany = 16', r'consent_ages."Germany".country: A country'),
        ('version = "1"\n[trait_categories]\ncity = "Place"', r'trait_categories."city".category: A data category'),
        ('version = "1"\n[trait_categories]\n"" = "x"', r"trait_categories: a trait's name"),
        ('version = "1"\nx = ' + "[" * 5000, "nested too deeply|not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, place: str) -> None:
    with pytest.raises(FileRefused, match=place):
        read(text)


def test_a_file_that_is_too_large_or_not_text_is_refused() -> None:
    with pytest.raises(FileRefused, match="larger than 1024 KiB"):
        read_file(b"#" * (LARGEST + 1), KNOWN)
    with pytest.raises(FileRefused, match="not UTF-8"):
        read_file(b"version = '\xff'", KNOWN)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
MEMBERS = st.sampled_from([*PurposeFields.__dataclass_fields__, "other"])


@given(st.text(), ANYTHING | st.dictionaries(MEMBERS, ANYTHING | st.sampled_from(["consent", "denied", "P1M"])))
def test_whatever_stands_there_is_read_or_refused_in_a_sentence(name: str, value: Any) -> None:
    parts: list[Callable[[], Any]] = [
        lambda: read_purpose(name, value, KNOWN),
        lambda: read_notices({"notices": [value]}),
        lambda: read_age(name, value),
        lambda: read_category(name, value),
    ]
    for read_part in parts:
        with contextlib.suppress(FileRefused):
            read_part()


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(FileRefused):
        read_file(data, KNOWN)


def test_a_notice_that_stands_twice_in_one_language_is_refused() -> None:
    notice = '[[notices]]\nkey = "a"\nversion = "1"\nlanguage = "en"\ntext = "Words"\n'
    with pytest.raises(FileRefused, match="twice in one language"):
        read('version = "1"\n' + notice + notice)


def refused(field: str, **fields: Any) -> bool:
    """Whether a purpose with these fields is refused for `field`."""
    with pytest.raises(PurposeRefused) as caught:
        check_purpose(fields.pop("key", "news"), purpose(**fields), KNOWN)
    return caught.value.field == field


def purpose(**fields: Any) -> PurposeFields:
    return PurposeFields(**{"legal_basis": "consent", "default": "denied", **fields})


@pytest.mark.parametrize("key", ["", "News", "news.", ".news", "a..b", "a-b", "ä", "a" * 101, "1a", "*"])
def test_a_key_that_is_not_dotted_lower_snake_is_refused(key: str) -> None:
    assert refused("key", key=key)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("legal_basis", ""),
        ("default", "maybe"),
        ("categories", ("Contact",)),
        ("categories", ("a",) * 101),
        ("channels", ("pigeon",)),
        ("address_type", "fax"),
        ("least_assurance", "certain"),
        ("expires_after", "12 months"),
        ("reask_after", "P1.5M"),
        ("remind_after", "P0D"),
        ("regions", {"California": {"default": "allowed"}}),
        ("regions", {"us-ca": {"default": "allowed"}}),
        ("regions", {"US-CA": {"default": "perhaps"}}),
        ("regions", {"US-CA": {}}),
        ("name", {"EN": "News"}),
        ("name", {"english": "News"}),
        ("name", {"en": ""}),
        ("name", {"en": "x" * 201}),
        ("text", {"en": "a\x00b"}),
        ("text", {"en": "x" * 4001}),
        ("notice", "No key"),
    ],
)
def test_a_field_that_cannot_be_is_refused_by_its_name(field: str, value: Any) -> None:
    assert refused(field, **{field: value})


def test_only_a_region_allows_by_default_what_rests_on_consent() -> None:
    assert refused("default", default="allowed")
    check_purpose("ads", purpose(regions={"US-CA": {"default": "allowed"}, "DE": {"default": "denied"}}), KNOWN)
    check_purpose("safety", purpose(legal_basis="legitimate_interest", default="allowed"), KNOWN)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", "A Notice"),
        ("version", ""),
        ("version", "1/2"),
        ("language", "english"),
        ("text", " "),
        ("text", "x" * 50_001),
        ("terms", {"a": float("nan")}),
        ("terms", {"a": "x" * 20_000}),
        ("terms", {"a": "\x00"}),
    ],
)
def test_a_notice_that_cannot_be_is_refused_by_its_field(field: str, value: Any) -> None:
    fields = {"key": "marketing", "version": "1", "language": "en", "text": "We write.", field: value}
    with pytest.raises(PurposeRefused) as caught:
        check_notice(NoticeFields(**fields))
    assert caught.value.field == field


def test_the_digest_of_a_notice_is_of_its_text_in_utf_8() -> None:
    notice = NoticeFields("a", "1", "de", "Grüße")
    assert notice.sha256 == "f83e039796c6453a10f5519e39fd113901572316a1a8ea07cb525d2801dfd074"


def difference(held: PurposeSet, wanted: PurposeSet) -> list[str]:
    return describe_changes(held, changes_between(held, wanted))


def test_the_difference_is_told_line_by_line() -> None:
    held = PurposeSet(
        purposes={"news": purpose(name={"en": "News"}, categories=("contact",)), "kept": purpose()},
        ages={"DE": 16, "FR": 15},
        trait_categories={"city": "location", "plan": "account"},
    )
    wanted = PurposeSet(
        purposes={
            "news": purpose(
                name={"en": "Our news", "de": "Neues"},
                categories=("contact", "identity"),
                regions={"US-CA": {"default": "allowed"}},
                double_opt_in=True,
            ),
            "safety": PurposeFields("legitimate_interest", "allowed"),
        },
        ages={"DE": 14, "AT": 14, "FR": 15},
        trait_categories={"city": "contact", "plan": "account", "shoe_size": "preference", "nothing": ""},
        notices={("news", "1", "en"): NoticeFields("news", "1", "en", "Ten chars.")},
    )
    assert difference(held, wanted) == [
        "~ purpose news: name.de: none → Neues",
        "~ purpose news: name.en: News → Our news",
        "~ purpose news: categories: contact → contact, identity",
        "~ purpose news: regions.US-CA: none → allowed",
        "~ purpose news: double_opt_in: no → yes",
        "+ purpose safety: legitimate_interest, allowed by default",
        "+ notice news 1 in en: 10 characters",
        "+ consent age AT: 14",
        "~ consent age DE: 16 → 14",
        "~ trait city: location → contact",
        "+ trait shoe_size: preference",
    ]


def test_the_same_twice_is_nothing_to_change_and_what_a_file_leaves_out_stays() -> None:
    stated = read_file(SHIPPED.read_bytes(), KNOWN).stated
    assert difference(stated, stated) == []
    assert difference(stated, PurposeSet()) == []


def test_long_words_are_cut_in_a_difference() -> None:
    held = PurposeSet(purposes={"news": purpose(text={"en": "short"})})
    [line] = difference(held, PurposeSet(purposes={"news": purpose(text={"en": "many\nwords " * 50})}))
    assert line.startswith("~ purpose news: text.en: short → many words many")
    assert line.endswith("…")
    assert len(line) < 120


def test_a_notice_that_stands_is_never_rewritten() -> None:
    place = ("news", "1", "en")
    held = PurposeSet(notices={place: NoticeFields("news", "1", "en", "What we said.")})
    assert difference(held, held) == []
    for other in (NoticeFields("news", "1", "en", "Else."), NoticeFields("news", "1", "en", "What we said.", {"a": 1})):
        with pytest.raises(NoticePublished, match="publish a new version"):
            difference(held, PurposeSet(notices={place: other}))
