"""The links in letters lead to the pages."""

from django.urls import resolve

from consent.requests.telling import CERTIFICATE_PATH, PACKAGE_PATH
from cxprofiles.portal.certificate import certificate_page
from cxprofiles.portal.packages import package_page


def test_the_links_of_letters_lead_to_the_pages_that_open_them() -> None:
    assert resolve(f"{PACKAGE_PATH}token").func is package_page
    assert resolve(f"{CERTIFICATE_PATH}token").func is certificate_page
