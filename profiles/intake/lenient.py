"""JSON as clients really send it: read what is meant, clean what cannot be stored, and never break.

Python clients emit `NaN` and `Infinity`, browsers emit lone surrogates and `\\u0000`, and anybody may send
numbers and nesting without bound. Nothing here raises anything but `Unreadable`.
"""

import itertools
import json
import math
import re
from typing import Any

import msgspec

MAX_DEPTH = 100  # an event nested deeper is nobody's data
LEAST_INTEGER = -(2**63)
GREATEST_INTEGER = 2**64 - 1

encode = msgspec.json.Encoder().encode
encode_sorted = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder().decode

# The parts that shape JSON, a string as one part so that what stands in it counts for nothing. A string that
# never ends is one part too: searching it again from each quote within would cost the square of its length.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},:]', re.DOTALL)
_MISPLACED = "The JSON is broken: a comma or a colon stands where it should not, or is missing."
_SPACE = b" \t\r\n"
_OPEN = b"[{"
_CLOSE = b"]}"
_DIVIDE = b",:"
_DIGITS_ALIKE = bytes.maketrans(b"0123456789", b"0000000000")
_LONG_NUMBER = b"0" * 19
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Unreadable(Exception):
    """The bytes are not JSON that can be taken in. The message is a sentence, without personal data.

    `kind` is the same without the place of the fault: many events that are broken alike have it in common.
    """

    def __init__(self, sentence: str, kind: str = "") -> None:
        super().__init__(sentence)
        self.kind = kind or sentence


class TooDeep(Unreadable):
    """The JSON is nested more deeply than `MAX_DEPTH`."""

    def __init__(self) -> None:
        super().__init__(f"The JSON is nested more than {MAX_DEPTH} levels deep.")


def decode(raw: bytes) -> Any:
    """The value of some JSON as `clean` leaves it; raises Unreadable.

    What msgspec accepts has neither `NaN` nor lone surrogates. Only long numbers and `\\u0000` are left to look for.
    """
    refuse_depth(raw)
    try:
        value = _decode(raw)
    except (msgspec.MsgspecError, UnicodeError):
        value = _decode_with_python(raw)
    else:
        if b"\\u0000" not in raw and _LONG_NUMBER not in raw.translate(_DIGITS_ALIKE):
            return value
    return clean(value)


def refuse_depth(raw: bytes) -> None:
    """Raises TooDeep where recursion over the value would not end well."""
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and depth(raw) > MAX_DEPTH:
        raise TooDeep


def depth(raw: bytes) -> int:
    """How deep some JSON is nested, found without recursion."""
    deepest = level = 0
    for match in _TOKEN.finditer(raw):
        token = raw[match.start()]
        if token in _OPEN:
            level += 1
            deepest = max(deepest, level)
        elif token in _CLOSE:
            level -= 1
    return deepest


def _decode_with_python(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode(), parse_int=_integer)
    except UnicodeDecodeError:
        raise Unreadable("The JSON is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"The JSON is broken: {error.msg} (character {error.pos}).", "The JSON is broken.") from None


def _integer(digits: str) -> int | str:
    """An integer of 64 bits as such, a longer one as its digits: nothing that reads it later can hold it."""
    if len(digits) <= 20:
        number = int(digits)
        if LEAST_INTEGER <= number <= GREATEST_INTEGER:
            return number
    return digits


def clean(value: Any) -> Any:
    """`value` as PostgreSQL, and every reader after it, can hold it; `MAX_DEPTH` bounds the recursion.

    Numbers that are not finite become null, integers beyond 64 bits their digits, lone surrogates U+FFFD;
    NUL is removed. To clean what is clean changes nothing.
    """
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(key): clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not LEAST_INTEGER <= value <= GREATEST_INTEGER:
        return str(value)
    return value


def clean_text(text: str) -> str:
    """`text` without NUL, and with U+FFFD for each lone surrogate."""
    if _UNSTORABLE.search(text) is None:
        return text
    return _UNSTORABLE.sub("\ufffd", text.replace("\x00", ""))


def split_array(text: bytes) -> list[bytes]:
    """The elements of the array that `text` is, as the bytes that stand there; raises Unreadable.

    It looks at no element's inside, however deep or broken, so that one bad event does not hide the others.
    """
    return _parts(text, b",")


def split_object(text: bytes) -> dict[str, bytes]:
    """The members of the object that `text` is, as `split_array` gives elements; raises Unreadable."""
    parts = _parts(text, b":,")
    if len(parts) % 2:
        raise Unreadable(_MISPLACED)
    return dict(zip(map(_key, parts[::2]), parts[1::2], strict=True))


def _parts(text: bytes, dividers: bytes) -> list[bytes]:
    """What stands between the outermost dividers, which must take turns."""
    marks = _dividers(text)
    parts = [text[a + 1 : b].strip(_SPACE) for a, b in itertools.pairwise([0, *marks, len(text) - 1])]
    if parts == [b""]:
        return []
    if b"" in parts or any(
        text[at] != expected for at, expected in zip(marks, itertools.cycle(dividers), strict=False)
    ):
        raise Unreadable(_MISPLACED)
    return parts


def _dividers(text: bytes) -> list[int]:
    """Where the commas and colons of the outermost array or object stand."""
    marks: list[int] = []
    level = 0
    for match in _TOKEN.finditer(text):
        at = match.start()
        token = text[at]
        if token in _OPEN:
            level += 1
        elif token in _CLOSE:
            level -= 1
            if level == 0:
                if at == len(text) - 1:
                    return marks
                raise Unreadable("The JSON is broken: something stands after its end.")
        elif level == 1 and token in _DIVIDE:
            marks.append(at)
    raise Unreadable("The JSON is broken: it ends too early.")


def _key(raw: bytes) -> str:
    value = decode(raw)
    if not isinstance(value, str):
        raise Unreadable("The JSON is broken: a member's name is not a string.")
    return value
