"""OpenDSR 2.0, and its earlier names, as the processor that receives: what is read, what is answered. Pure.

Source: specification.md of opengdpr/OpenDSR. Section numbers are that document's. What it leaves open is decided in
docs/adr/0027.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from consent.protocols.plain import NotPlain, is_clean, read_plain
from consent.protocols.standing import Standing, end_of, stamp
from consent.requests.kinds import ACCESS, CANCELLED, DENIED, DUPLICATE, ERASURE, EXPIRED, PORTABILITY, REGULATIONS
from consent.requests.machine import WAITING

# 6.2: the types are called as ours are.
REQUEST_TYPES = (ACCESS, PORTABILITY, ERASURE)
# 5.1: what each identity is here. Every id of a device or a vendor is a device's.
IDENTITY_TYPES: Mapping[str, str] = {
    "controller_customer_id": "user_id",
    "android_advertising_id": "device_id",
    "android_id": "device_id",
    "email": "email",
    "fire_advertising_id": "device_id",
    "ios_advertising_id": "device_id",
    "ios_vendor_id": "device_id",
    "microsoft_advertising_id": "device_id",
    "microsoft_publisher_id": "device_id",
    "roku_publisher_id": "device_id",
    "roku_advertising_id": "device_id",
}
# What fits none of those, and so may stand in this processor's own extension (7.1.2).
EXTENSION_TYPES = ("phone", "loyalty_id", "crm_id", "social_handle", "anonymous_id")
# 5.2, and what of it is supported: a hash can neither be put on the suppression list nor be told to recipients.
FORMATS = ("raw", "sha1", "md5", "sha256")
SUPPORTED_FORMATS = ("raw",)

# How a receiver says that the signature of a callback is not good: the specification has 403 (8.8), its security
# guidelines 400, and the largest implementation answers 401. All of them mean the same here.
SIGNATURE_REFUSED = frozenset({400, 401, 403})

PENDING, IN_PROGRESS, COMPLETED, ENDED = "pending", "in_progress", "completed", "cancelled"

MOST_IDENTITIES = 50
MOST_CALLBACKS = 10
LONGEST_VALUE = 500
LONGEST_URL = 2_000

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")
_VERSION = re.compile(r"(\d{1,3})(\.\d{1,3}){0,2}")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One of the names that the protocol has had (10.1). `header`: how its headers begin."""

    header: str
    version: str
    states_regulation: bool


OPENDSR = Dialect("X-OpenDSR", "2.0", states_regulation=True)
OPENCOMPLIANCE = Dialect("X-OpenCompliance", "1.0", states_regulation=True)
OPENGDPR = Dialect("X-OpenGDPR", "1.0", states_regulation=False)
DIALECTS = (OPENDSR, OPENCOMPLIANCE, OPENGDPR)
NEWEST = 2


class Malformed(ValueError):
    """What is wrong with a request, a sentence for each thing; no sentence repeats a value of it."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(sentences[0])
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class SubjectRequest:
    """A request as it was read. `identities`: (type of ours, raw value). `regulation` empty: it stated none."""

    id: str
    type: str
    regulation: str
    submitted_at: datetime
    identities: Sequence[tuple[str, str]]
    callbacks: Sequence[str] = ()
    content: Mapping[str, Any] = field(default_factory=dict)


def read_request(body: bytes, *, dialect: Dialect, domain: str, lenient: bool = False) -> SubjectRequest:
    """The request in a body (7.1). Raises `Malformed`, with everything that is wrong.

    `domain`: this processor's, whose extension is read. `lenient`: a regulation may be missing where the dialect
    requires it.
    """
    content = read_object(body)
    wrong: list[str] = []
    found = SubjectRequest(
        id=_text(content, "subject_request_id", wrong),
        type=_one_of(content, "subject_request_type", REQUEST_TYPES, wrong),
        regulation=_regulation(content, wrong, required=dialect.states_regulation and not lenient),
        submitted_at=_time(content, "submitted_time", wrong),
        identities=_identities(content, domain, wrong),
        callbacks=_callbacks(content, wrong),
        content=content,
    )
    if found.id and not is_request_id(found.id):
        wrong.append("subject_request_id is not a UUID v4 in lower case.")
    _check_version(content, wrong)
    if wrong:
        raise Malformed(*wrong)
    return found


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; raises `Malformed`."""
    try:
        return read_plain(body)
    except NotPlain:
        raise Malformed("The body is not a JSON object in UTF-8 without oddities.") from None


