"""Reading of the bit strings that GPP and TC strings are made of. Pure."""

import base64
import binascii

MAX_LENGTH = 4096  # characters of a whole signal; real ones stay under 1,500

_LONGEST_FIBONACCI = 24  # bits; enough for 46,367, far past every id that is given out


class UnreadableSignal(ValueError):
    """A consent signal cannot be read, and grants nothing. The message says why, and holds nothing of the signal."""


class Bits:
    """Bits out of web-safe base64, read from the left.

    The other alphabet of base64 and `=` at the end are read too, and a length that whole bytes could not have: both
    standards count in characters of six bits. Asking for more than there is raises UnreadableSignal; that is what
    keeps a string that was cut off from being read as one that says something.
    """

    __slots__ = ("_left", "_value")

    def __init__(self, text: str) -> None:
        text = text.rstrip("=")
        filler = -len(text) % 4
        try:
            raw = base64.b64decode(text + "A" * filler, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise UnreadableSignal("A part of the signal is not web-safe base64.") from None
        self._value = int.from_bytes(raw, "big") >> 6 * filler
        self._left = 6 * len(text)

    @property
    def left(self) -> int:
        """How many bits have not been read yet."""
        return self._left

    def begins_with(self, number: int) -> bool:
        """Whether the next six bits are `number`; they stay unread."""
        return self._left >= 6 and self._value >> (self._left - 6) & 63 == number

    def integer(self, bits: int) -> int:
        """The next `bits` bits as a number, the greatest first."""
        if bits > self._left:
            raise UnreadableSignal("The signal ends before what it announces.")
        self._left -= bits
        return self._value >> self._left & (1 << bits) - 1

    def flag(self) -> bool:
        """The next bit."""
        return self.integer(1) == 1

    def fibonacci(self) -> int:
        """The next number in Fibonacci code: places worth 1, 2, 3, 5, 8 …, ended by a second 1 in a row."""
        total, place, following, before = 0, 1, 2, 0
        for _ in range(_LONGEST_FIBONACCI):
            bit = self.integer(1)
            if bit and before:
                return total
            total += place * bit
            place, following, before = following, place + following, bit
        raise UnreadableSignal("A number in the signal does not end.")
