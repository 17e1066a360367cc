"""Fetching a package by its link: opening the link shows a button, and the button fetches it, once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from cxprofiles.portal.limits import Limit, count
from cxprofiles.portal.network import network_of
from cxprofiles.portal.pages import HEADERS, localised_page, page_view
from profiles.privacy.packaging import NoSuchPackage, PackageExpired, PackageGone, open_package

TEMPLATE = "cxprofiles/portal/package.html"
FETCHING_FROM = Limit("package-from", 60, 3600)


@csrf_exempt  # The link itself is the secret: whoever can make a browser post it has it, and needs no forgery.
@page_view("GET", "POST")
def package_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET: the button. POST: the package, once; 410 where it was fetched already or is too old, 404 for no link."""
    if request.method != "POST":
        return localised_page(request, TEMPLATE, {})
    count(FETCHING_FROM, network_of(request))
    try:
        pieces = begun(open_package(token, now=datetime.now(UTC)))
    except NoSuchPackage:
        return localised_page(request, TEMPLATE, {"over": True}, status=404)
    except (PackageGone, PackageExpired):
        return localised_page(request, TEMPLATE, {"over": True}, status=410)
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="my-data.zip"'}
    return StreamingHttpResponse(pieces, content_type="application/zip", headers=headers)


def begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, the first of them read already: what is wrong with a package shows with that."""
    first = next(pieces, b"")
    return chain([first], pieces)
