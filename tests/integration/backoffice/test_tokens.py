"""Tokens for staff: listed by hint, made and shown once, ended for good; privacy callers and receipt keys."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import uuid_utils
from django.test import Client

from consent.access import Access, record_access
from consent.models import Caller, SigningKey
from consent.signing import active_key
from cxprofiles.models import ApiToken
from cxprofiles.tokens import create_token, find_token
from profiles.credentials import digest_of
from profiles.models import ConfigurationChange
from profiles.privacy.callers import give_token, put_caller

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]
HERE = "/backoffice/tokens/"


def test_a_token_is_shown_once_and_works(staff: Staff) -> None:
    operator = staff("operator")
    form = {"name": "till", "scopes": ["recognise"], "purposes": ["service"], "channels": ["store"]}
    page = operator.post(f"{HERE}new/", form, follow=True)
    token = page.content.decode().split('<code class="secret">')[1].split("<")[0]
    found = find_token(digest_of(token))
    assert found is not None
    assert (found.name, found.scopes, found.purposes, found.channels) == (
        "till",
        frozenset({"recognise"}),
        frozenset({"service"}),
        frozenset({"store"}),
    )
    row = ApiToken.objects.get()
    for path in (HERE, f"{HERE}{row.id}/"):
        shown = operator.get(path).content.decode()
        assert token not in shown
        assert f"…{token[-4:]}" in shown


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "", "scopes": ["admin"]}, "1 to 100 printable characters"),
        ({"name": "a/b", "scopes": ["admin"]}, "1 to 100 printable characters"),
        ({"name": "a", "scopes": []}, "at least one thing"),
        ({"name": "a", "scopes": ["everything"]}, "at least one thing"),
        ({"name": "a", "scopes": ["admin"], "purposes": ["nonsense"]}, "purposes that exist"),
        ({"name": "a", "scopes": ["admin"], "channels": ["fax"]}, "channels that are listed"),
        ({"name": "a", "scopes": ["admin"], "expires_at": "2001-01-01"}, "a day in the future"),
        ({"name": "a", "scopes": ["admin"], "expires_at": "soon"}, "a day in the future"),
        ({"name": "taken", "scopes": ["admin"]}, "has this name already"),
        ({"name": "a\x00", "scopes": ["admin"]}, "cannot be stored"),
    ],
)
def test_what_no_token_can_be_is_refused_on_the_form(staff: Staff, form: dict[str, Any], said: str) -> None:
    create_token(name="taken", scopes=["admin"], actor="test")
    answer = staff("operator").post(f"{HERE}new/", form)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert ApiToken.objects.count() == 1


def test_a_token_ends_once_its_name_was_typed(staff: Staff) -> None:
    token = create_token(name="till", scopes=["recognise"], actor="test")
    row = ApiToken.objects.get()
    operator = staff("operator")
    refused = operator.post(f"{HERE}{row.id}/revoke/", {"confirm": "tell"})
    assert refused.status_code == 422
    assert find_token(digest_of(token)) is not None
    page = operator.post(f"{HERE}{row.id}/revoke/", {"confirm": "till"}, follow=True).content.decode()
    assert "opens nothing any more" in page
    assert find_token(digest_of(token)) is None
    change = ConfigurationChange.objects.order_by("-id")[0]
    assert (change.subject, change.actor[:6]) == ("token:till", "staff:")
    assert operator.post(f"{HERE}{row.id}/revoke/", {"confirm": "till"}).status_code == 303


def test_what_ends_soon_and_what_was_read_last_is_pointed_out(staff: Staff) -> None:
    now = datetime.now(UTC)
    create_token(name="ending", scopes=["recognise"], actor="test", expires_at=now + timedelta(days=9))
    create_token(name="lasting", scopes=["recognise"], actor="test", expires_at=now + timedelta(days=90))
    record_access(
        Access(UUID(bytes=uuid_utils.uuid7().bytes), now, "token:lasting", "recognise", None, "service", True)
    )
    page = staff("operator").get(HERE).content.decode()
    soon = page.split("Ending within 30 days:")[1].split("</div>")[0]
    assert "ending" in soon
    assert "lasting" not in soon
    assert "just now" in page


def test_callers_are_listed_given_tokens_and_shut_out(staff: Staff) -> None:
    put_caller(protocol="opendsr", name="shop", actor="test", display_name="The shop")
    give_token(protocol="opendsr", name="shop", actor="test")
    operator = staff("operator")
    assert "The shop" in operator.get(f"{HERE}callers/").content.decode()
    before = bytes(Caller.objects.get().token_digest or b"")
    assert operator.post(f"{HERE}callers/opendsr/shop/token/", {"confirm": ""}).status_code == 422
    made = operator.post(f"{HERE}callers/opendsr/shop/token/", {"confirm": "shop"}, follow=True).content.decode()
    token = made.split('<code class="secret">')[1].split("<")[0]
    assert bytes(Caller.objects.get().token_digest or b"") == digest_of(token) != before
    assert operator.post(f"{HERE}callers/opendsr/shop/end/", {"confirm": "x"}).status_code == 422
    operator.post(f"{HERE}callers/opendsr/shop/end/", {"confirm": "shop"})
    assert Caller.objects.get().revoked_at is not None
    assert operator.post(f"{HERE}callers/opendsr/shop/token/", {"confirm": "shop"}).status_code == 409


def test_a_new_receipt_key_is_made_once_the_word_was_typed(staff: Staff) -> None:
    first = active_key().kid
    operator = staff("operator")
    assert operator.post(f"{HERE}keys/rotate/", {"confirm": "yes"}).status_code == 422
    assert active_key().kid == first
    page = operator.post(f"{HERE}keys/rotate/", {"confirm": "rotate"}, follow=True).content.decode()
    assert active_key().kid != first
    assert str(first) in page, "the earlier key stays"
    assert SigningKey.objects.count() == 2
    assert ConfigurationChange.objects.get(subject="receipt_key").before == {"kid": first}


@pytest.mark.parametrize(
    "path", ["999999/", f"{2**40}/", "callers/opendsr/nobody/", "callers/x/y/", "callers/drp/a%00/"]
)
def test_what_is_not_there_is_not_there(staff: Staff, path: str) -> None:
    assert staff("operator").get(HERE + path).status_code == 404


def test_an_auditor_sees_and_changes_nothing(staff: Staff) -> None:
    create_token(name="till", scopes=["recognise"], actor="test")
    put_caller(protocol="opendsr", name="shop", actor="test")
    id_ = ApiToken.objects.get().id
    auditor = staff("auditor")
    for path in ("", f"{id_}/", "callers/", "callers/opendsr/shop/", "keys/"):
        page = auditor.get(HERE + path)
        assert page.status_code == 200
        assert 'name="confirm"' not in page.content.decode()
    for path in ("new/", f"{id_}/revoke/", "callers/opendsr/shop/end/", "callers/opendsr/shop/token/", "keys/rotate/"):
        assert auditor.post(HERE + path, {"confirm": "till"}).status_code == 403
    assert staff("steward").get(HERE).status_code == 403


def test_thousands_of_tokens_cost_no_more_queries(staff: Staff, django_assert_max_num_queries: Any) -> None:
    ApiToken.objects.bulk_create(
        ApiToken(
            name=f"token-{n}",
            digest=n.to_bytes(32, "big"),
            hint="abcd",
            scopes=["recognise"],
            revoked_at=datetime.now(UTC) if n % 3 == 0 else None,
        )
        for n in range(3000)
    )
    Caller.objects.bulk_create(Caller(protocol="opendsr", name=f"c{n}") for n in range(1000))
    operator = staff("operator")
    for query in ("", "?shown=all", "?shown=ended", "?q=token-2", "?before=abc", f"?before={10**30}", "?q=%00"):
        with django_assert_max_num_queries(15):
            page = operator.get(HERE + query)
        assert page.status_code == 200, query
    assert "before=" in operator.get(HERE).content.decode()
    for path in ("callers/", "keys/", "new/"):
        with django_assert_max_num_queries(15):
            assert operator.get(HERE + path).status_code == 200
