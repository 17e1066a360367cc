"""The message that brings a one-time link and a code, in the languages of the pages. Pure."""

from typing import NamedTuple

from consent.letter_parts import Letter, language_spoken, letter_of


class _Words(NamedTuple):
    subject: str
    asked: str
    asked_for_request: str
    by_code: str
    by_link: str
    by_page: str
    warning: str


WORDS = {
    "en": _Words(
        "Your code for the privacy pages",
        "Somebody, probably you, wants to open the privacy pages with this address.",
        "We received a privacy request for this address. Please confirm that it is yours.",
        "Your code: {code}",
        "Or open this link and press the button there:\n{link}",
        "Enter it on our privacy pages, under /privacy/code.",
        "Code and link work for ten minutes, and once. Give them to nobody: we never ask for them.\n"
        "If this was not you, do nothing. Nothing happens then.",
    ),
    "de": _Words(
        "Ihr Code für die Datenschutzseiten",
        "Jemand, vermutlich Sie, möchte mit dieser Adresse die Datenschutzseiten öffnen.",
        "Bei uns ist eine Datenschutzanfrage zu dieser Adresse eingegangen. Bitte bestätigen Sie, dass sie Ihre ist.",
        "Ihr Code: {code}",
        "Oder öffnen Sie diesen Link und drücken Sie dort auf den Knopf:\n{link}",
        "Geben Sie ihn auf unseren Datenschutzseiten ein, unter /privacy/code.",
        "Code und Link gelten zehn Minuten lang und nur einmal. Geben Sie sie niemandem: Wir fragen nie danach.\n"
        "Wenn Sie das nicht waren, müssen Sie nichts tun. Dann geschieht nichts.",
    ),
    "id": _Words(
        "Kode Anda untuk halaman privasi",
        "Seseorang, mungkin Anda, ingin membuka halaman privasi dengan alamat ini.",
        "Kami menerima permintaan privasi untuk alamat ini. Mohon konfirmasi bahwa alamat ini milik Anda.",
        "Kode Anda: {code}",
        "Atau buka tautan ini lalu tekan tombol di sana:\n{link}",
        "Masukkan kode di halaman privasi kami, di /privacy/code.",
        "Kode dan tautan berlaku sepuluh menit dan hanya sekali. Jangan berikan kepada siapa pun: kami tidak pernah "
        "memintanya.\nJika ini bukan Anda, abaikan saja. Tidak akan terjadi apa-apa.",
    ),
}


def proof_letter(language: str, code: str, link: str, *, for_request: bool) -> Letter:
    """The message in a language (BCP 47), in English where it is not spoken. `link` empty: the code alone."""
    words = WORDS[language_spoken(language)]
    parts = [words.asked_for_request if for_request else words.asked, words.by_code.format(code=code)]
    parts.append(words.by_link.format(link=link) if link else words.by_page)
    return letter_of(words.subject, [*parts, words.warning])
