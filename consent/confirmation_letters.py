"""The message that asks somebody to confirm what they told a member of staff, in the languages of the pages. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from consent.letter_parts import Letter, language_spoken, letter_of, listed


class _Words(NamedTuple):
    subject: str
    told: str
    link: str
    otherwise: str


WORDS = {
    "en": _Words(
        "Please confirm what you told us",
        "You told one of us that you agree that we use your data for:",
        "To confirm it, open this link and press the button there. It works for three days, and once:\n{link}",
        "If you said no such thing, do nothing. Nothing is used for it then.",
    ),
    "de": _Words(
        "Bitte bestätigen Sie, was Sie uns gesagt haben",
        "Sie haben jemandem von uns gesagt, dass wir Ihre Daten hierfür nutzen dürfen:",
        "Zum Bestätigen öffnen Sie diesen Link und drücken dort auf den Knopf. Er gilt drei Tage lang und einmal:\n"
        "{link}",
        "Wenn Sie das nicht gesagt haben, müssen Sie nichts tun. Dann wird nichts dafür genutzt.",
    ),
    "id": _Words(
        "Mohon konfirmasi apa yang Anda sampaikan",
        "Anda menyampaikan kepada salah satu dari kami bahwa Anda setuju kami memakai data Anda untuk:",
        "Untuk mengonfirmasi, buka tautan ini lalu tekan tombol di sana. Tautan berlaku tiga hari dan hanya sekali:\n"
        "{link}",
        "Jika Anda tidak mengatakannya, abaikan saja. Data Anda tidak akan dipakai untuk itu.",
    ),
}


def confirmation_letter(language: str, purposes: Sequence[str], link: str) -> Letter:
    """The message. `purposes`: their names in that language."""
    words = WORDS[language_spoken(language)]
    parts = (listed(words.told, purposes), words.link.format(link=link), words.otherwise)
    return letter_of(words.subject, parts)
