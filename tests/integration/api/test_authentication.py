"""Tokens at the door of the API: known, in time, with the scope; and ended at once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from cxprofiles.models import ApiToken
from cxprofiles.tokens import find_token, revoke_token
from profiles.configuration import read_version
from profiles.credentials import digest_of
from tests.factories.callers import Caller

PATH = "/v1/identity/types"


def ask(authorization: str | None) -> "tuple[int, str, bytes]":
    headers = {} if authorization is None else {"Authorization": authorization}
    response = Client().get(PATH, headers=headers)
    return response.status_code, response.headers.get("WWW-Authenticate", ""), response.content


def test_without_a_token_the_answer_is_a_challenge() -> None:
    status, challenge, body = ask(None)
    assert (status, challenge) == (401, 'Bearer realm="cxprofiles"')
    assert b"create_token" in body


@pytest.mark.parametrize(
    "authorization",
    ["Bearer ", "Bearer nonsense", "bearer nonsense", "Bearer " + "x" * 5000, "Bearer caf\xe9", "Bearer a b"],
)
def test_a_token_that_is_not_known_is_refused_as_invalid(authorization: str) -> None:
    status, challenge, body = ask(authorization)
    assert (status, challenge) == (401, 'Bearer realm="cxprofiles", error="invalid_token"')
    assert authorization.partition(" ")[2].encode() not in body or not authorization.partition(" ")[2]


def test_basic_credentials_are_no_token() -> None:
    assert ask("Basic eDo=")[0] == 401


def test_the_scheme_may_be_written_in_any_case() -> None:
    assert ask(f"bearer {Caller('admin').token}")[0] == 200


def test_the_scope_that_is_missing_is_named() -> None:
    caller = Caller("recognise", "profiles:write", "consent:write", "privacy")
    answered = caller.get(PATH)
    assert answered.status == 403
    assert answered.content["detail"] == "This token lacks the scope that this needs: admin."
    challenge = 'Bearer realm="cxprofiles", error="insufficient_scope", scope="admin"'
    assert answered.headers["www-authenticate"] == challenge


def test_a_head_needs_what_a_get_needs() -> None:
    assert Client().head(PATH).status_code == 401
    reader = Caller("profiles:read")
    assert reader.ask("HEAD", PATH).status == 403
    assert Caller("admin").ask("HEAD", PATH).status == 200


def test_a_method_that_is_not_served_is_never_let_through() -> None:
    for method in ("OPTIONS", "PATCH", "TRACE", "POST", "LOCK"):
        assert Caller().ask(method, PATH).status == 405


def test_admin_is_a_scope_and_implies_no_other() -> None:
    caller = Caller("admin")
    assert caller.post("/v1/profiles/lookup", {}).status == 403
    assert caller.get(PATH).status == 200


def test_a_revoked_token_ends_at_once() -> None:
    caller = Caller("admin")
    assert caller.get(PATH).status == 200
    revoke_token(name=caller.name, actor="test")
    assert caller.get(PATH).status == 401


def test_a_token_ends_when_it_expires() -> None:
    caller = Caller("admin", expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert caller.get(PATH).status == 200
    past = datetime.now(UTC) - timedelta(seconds=1)
    ApiToken.objects.filter(name=caller.name).update(expires_at=past)
    caller_two = Caller("admin")  # raises the version, so that the change is read
    assert caller_two.get(PATH).status == 200
    assert caller.get(PATH).status == 401


def test_only_the_digest_of_a_token_is_stored() -> None:
    caller = Caller("admin")
    row = ApiToken.objects.get(name=caller.name)
    assert bytes(row.digest) == digest_of(caller.token)
    assert row.hint == caller.token[-4:]
    assert caller.token.startswith("cxt_")
    assert len(caller.token) == 47  # 256 bits in base64


def test_tokens_are_found_in_memory_once_their_version_is_known(django_assert_num_queries: object) -> None:
    caller = Caller("admin", "recognise", purposes=["service"], channels=["web"])
    version = read_version()
    digest = digest_of(caller.token)
    assert find_token(digest, version) is not None
    with django_assert_num_queries(0):  # type: ignore[operator]
        found = find_token(digest, version)
    assert found is not None
    assert found.name == caller.name
    assert found.scopes == frozenset({"admin", "recognise"})
    assert found.may_use_purpose("service")
    assert not found.may_use_purpose("analytics")
    assert found.may_use_channel("web")
    assert not found.may_use_channel("app")
    assert find_token(b"\x00" * 32, version) is None
