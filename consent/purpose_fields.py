"""What staff may set on a purpose, a notice or a consent age, and what is wrong with what they ask. Pure."""

import dataclasses
import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from consent.durations import BadDuration, parse_duration
from consent.purposes import ALL_CATEGORIES, BASES, CONSENT
from consent.receipts import TermsRefused, read_terms
from consent.regions import is_country, is_region

ALLOWED, DENIED = "allowed", "denied"
ASSURANCES = ("identified", "device")
EVERYWHERE_ELSE = "*"
DURATIONS = ("expires_after", "reask_after", "remind_after")

KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
CATEGORY = re.compile(r"[a-z][a-z0-9_]{0,62}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3})){0,3}")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,49}")
UNCLEAN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

LONGEST_KEY = 100
LONGEST_NAME = 200
LONGEST_TEXT = 4_000
LONGEST_NOTICE = 50_000
LONGEST_TERMS = 20_000
MOST_LANGUAGES = 50
MOST_LISTED = 100
MOST_REGIONS = 500
HIGHEST_AGE = 25


class PurposeRefused(ValueError):
    """Why a purpose, a notice or an age cannot be as asked, in a sentence. `field` names what is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Known:
    """The names that purposes refer to and others define."""

    types: Collection[str]
    channels: Collection[str]


@dataclass(frozen=True, slots=True)
class PurposeFields:
    """What staff may set on a purpose; the models state what each means. `regions`: region to `{default}`."""

    legal_basis: str
    default: str
    name: dict[str, str] = field(default_factory=dict)
    text: dict[str, str] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    address_type: str = ""
    least_assurance: str = "device"
    expires_after: str = ""
    reask_after: str = "P12M"
    remind_after: str = "P13M"
    regions: dict[str, dict[str, str]] = field(default_factory=dict)
    double_opt_in: bool = False
    notice: str = ""

    def described(self) -> dict[str, Any]:
        """As rows, audit rows and answers have it."""
        lists = {"categories": list(self.categories), "channels": list(self.channels)}
        return {**dataclasses.asdict(self), **lists}


@dataclass(frozen=True, slots=True)
class NoticeFields:
    """One version of what people are told, in one language."""

    key: str
    version: str
    language: str
    text: str
    terms: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, str, str]:
        """Which notice, version and language it is."""
        return (self.key, self.version, self.language)

    @property
    def sha256(self) -> str:
        """Of the text in UTF-8, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def default_of(legal_basis: str) -> str:
    """What holds when nobody was asked, unless it is set: denied for consent, else allowed."""
    return DENIED if legal_basis == CONSENT else ALLOWED


def check_purpose(key: str, fields: PurposeFields, known: Known) -> None:
    """Raise `PurposeRefused` with the first thing that is wrong."""
    check_key("key", key)
    if fields.legal_basis not in BASES:
        raise PurposeRefused("legal_basis", f"A legal basis is one of: {', '.join(sorted(BASES))}.")
    check_defaults(fields)
    check_categories(fields.categories)
    if fields.least_assurance not in ASSURANCES:
        raise PurposeRefused("least_assurance", f"The least assurance is one of: {', '.join(ASSURANCES)}.")
    if not set(fields.channels) <= set(known.channels) or len(fields.channels) > MOST_LISTED:
        raise PurposeRefused("channels", f"A channel is one of: {', '.join(known.channels)}.")
    if fields.address_type and fields.address_type not in known.types:
        raise PurposeRefused("address_type", "An address is of an identifier type that exists; create the type first.")
    for name in DURATIONS:
        check_duration(name, getattr(fields, name))
    check_words("name", fields.name, LONGEST_NAME)
    check_words("text", fields.text, LONGEST_TEXT)
    if fields.notice:
        check_key("notice", fields.notice)


def check_key(name: str, key: str) -> None:
    """Raise `PurposeRefused` unless a purpose or a notice can be called this."""
    if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
        raise PurposeRefused(
            name, f"A key is lower_snake words with dots between, up to {LONGEST_KEY} characters, as marketing.email."
        )


