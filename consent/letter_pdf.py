"""A letter as a PDF: title and paragraphs, in an embedded font, the same bytes for the same words."""

from collections.abc import Sequence


def letter_pdf(*, title: str, paragraphs: Sequence[str], language: str, reference: str = "") -> bytes:
    """The letter, of as many pages as it needs. What the font cannot show is shown as a replacement character."""
    raise NotImplementedError
