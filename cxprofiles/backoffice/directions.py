"""What turns the direction of text, made visible: a value is compared and decided about as it is stored. Pure."""

from profiles.lookup.guesses import DIRECTIONS

_SPELT = {ord(mark): f"\\u{ord(mark):04x}" for mark in DIRECTIONS}


def spelt(text: str) -> str:
    """A text in which nothing reads backwards: its marks of direction are written out, as JSON writes them."""
    return text.translate(_SPELT)
