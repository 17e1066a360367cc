"""Pages as people read them."""

import re
from html import unescape
from typing import Any


def page_of(answer: Any) -> str:
    """The source of a page, entities undone."""
    return unescape(answer.content.decode())


def text_of(answer: Any) -> str:
    """The words of a page, without its markup, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())
