"""How a choice on the pages is proven: the words that were shown are published as a notice, in their version."""

import hashlib
from typing import Any

from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext

from consent.purpose_fields import NoticeFields
from consent.purpose_reading import read_purposes
from consent.purpose_writing import save_notice
from cxprofiles.portal.visits import Visitor
from cxprofiles.portal.words import in_language
from profiles.privacy.own_choices import METHOD

NOTICE = "privacy_page"


def proof_of(request: HttpRequest, visitor: Visitor) -> dict[str, Any]:
    """What was shown and done, as a decision keeps it; publishes the words as a notice where they are new."""
    notice = page_notice(visitor.language)
    save_notice(notice)
    return {
        "method": METHOD,
        "notice": notice.key,
        "notice_version": notice.version,
        "language": notice.language,
        "url": request.build_absolute_uri("/privacy/choices"),
        "ui_part": "purpose switch",
        "expressed_by": "person",
        "gpc": visitor.gpc,
    }


def page_notice(language: str) -> NoticeFields:
    """What the page says of each purpose in a language. Its version follows from the words."""
    with translation.override(language):
        head = gettext("You choose what your data may be used for. Each choice holds at once.")
    told = [
        f"{key}: {in_language(fields.name, language)}. {in_language(fields.text, language)}"
        for key, fields in sorted(read_purposes().items())
    ]
    text = "\n".join([head, *told])
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return NoticeFields(key=NOTICE, version=version, language=language, text=text)
