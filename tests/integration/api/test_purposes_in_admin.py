"""Purposes, notices and consent ages in the admin: through the same functions as the API, and audited."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from consent.models import ConsentAge, Notice, Purpose
from profiles.models import ConfigurationChange
from tests.factories.staff import ADMINISTRATOR, make_staff, sign_in

FIELDS = {
    "legal_basis": "consent",
    "default": "denied",
    "name": '{"en": "The club"}',
    "text": "{}",
    "categories": "contact, identity",
    "channels": "",
    "address_type": "email",
    "least_assurance": "device",
    "expires_after": "P2Y",
    "reask_after": "P12M",
    "remind_after": "P13M",
    "regions": '{"US-CA": {"default": "allowed"}}',
    "notice": "club",
}
ADD = "/admin/consent/purpose/add/"
NOTICE = {"key": "club", "version": "1", "language": "en", "text": "We write to members.", "terms": "{}"}


@pytest.fixture
def staff() -> Client:
    """A browser in which a superuser is signed in."""
    return sign_in(Client(), make_staff(ADMINISTRATOR))


def save(staff: Client, path: str, **fields: Any) -> str:
    """Post a form of the admin; the page that follows."""
    response = staff.post(path, fields, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def audited(subject: str) -> list[str]:
    return list(ConfigurationChange.objects.filter(subject=subject).values_list("actor", flat=True))


def actor() -> str:
    return f"staff:{User.objects.get().pk}"


def test_purposes_are_set_in_the_admin(staff: Client) -> None:
    save(staff, ADD, key="club", **FIELDS)
    row = Purpose.objects.get(key="club")
    assert (row.name, row.categories, row.address_type) == ({"en": "The club"}, ["contact", "identity"], "email")
    assert (row.expires_after, row.regions, row.double_opt_in) == ("P2Y", {"US-CA": {"default": "allowed"}}, False)
    path = "/admin/consent/purpose/club/change/"
    assert staff.get(path).status_code == 200
    save(staff, path, **{**FIELDS, "double_opt_in": "on"})
    row.refresh_from_db()
    assert row.double_opt_in
    assert audited("purpose:club") == [actor(), actor()]
    assert "unification" in staff.get("/admin/consent/purpose/").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("key", "The Club", "A key is lower_snake"),
        ("default", "allowed", "What rests on consent is denied"),
        ("name", "[1]", "Expected"),
        ("name", '{"english": "x"}', "A language is a BCP 47 tag"),
        ("address_type", "fax", "identifier type that exists"),
        ("expires_after", "a year", "A duration is ISO 8601"),
        ("regions", '{"US-CA": "allowed"}', "Expected"),
        ("channels", "pigeon", "A channel is one of"),
    ],
)
def test_a_purpose_that_cannot_be_is_refused_in_the_admin(staff: Client, field: str, value: str, said: str) -> None:
    assert said in save(staff, ADD, **{"key": "club", **FIELDS, field: value})
    assert not Purpose.objects.filter(key="club").exists()


def test_notices_are_published_in_the_admin_and_never_changed(staff: Client) -> None:
    save(staff, "/admin/consent/notice/add/", **NOTICE)
    row = Notice.objects.get()
    assert (row.text, len(row.sha256)) == ("We write to members.", 64)
    assert audited("notice:club:1") == [actor()]
    assert "already exists" in save(staff, "/admin/consent/notice/add/", **{**NOTICE, "text": "Else."})
    assert "A language is" in save(staff, "/admin/consent/notice/add/", **{**NOTICE, "language": "english"})
    assert "Expected" in save(staff, "/admin/consent/notice/add/", **{**NOTICE, "version": "2", "terms": "[1]"})
    path = f"/admin/consent/notice/{row.pk}/change/"
    assert staff.get(path).status_code == 200
    assert staff.post(path, {**NOTICE, "text": "Else."}).status_code == 403
    assert Notice.objects.get().text == "We write to members."


def test_consent_ages_are_set_in_the_admin(staff: Client) -> None:
    save(staff, "/admin/consent/consentage/add/", country="JP", years="16")
    save(staff, "/admin/consent/consentage/JP/change/", years="15")
    assert ConsentAge.objects.get(country="JP").years == 15
    assert audited("consent_age:JP") == [actor(), actor()]
    assert "ISO 3166" in save(staff, "/admin/consent/consentage/add/", country="Japan", years="16")
    assert "An age is 0 to 25" in save(staff, "/admin/consent/consentage/JP/change/", years="99")


@pytest.mark.parametrize("path", ["purpose/unification", "consentage/DE"])
def test_nothing_of_it_is_deleted_in_the_admin(staff: Client, path: str) -> None:
    assert staff.post(f"/admin/consent/{path}/delete/", {"post": "yes"}).status_code == 403
    assert Purpose.objects.filter(key="unification").exists()
    assert ConsentAge.objects.filter(country="DE").exists()