def is_request_id(text: str) -> bool:
    """Whether a text is a GUID as 1.1 wants it: version 4, in lower case."""
    return _ID.fullmatch(text) is not None


def _text(content: Mapping[str, Any], name: str, wrong: list[str], longest: int = 200) -> str:
    value = content.get(name)
    if value is None:
        wrong.append(f"{name} field is required.")
    elif not isinstance(value, str) or not value.strip() or len(value) > longest or not is_clean(value):
        wrong.append(f"{name} is not a string of 1 to {longest} characters.")
    else:
        return value
    return ""


def _one_of(content: Mapping[str, Any], name: str, allowed: Sequence[str], wrong: list[str]) -> str:
    value = _text(content, name, wrong)
    if value and value not in allowed:
        wrong.append(f"{name} is not supported; it is one of: {', '.join(allowed)}.")
    return value


def _regulation(content: Mapping[str, Any], wrong: list[str], *, required: bool) -> str:
    if content.get("regulation") is None and not required:
        return ""
    return _one_of(content, "regulation", REGULATIONS, wrong)


def _time(content: Mapping[str, Any], name: str, wrong: list[str]) -> datetime:
    text = _text(content, name, wrong)
    try:
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    if text:
        wrong.append(f"{name} is not a date and time as RFC 3339 has it.")
    return datetime.now(UTC)


def _check_version(content: Mapping[str, Any], wrong: list[str]) -> None:
    version = content.get("api_version")
    if version is None:
        return
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None or int(match[1]) > NEWEST:
        wrong.append(f"api_version is not supported; the newest is {OPENDSR.version}.")


def _identities(content: Mapping[str, Any], domain: str, wrong: list[str]) -> list[tuple[str, str]]:
    """Those of the request and of this processor's extension; one at least."""
    stated = content.get("subject_identities")
    own = _own_extension(content, domain, wrong)
    if stated is None and own is None:
        wrong.append("subject_identities field is required.")
        return []
    found = _identity_list(stated, "subject_identities", IDENTITY_TYPES, wrong) if stated is not None else []
    if own is not None:
        types = {name: name for name in EXTENSION_TYPES}
        found += _identity_list(own, "extensions.identities", types, wrong)
    return list(dict.fromkeys(found))


def _own_extension(content: Mapping[str, Any], domain: str, wrong: list[str]) -> Any:
    """The identities that this processor's own extension states; None without it. Others' are theirs (7.1.2)."""
    extensions = content.get("extensions")
    if extensions is None:
        return None
    if not isinstance(extensions, dict) or not all(isinstance(one, dict) for one in extensions.values()):
        wrong.append("extensions is not an object of objects by processor domain.")
        return None
    own = extensions.get(domain)
    if own is None:
        return None
    if set(own) != {"identities"}:
        wrong.append(f"The extension of {domain} has one member: identities.")
    return own.get("identities", [])


def _identity_list(stated: Any, where: str, types: Mapping[str, str], wrong: list[str]) -> list[tuple[str, str]]:
    if not isinstance(stated, list) or not stated or len(stated) > MOST_IDENTITIES:
        wrong.append(f"{where} is not an array of 1 to {MOST_IDENTITIES} identities.")
        return []
    found = [_identity(one, f"{where}[{number}]", types, wrong) for number, one in enumerate(stated)]
    return [one for one in found if one is not None]


def _identity(stated: Any, where: str, types: Mapping[str, str], wrong: list[str]) -> tuple[str, str] | None:
    """One identity (5.3), as (type of ours, value)."""
    if not isinstance(stated, dict):
        wrong.append(f"{where} is not an object.")
        return None
    found: list[str] = []
    type_ = _one_of(stated, "identity_type", tuple(types), found)
    value = _text(stated, "identity_value", found, LONGEST_VALUE)
    form = _one_of(stated, "identity_format", FORMATS, found)
    if form in FORMATS and form not in SUPPORTED_FORMATS:
        found.append(f"identity_format is not supported here; /discovery lists {', '.join(SUPPORTED_FORMATS)} alone.")
    wrong += [f"{where}.{sentence}" for sentence in found]
    return None if found else (types[type_], value)


