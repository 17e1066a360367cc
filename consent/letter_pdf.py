"""A letter as a PDF: title and paragraphs, in an embedded font, the same bytes for the same words.

The font is DejaVu Sans (consent/fonts/), which has the letters of Latin, Greek, Cyrillic and many more scripts.
"""

import logging
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import TTFFont
from fpdf.prefs import ViewerPreferences

FONT = Path(__file__).with_name("fonts") / "DejaVuSans.ttf"
FAMILY = "DejaVuSans"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Millimetres and points.
MARGIN, TEXT, TITLE, SMALL, LEADING = 25, 10.5, 16, 8, 5.5
# In place of the time at which it is made, so that the same words give the same bytes.
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)

# It logs the letters that a text is made of.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def letter_pdf(
    *,
    title: str,
    paragraphs: Sequence[str],
    language: str,
    reference: str = "",
    at: datetime | None = None,
    compressed: bool = True,
) -> bytes:
    """The letter, of as many pages as it needs. What the font cannot show is shown as a replacement character.

    `language`: BCP 47. `reference` stands at the foot of each page. `at`: the date that the file tells; None: none of
    its own. `compressed` False: so that the words can be read out of the bytes.
    """
    pdf = _Letter(printable(reference))
    pdf.set_compression(compressed)
    pdf.set_creation_date(at or UNDATED)
    pdf.set_lang(language)
    pdf.set_title(printable(title))
    pdf.set_producer("cxprofiles")
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    pdf.add_page()
    pdf.write_block(printable(title), TITLE)
    for paragraph in paragraphs:
        pdf.write_block(printable(paragraph), TEXT)
    return bytes(pdf.output())


class _Letter(FPDF):
    """A page of A4 with a reference at its foot."""

    def __init__(self, reference: str) -> None:
        super().__init__(format="A4")
        self._reference = reference
        self.add_font(FAMILY, fname=FONT)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=MARGIN)

    def footer(self) -> None:
        """The reference and the number of the page."""
        self.set_y(-15)
        self.set_font(FAMILY, size=SMALL)
        self.cell(0, LEADING, f"{self._reference}   {self.page_no()}".strip(), align="R")

    def write_block(self, text: str, size: float) -> None:
        """Some lines of text and a gap below."""
        self.set_font(FAMILY, size=size)
        self.multi_cell(0, LEADING * size / TEXT, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(LEADING / 2)


def printable(text: str) -> str:
    """Text as the font can show it, composed; line breaks stay, other control characters are left out."""
    shown = glyphs()
    return "".join(_shown(character, shown) for character in unicodedata.normalize("NFC", text))


def _shown(character: str, shown: Mapping[int, str]) -> str:
    if character == "\n":
        return character
    category = unicodedata.category(character)
    if category == "Cc":
        return " " if character == "\t" else ""
    return character if ord(character) in shown else REPLACEMENT


@lru_cache(maxsize=1)
def glyphs() -> Mapping[int, str]:
    """The code points that the font has."""
    letter = _Letter("")
    letter.set_font(FAMILY)
    font = letter.current_font
    if not isinstance(font, TTFFont):
        raise TypeError("The letters' font is no TrueType font.")
    found = dict(font.cmap)
    font.close()
    return found
