"""Finding people: the words in a form and never in a URL, what they may be guessed, every profile shown logged."""

from django.http import HttpRequest, HttpResponse

from cxprofiles.backoffice.disclosing import is_revealed, note_reads
from cxprofiles.backoffice.profile.opening import may_reveal
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import Refused, is_fragment, is_unicode, screen, show
from cxprofiles.backoffice.search.words import KEEP_TYPING, NO_PAGE, PROBLEMS, found_shown
from profiles.configuration import configuration
from profiles.finding import FoundPage, FoundProfile, find_profiles
from profiles.lookup.guesses import BadWords, NoWords
from profiles.snapshot import one_snapshot
from profiles.timeline import BadCursor

FIELDS = ("identifiers", "traits", "consents")
A_PAGE = 25
LONGEST_ECHO = 500
# Every profile that is shown is logged as read: one letter would log whoever it happens to begin.
FEWEST_WHILE_TYPING = 3


@screen(Right.SEARCH, "GET", "POST")
def search_page(request: HttpRequest) -> HttpResponse:
    """The empty form; with words a page of whom they may mean. htmx asks for what was found alone."""
    if request.method != "POST":
        return show(request, "search/search.html", {})
    typed = request.POST.get("words", "")
    if is_fragment(request) and 0 < len(typed.strip()) < FEWEST_WHILE_TYPING and "cursor" not in request.POST:
        return answer(request, {"problem": str(KEEP_TYPING)}, 200)
    try:
        page = find(typed, request.POST.get("cursor", ""))
    except NoWords:
        return answer(request, {"problem": str(PROBLEMS[NoWords])}, 200 if is_fragment(request) else 422)
    except BadWords as problem:
        return refuse(request, typed, str(PROBLEMS[type(problem)]))
    except BadCursor:
        return refuse(request, typed, str(NO_PAGE))
    note_reads(request, "staff.search", [one.profile_id for one in page.profiles], FIELDS)
    revealed = {one.profile_id for one in page.profiles if is_shown(request, one)}
    shown = {"found": found_shown(page, revealed), "typed": echo(typed), "later": bool(request.POST.get("cursor"))}
    return answer(request, shown, 200)


def is_shown(request: HttpRequest, one: FoundProfile) -> bool:
    """Whether this member of staff may see the values of a profile."""
    return is_revealed(request, one.profile_id) and may_reveal(request, one.restricted)


def find(typed: str, cursor: str) -> FoundPage:
    """A page of what the words mean. Raises `BadWords` and `BadCursor`."""
    with one_snapshot():
        return find_profiles(typed, configuration(), cursor=cursor, limit=A_PAGE)


def answer(request: HttpRequest, shown: dict[str, object], status: int) -> HttpResponse:
    """The whole page, or the part of it that htmx puts into place."""
    return show(request, "search/found.html" if is_fragment(request) else "search/search.html", shown, status)


def refuse(request: HttpRequest, typed: str, sentence: str) -> HttpResponse:
    """The form again with what is wrong."""
    if is_fragment(request):
        raise Refused(sentence, 422)
    return show(request, "search/search.html", {"problem": sentence, "typed": echo(typed)}, 422)


def echo(typed: str) -> str:
    """What was typed, as the form may show it again."""
    return typed.strip()[:LONGEST_ECHO] if is_unicode(typed) and "\0" not in typed else ""
