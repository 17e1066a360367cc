"""Reading what callers send: bodies as strict JSON of a stated shape, and query parameters."""

import itertools
import re
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec
from django.http import HttpRequest
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from cxprofiles.api.errors import FieldError, Problem
from cxprofiles.doors.body import read_body as read_bytes

BODY_LIMIT = 256 * 1024
DEEPEST = 32
ANY_MEMBER = "..."  # msgspec's name for whichever member of a mapping

Shape = TypeVar("Shape")
Instant = Annotated[datetime, msgspec.Meta(tz=True)]

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?(?P<path>\$[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+|\.\.\.)\]")
_FIELD = re.compile(r"^Object (?P<kind>missing required|contains unknown) field `(?P<name>[A-Za-z_]\w{0,62})`$")
_KINDS = re.compile(r"`(\w+(?: \| \w+)*)`")
_LENGTH = re.compile(r" of length (>=|<=) (\d+)")
_WORDS = {
    "str": "a string",
    "int": "an integer",
    "bool": "true or false",
    "float": "a number",
    "array": "an array",
    "object": "an object",
}


def read_body(request: Request, shape: type[Shape]) -> Shape:
    """The body as `shape`; raises the problem 400 with a pointer, 413 or 415."""
    return read_shape(read_json(request), shape)


def read_json(request: Request) -> Any:
    """The body as JSON, not too deep, without NUL and lone surrogates. No body at all is an empty object."""
    data = read_bounded(request._request)
    if not data:
        return {}
    check_media_type(request)
    try:
        content = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad_body("", "The body is not JSON as RFC 8259 has it, in UTF-8, or is nested too deeply.") from None
    check_content(content)
    return content


def check_media_type(request: Request) -> None:
    """Raise a 415 unless the body is said to be JSON."""
    kind = request.content_type.partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedMediaType(kind)


def read_bounded(request: HttpRequest) -> bytes:
    """The bytes of the body, whether its length was said or it comes in chunks; raises a 413."""
    return read_bytes(request.META, BODY_LIMIT)


def check_content(content: Any) -> None:
    """Refuse what PostgreSQL cannot hold and what nobody nests by intent. Level by level: no recursion to exhaust."""
    level = [content]
    for _ in range(DEEPEST):
        if any(isinstance(item, str) and not is_clean(item) for item in level):
            raise bad_body("", "The body holds a NUL character or a lone surrogate.")
        objects = [item for item in level if isinstance(item, dict)]
        level = [inner for item in level if isinstance(item, list) for inner in item]
        level += [inner for item in objects for pair in item.items() for inner in pair]
        if not level:
            return
    raise bad_body("", f"The body is nested more than {DEEPEST} levels deep.")


def is_clean(text: str) -> bool:
    """Whether PostgreSQL can hold the text."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def read_shape(content: Any, shape: type[Shape]) -> Shape:
    """JSON content as `shape`; raises the problem 400 that points at what is wrong."""
    try:
        return msgspec.convert(content, shape, strict=True)
    except msgspec.ValidationError as error:
        refuse_shape(str(error), shape)


def refuse_shape(message: str, shape: type[Any]) -> NoReturn:
    """Raise what msgspec says as a problem, without the values that it quotes."""
    match = _AT.match(message)
    what, path = (match["what"], match["path"] or "$") if match else ("", "$")
    steps = [name or index for name, index in _STEP.findall(path)]
    # A member of a mapping, whose name is the caller's, is not pointed at: the name could be personal.
    shown = list(itertools.takewhile(lambda step: step != ANY_MEMBER, steps))
    if field := _FIELD.match(what):
        shown.append(field["name"])
        sentence = "This field is required." if field["kind"].startswith("missing") else "There is no such field here."
    elif what.startswith("Invalid enum value"):
        sentence = f"This must be one of: {', '.join(map(str, allowed_at(shape, steps)))}."
    elif what.startswith("Expected"):
        sentence = worded(what) + "."
    else:
        sentence = "This is not of the form that openapi.json states."
    raise bad_body("".join(f"/{step}" for step in shown), sentence)


def worded(what: str) -> str:
    """What msgspec says of kinds and lengths, in words."""
    text = _KINDS.sub(lambda found: " or ".join(_WORDS.get(kind, kind) for kind in found[1].split(" | ")), what)
    return _LENGTH.sub(lambda found: f" of length {'at least' if found[1] == '>=' else 'at most'} {found[2]}", text)


def allowed_at(shape: type[Any], steps: list[str]) -> list[Any]:
    """The values that the literal or enumeration at a path of `shape` allows."""
    info: Any = msgspec.inspect.type_info(shape)
    for step in steps:
        fields = {field.encode_name: field.type for field in getattr(info, "fields", ())}
        info = fields.get(step) or getattr(info, "value_type" if step == ANY_MEMBER else "item_type", info)
        if isinstance(info, msgspec.inspect.UnionType):
            info = next(kind for kind in info.types if not isinstance(kind, msgspec.inspect.NoneType))
    return list(getattr(info, "values", ()))


def bad_body(pointer: str, detail: str) -> Problem:
    """A 400 about one place in the body."""
    return Problem(400, detail, errors=[FieldError(pointer, detail)])


def bad_parameter(name: str, detail: str) -> Problem:
    """A 400 about one query parameter."""
    return Problem(400, f"{name}: {detail}", errors=[FieldError(f"/{name}", detail)])


def idempotency_key(request: Request) -> str | None:
    """The Idempotency-Key of a request, or None; raises a 400 for what is no key."""
    key: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not _KEY.fullmatch(key):
        raise Problem(400, "An Idempotency-Key is 1 to 255 printable ASCII characters without spaces.")
    return key


def read_text(request: Request, name: str) -> str | None:
    """A query parameter, or None where it is missing or empty."""
    value = request.query_params.get(name) or None
    if value is not None and (not is_clean(value) or len(value) > 500):
        raise bad_parameter(name, "This is too long or holds characters that no value here has.")
    return value


def read_count(request: Request, name: str, *, default: int, most: int) -> int:
    """A query parameter from 1 to `most`."""
    value = read_text(request, name)
    if value is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", value) or not 1 <= int(value) <= most:
        raise bad_parameter(name, f"This must be a whole number from 1 to {most}.")
    return int(value)


def read_instant(request: Request, name: str) -> datetime | None:
    """A query parameter as an instant, RFC 3339 with a zone, or None."""
    value = read_text(request, name)
    if value is None:
        return None
    try:
        # A plus sign that nobody encoded arrives as a space.
        return msgspec.convert(value.replace(" ", "+"), Instant).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise bad_parameter(
            name, "This must be an instant as RFC 3339 has it, for example 2026-01-31T12:00:00Z."
        ) from None
