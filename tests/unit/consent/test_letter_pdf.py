"""Letters as PDF: what is in them can be read out again, and the same words give the same bytes."""

import hashlib
import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

import consent
from consent.letter_pdf import REPLACEMENT, letter_pdf, printable

FONTS = Path(consent.__file__).with_name("fonts")
GERMAN = ["Sehr geehrte Frau Müßig, Ihre Größe: 1,70 € „kein Problem“.", "Mit freundlichen Grüßen"]
RETURN = {b"r": b"\r"}
INDONESIAN = ["Anda dapat mengajukan keluhan.", "Terima kasih (salam)."]


def words_of(pdf: bytes) -> str:
    """The text of an uncompressed PDF with one font, piece after piece."""
    table = pdf[pdf.index(b"beginbfchar") : pdf.index(b"endbfchar")]
    letters = {
        int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
        for code, text in re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", table)
    }
    return " ".join("".join(letters[code] for code in codes(one)) for one in strings(pdf))


def strings(pdf: bytes) -> list[bytes]:
    """What the operators Tj show, with its escapes undone."""
    shown = [one for stream in re.findall(rb"stream\n(.*?)endstream", pdf, re.DOTALL) for one in pieces(stream)]
    return [re.sub(rb"\\(.)", lambda found: RETURN.get(found[1], found[1]), one, flags=re.DOTALL) for one in shown]


def pieces(stream: bytes) -> list[bytes]:
    return re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", stream, re.DOTALL)


def codes(text: bytes) -> list[int]:
    return [high << 8 | low for high, low in list(pairwise(text))[::2]]


@pytest.mark.parametrize(("language", "paragraphs"), [("de", GERMAN), ("id", INDONESIAN)])
def test_title_and_paragraphs_are_in_it(language: str, paragraphs: list[str]) -> None:
    pdf = letter_pdf(title="Schöne Grüße", paragraphs=paragraphs, language=language, reference="R-1", compressed=False)
    text = words_of(pdf)
    for expected in ("Schöne Grüße", *paragraphs, "R-1"):
        assert expected in text
    assert f"/Lang ({language})".encode() in pdf
    assert b"/Title <feff" in pdf


def test_the_same_words_give_the_same_bytes() -> None:
    one, other = (letter_pdf(title="Title", paragraphs=GERMAN, language="de") for _ in range(2))
    assert one == other
    assert one.startswith(b"%PDF-")
    assert one != letter_pdf(title="Title", paragraphs=GERMAN, language="de", at=datetime(2026, 1, 1, tzinfo=UTC))
    assert one != letter_pdf(title="Title", paragraphs=INDONESIAN, language="de")


def test_what_the_font_lacks_is_seen_to_be_missing() -> None:
    assert printable("你\x00a\tb\x1b") == f"{REPLACEMENT}a b"
    assert printable("e\u0301\nß") == "é\nß"
    assert REPLACEMENT in words_of(letter_pdf(title="T", paragraphs=["你"], language="en", compressed=False))


@pytest.mark.parametrize("text", ["", "\\ ( ) \\(", "\ud800", "x" * 5000, "\n\n\n", "\u202e\u200f", "%%EOF"])
def test_no_text_keeps_a_letter_from_being_made(text: str) -> None:
    assert letter_pdf(title=text, paragraphs=[text], language="en", reference=text).endswith(b"%%EOF\n")


def test_a_long_letter_has_several_pages() -> None:
    pdf = letter_pdf(title="T", paragraphs=["word " * 200] * 20, language="en")
    assert pdf.count(b"/Type /Page\n") > 2


def test_the_font_is_the_one_that_its_note_names() -> None:
    digest = hashlib.sha256((FONTS / "DejaVuSans.ttf").read_bytes()).hexdigest()
    assert digest in (FONTS / "README.md").read_text()
    assert (FONTS / "DejaVuSans.LICENCE.txt").stat().st_size > 1000