def check_defaults(fields: PurposeFields) -> None:
    """Raise `PurposeRefused` unless the default fits the legal basis, and each region is one with a default."""
    if fields.default not in (ALLOWED, DENIED):
        raise PurposeRefused("default", f"A default is one of: {ALLOWED}, {DENIED}.")
    if fields.legal_basis == CONSENT and fields.default == ALLOWED:
        raise PurposeRefused(
            "default", "What rests on consent is denied until it is given; only a region can say otherwise."
        )
    if len(fields.regions) > MOST_REGIONS:
        raise PurposeRefused("regions", f"A purpose has at most {MOST_REGIONS} regions.")
    for region, rule in fields.regions.items():
        if not is_region(region):
            raise PurposeRefused("regions", "A region is an ISO 3166 code in upper case, for example DE or US-CA.")
        if rule not in ({"default": ALLOWED}, {"default": DENIED}):
            raise PurposeRefused("regions", 'A region says {"default": "allowed"} or {"default": "denied"}.')


def check_categories(categories: Collection[str]) -> None:
    """Raise `PurposeRefused` unless these are names of data categories, or all of them."""
    if len(categories) > MOST_LISTED or not all(
        category == ALL_CATEGORIES or CATEGORY.fullmatch(category) for category in categories
    ):
        raise PurposeRefused("categories", "Data categories are lower_snake words, or * for all of them.")


def check_category(category: str) -> None:
    """Raise `PurposeRefused` unless a trait can be of this category; empty: of none."""
    if category and not CATEGORY.fullmatch(category):
        raise PurposeRefused("category", "A data category is a lower_snake word, as contact, or empty for none.")


def check_duration(name: str, text: str) -> None:
    """Raise `PurposeRefused` unless this is a duration, or empty."""
    if not text:
        return
    try:
        parse_duration(text)
    except BadDuration as error:
        raise PurposeRefused(name, str(error)) from None


def check_words(name: str, words: Mapping[str, str], longest: int) -> None:
    """Raise `PurposeRefused` unless each language has words that are not too long."""
    if len(words) > MOST_LANGUAGES:
        raise PurposeRefused(name, f"There are at most {MOST_LANGUAGES} languages.")
    for language, said in words.items():
        check_language(name, language)
        check_text(name, said, longest)


def check_language(name: str, language: str) -> None:
    """Raise `PurposeRefused` unless this is a language tag in its usual letters."""
    if not LANGUAGE.fullmatch(language):
        raise PurposeRefused(name, "A language is a BCP 47 tag in its usual letters, for example en, id or pt-BR.")


def check_text(name: str, text: str, longest: int) -> None:
    """Raise `PurposeRefused` unless the text says something, is not too long and holds no control characters."""
    if not text.strip() or len(text) > longest or UNCLEAN.search(text):
        raise PurposeRefused(name, f"This is 1 to {longest} characters without control characters.")


def check_notice(notice: NoticeFields) -> None:
    """Raise `PurposeRefused` with the first thing that is wrong."""
    check_key("key", notice.key)
    if not VERSION.fullmatch(notice.version):
        raise PurposeRefused("version", "A version is up to 50 letters, digits, dots and dashes, for example 2026-01.")
    check_language("language", notice.language)
    check_text("text", notice.text, LONGEST_NOTICE)
    try:
        written = json.dumps(notice.terms, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise PurposeRefused("terms", "Terms hold only what JSON can state.") from None
    if len(written) > LONGEST_TERMS or "\\u0000" in written:
        raise PurposeRefused("terms", f"Terms are at most {LONGEST_TERMS} characters of JSON, without NUL.")
    try:
        read_terms(notice.terms)
    except TermsRefused as error:
        raise PurposeRefused("terms", str(error)) from None


def check_age(country: str, years: int) -> None:
    """Raise `PurposeRefused` unless people of a country can consent alone from this age on."""
    if country != EVERYWHERE_ELSE and not is_country(country):
        raise PurposeRefused("country", "A country is an ISO 3166 code of two letters, or * for all others.")
    if isinstance(years, bool) or not 0 <= years <= HIGHEST_AGE:
        raise PurposeRefused("years", f"An age is 0 to {HIGHEST_AGE} years.")
