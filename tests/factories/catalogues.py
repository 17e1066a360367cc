"""What each language's compiled catalogue holds."""

import gettext

from tests.repository.files import REPOSITORY


def read_catalogue(language: str) -> dict[str, set[str]]:
    """Each sentence of a language, with its context, and what it is translated by; nothing for what is not."""
    with (REPOSITORY / "cxprofiles" / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        held = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    found: dict[str, set[str]] = {}
    for key, text in held.items():
        if text:
            found.setdefault(key[0] if isinstance(key, tuple) else key, set()).add(text)
    return found