def _callbacks(content: Mapping[str, Any], wrong: list[str]) -> list[str]:
    stated = content.get("status_callback_urls")
    if stated is None:
        return []
    if not isinstance(stated, list) or len(stated) > MOST_CALLBACKS:
        wrong.append(f"status_callback_urls is not an array of up to {MOST_CALLBACKS} URLs.")
        return []
    for number, url in enumerate(stated):
        if not isinstance(url, str) or not is_url(url):
            wrong.append(f"status_callback_urls[{number}] is not an https URL.")
    return list(dict.fromkeys(one for one in stated if isinstance(one, str)))


def is_url(url: str) -> bool:
    """Whether a text is an absolute http or https URL; which of them may be posted to is decided elsewhere."""
    if len(url) > LONGEST_URL or not url.isprintable() or not is_clean(url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("https", "http") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def word_of(standing: Standing) -> str:
    """The status of a request in the four words of section 8.

    There is none for a refusal: what was neither carried out nor can be any more is cancelled.
    """
    if standing.fulfilled:
        return COMPLETED
    if standing.state in (DENIED, CANCELLED, EXPIRED, DUPLICATE):
        return ENDED
    return PENDING if standing.state in WAITING else IN_PROGRESS


def receipt_body(*, controller: str, expected: str, received: str, encoded: str, request_id: str) -> dict[str, Any]:
    """The answer to a request that was taken (7.3); the signature is a header, as a body cannot hold its own."""
    return {
        "controller_id": controller,
        "expected_completion_time": expected,
        "received_time": received,
        "encoded_request": encoded,
        "subject_request_id": request_id,
    }


def status_body(standing: Standing, *, results_url: str = "") -> dict[str, Any]:
    """The answer to a question for the status (8.3)."""
    body = {
        "controller_id": standing.answer["controller_id"],
        "expected_completion_time": expected_time(standing),
        "subject_request_id": standing.external_id,
        "request_status": word_of(standing),
        "api_version": standing.answer["api_version"],
    }
    if results_url and standing.has_package:
        body["results_url"] = results_url
    if standing.fulfilled:
        body["results_count"] = standing.rows
    return body


def callback_body(standing: Standing, *, url: str, word: str) -> dict[str, Any]:
    """What a callback tells (8.6). The results' address is not in it: who authenticates is told that."""
    return {
        "controller_id": standing.answer["controller_id"],
        "expected_completion_time": expected_time(standing),
        "status_callback_url": url,
        "subject_request_id": standing.external_id,
        "request_status": word,
        "api_version": standing.answer["api_version"],
    }


def cancellation_body(standing: Standing, *, received_at: datetime) -> dict[str, Any]:
    """The answer to a cancellation (9.2)."""
    return {
        "controller_id": standing.answer["controller_id"],
        "subject_request_id": standing.external_id,
        "received_time": stamp(received_at),
        "api_version": standing.answer["api_version"],
    }


def expected_time(standing: Standing) -> str:
    """When the request is expected to be fulfilled: as the receipt said, unless more time was taken since."""
    if standing.extended_because:
        return stamp(end_of(standing.due_on))
    return str(standing.answer["expected_completion_time"])


def error_body(
    code: int, sentences: Sequence[str], *, domain: str = "Validation", reason: str = "IllegalArgumentException"
) -> dict[str, Any]:
    """An error (7.6)."""
    details = [{"domain": domain, "reason": reason, "message": sentence} for sentence in sentences]
    return {"error": {"code": code, "errors": details}}


def discovery_body(*, dialect: Dialect, certificate_url: str) -> dict[str, Any]:
    """What this processor supports (6.3)."""
    return {
        "api_version": dialect.version,
        "supported_identities": [
            {"identity_type": name, "identity_format": form} for name in IDENTITY_TYPES for form in SUPPORTED_FORMATS
        ],
        "supported_subject_request_types": list(REQUEST_TYPES),
        "processor_certificate": certificate_url,
    }
