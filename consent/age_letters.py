"""The message to whoever came of age, in the languages of the pages. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from consent.letter_parts import Letter, language_spoken, letter_of, listed


class _Words(NamedTuple):
    subject: str
    agreed: str
    ended: str
    link: str
    otherwise: str


WORDS = {
    "en": _Words(
        "Please choose for yourself now",
        "A parent or guardian once agreed for you that we use your data for:",
        "You are now old enough to decide this yourself, so that consent has ended.",
        "If you agree too, open this link and press the button there. It works for three days, and once:\n{link}",
        "If you do not agree, do nothing. Nothing is used for it then.",
    ),
    "de": _Words(
        "Bitte entscheiden Sie jetzt selbst",
        "Ein Elternteil hat für Sie zugestimmt, dass wir Ihre Daten hierfür nutzen:",
        "Sie sind jetzt alt genug, um das selbst zu entscheiden. Deshalb ist diese Zustimmung zu Ende.",
        "Wenn auch Sie zustimmen, öffnen Sie diesen Link und drücken Sie dort auf den Knopf. Er gilt drei Tage lang "
        "und einmal:\n{link}",
        "Wenn Sie nicht zustimmen, müssen Sie nichts tun. Dann wird nichts dafür genutzt.",
    ),
    "id": _Words(
        "Sekarang silakan pilih sendiri",
        "Orang tua atau wali Anda pernah menyetujui untuk Anda bahwa kami memakai data Anda untuk:",
        "Sekarang Anda sudah cukup umur untuk memutuskannya sendiri, sehingga persetujuan itu berakhir.",
        "Jika Anda juga setuju, buka tautan ini lalu tekan tombol di sana. Tautan berlaku tiga hari dan hanya sekali:\n"
        "{link}",
        "Jika Anda tidak setuju, abaikan saja. Data Anda tidak akan dipakai untuk itu.",
    ),
}


def age_letter(language: str, purposes: Sequence[str], link: str) -> Letter:
    """The message. `purposes`: their names in that language."""
    words = WORDS[language_spoken(language)]
    parts = (listed(words.agreed, purposes), words.ended, words.link.format(link=link), words.otherwise)
    return letter_of(words.subject, parts)
