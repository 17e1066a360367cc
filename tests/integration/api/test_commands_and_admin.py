"""Keys and tokens from the command line, and the configuration in the admin."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from cxprofiles.models import ApiToken
from cxprofiles.tokens import find_token
from profiles.configuration import configuration
from profiles.credentials import digest_of
from profiles.models import ConfigurationChange, IdentifierType, Source, TraitRule
from tests.factories.staff import ADMINISTRATOR, make_staff, sign_in

WEB = ("web", "--channel", "web", "--trust", "public")


def run(*arguments: str) -> tuple[str, str]:
    """What a command writes to each of its streams."""
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_source_is_created_and_its_key_printed_once() -> None:
    out, err = run("create_source", *WEB, "--region", "de", "--rate-limit", "9", "--map", "traits.member=loyalty_id")
    key = out.splitlines()[-1]
    held = configuration()
    source = held.keys[digest_of(key)].source
    assert (source.name, source.channel, source.trusted, source.region) == ("web", "web", False, "DE")
    assert (source.rate_limit, source.mappings) == (9, {"traits.member": "loyalty_id"})
    assert err == ""


def test_json_is_the_last_line() -> None:
    out, _ = run("create_source", *WEB, "--json")
    made = json.loads(out.splitlines()[-1])
    assert made.keys() == {"source", "write_key"}
    assert made["source"] == "web"
    assert digest_of(made["write_key"]) in configuration().keys
    out, _ = run("create_token", "kiosk", "--scope", "recognise,profiles:read", "--scope", "admin", "--json")
    token = json.loads(out.splitlines()[-1])
    assert token.keys() == {"token"}
    found = find_token(digest_of(token["token"]))
    assert found is not None
    assert found.scopes == {"recognise", "profiles:read", "admin"}


def test_a_deployment_can_bring_its_own_keys() -> None:
    out, err = run("create_source", *WEB, "--key", "my-own-key-my-own-key", "--json")
    assert json.loads(out)["write_key"] == "my-own-key-my-own-key"
    assert err == ""
    out, err = run("create_token", "kiosk", "--scope", "admin", "--key", "short", "--json")
    assert json.loads(out) == {"token": "short"}
    assert "guessed" in err
    assert ApiToken.objects.get().hint == ""


def test_a_signing_secret_is_made_or_brought() -> None:
    out, _ = run("create_source", *WEB, "--signing-secret", "--json")
    made = json.loads(out)
    assert len(made["signing_secret"]) == 43
    assert Source.objects.get().signing_secret == made["signing_secret"]
    out, _ = run("create_source", "app", "--channel", "app", "--trust", "public", "--signing-secret", "mine")
    assert out.splitlines()[-1] == "mine"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("create_source", "x", "--channel", "pigeon", "--trust", "server"), "A channel is one of: web, app"),
        (("create_source", "x", "--channel", "web", "--trust", "blind"), "Trust is one of: server, public"),
        (("create_source", "x", "--channel", "web"), "--trust"),
        (("create_source", "", "--channel", "web", "--trust", "server"), "name is 1 to 100"),
        (("create_source", *WEB, "--region", "Germany"), "country code of two letters"),
        (("create_source", *WEB, "--rate-limit", "0"), "A rate limit is 1"),
        (("create_source", *WEB, "--rate-limit", "many"), "invalid int value"),
        (("create_source", *WEB, "--map", "traits.x"), "A mapping looks like"),
        (("create_source", *WEB, "--map", "traits.x=shoe_size"), "identifier type that exists"),
        (("create_source", *WEB, "--key", "a b"), "A key is 1 to 200 characters"),
        (("create_source", *WEB, "--key", "a:b"), "A key is 1 to 200 characters"),
        (("create_source", *WEB, "--key", ""), "A key is 1 to 200 characters"),
        (("create_token", "x"), "at least one scope of: recognise"),
        (("create_token", "x", "--scope", "everything"), "A scope is one of: recognise"),
        (("create_token", "x", "--scope", "admin", "--purpose", "curiosity"), "This purpose does not exist"),
        (("create_token", "x", "--scope", "admin", "--channel", "pigeon"), "A channel is one of"),
        (("create_token", "x", "--scope", "admin", "--key", "caf\xe9"), "A key is 1 to 200 characters"),
    ],
)
def test_a_wrong_word_is_answered_with_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence.replace(":", ".")):
        run(*arguments)
    assert not Source.objects.exists()
    assert not ApiToken.objects.exists()
    assert not ConfigurationChange.objects.exists()


def test_a_name_or_key_that_is_taken_is_answered_with_a_sentence() -> None:
    run("create_source", *WEB, "--key", "a-key-that-is-taken-now")
    run("create_token", "kiosk", "--scope", "admin", "--key", "a-token-that-is-taken")
    with pytest.raises(CommandError, match="A source of this name exists already"):
        run("create_source", *WEB)
    with pytest.raises(CommandError, match="This key is in use already"):
        run("create_source", "other", "--channel", "web", "--trust", "server", "--key", "a-key-that-is-taken-now")
    with pytest.raises(CommandError, match="A token of this name exists already"):
        run("create_token", "kiosk", "--scope", "admin")
    with pytest.raises(CommandError, match="This key is in use already"):
        run("create_token", "other", "--scope", "admin", "--key", "a-token-that-is-taken")
    assert (Source.objects.count(), ApiToken.objects.count()) == (1, 1)


@pytest.fixture
def staff() -> Client:
    """A browser in which a superuser is signed in."""
    return sign_in(Client(), make_staff(ADMINISTRATOR))


def audited(subject: str) -> list[str]:
    return list(ConfigurationChange.objects.filter(subject=subject).values_list("actor", flat=True))


def save(staff: Client, path: str, **fields: Any) -> str:
    """Post a form of the admin; the page that follows."""
    response = staff.post(path, fields, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def actor() -> str:
    return f"staff:{User.objects.get().pk}"


def test_types_are_set_in_the_admin_through_the_same_function(staff: Client) -> None:
    fields = {"rank": "40", "person": "on", "ownership": "first", "normaliser": "trim", "blocked": "TEST*\n\nnobody"}
    save(staff, "/admin/profiles/identifiertype/add/", name="member_no", **fields)
    row = IdentifierType.objects.get(name="member_no")
    assert row.blocked == ["TEST*", "nobody"]
    path = f"/admin/profiles/identifiertype/{row.pk}/change/"
    page = save(staff, path, **{**fields, "rank": "4"})
    assert "The type email has the rank 4 already" in page
    save(staff, path, **{**fields, "rank": "41", "per_profile": "2"})
    row.refresh_from_db()
    assert (row.rank, row.per_profile) == (41, 2)
    assert audited("identifier_type:member_no") == [actor(), actor()]
    page = save(staff, "/admin/profiles/identifiertype/add/", name="Not Snake", **fields)
    assert "lower_snake" in page


def test_sources_are_made_and_revoked_in_the_admin(staff: Client) -> None:
    fields = {"channel": "web", "trust": "public", "region": "DE", "rank": "100", "mappings": "{}"}
    fields |= {"consent_categories": '{"stats": "analytics"}', "consent_rules": '{"analytics": "keep"}'}
    page = save(staff, "/admin/profiles/source/add/", name="web", **fields)
    assert "cxw_" in page
    source = Source.objects.get()
    assert len(configuration().keys) == 1
    path = f"/admin/profiles/source/{source.pk}/change/"
    assert "cxw_" not in staff.get(path).content.decode()
    page = save(staff, path, **{**fields, "region": "Germany"})
    assert "country code of two letters" in page
    page = save(staff, path, **{**fields, "mappings": "[1]"})
    assert "Mappings are an object" in page
    for name, wrong, said in (
        ("consent_categories", '{"stats": 1}', "Consent categories are an object"),
        ("consent_categories", "[1]", "Consent categories are an object"),
        ("consent_categories", '{"stats": "curiosity"}', "purpose that does not exist"),
        ("consent_rules", '{"analytics": 1}', "Consent rules are an object"),
        ("consent_rules", '{"analytics": "burn"}', "A rule of a purpose is one of: keep"),
    ):
        assert said in save(staff, path, **{**fields, name: wrong})
    save(staff, path, **{**fields, "signing_secret": "hidden-secret"})
    save(staff, path, **{**fields, "rank": "7"})
    source.refresh_from_db()
    assert (source.rank, source.signing_secret) == (7, "hidden-secret")
    assert (source.consent_categories, source.consent_rules) == ({"stats": "analytics"}, {"analytics": "keep"})
    assert "hidden-secret" not in staff.get(path).content.decode()
    save(staff, "/admin/profiles/source/", action="revoke", _selected_action=str(source.pk))
    assert configuration().keys == {}
    assert audited("source:web") == [actor()] * 4


def test_tokens_are_made_and_revoked_in_the_admin(staff: Client) -> None:
    page = save(staff, "/admin/cxprofiles/apitoken/add/", name="kiosk", scopes=["recognise"], channels=["store"])
    assert "cxt_" in page
    token = ApiToken.objects.get()
    assert (token.scopes, token.purposes, token.channels) == (["recognise"], None, ["store"])
    assert "exists already" in save(staff, "/admin/cxprofiles/apitoken/add/", name="kiosk", scopes=["recognise"])
    save(staff, "/admin/cxprofiles/apitoken/", action="revoke", _selected_action=str(token.pk))
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert audited("token:kiosk") == [actor(), actor()]


def test_trait_rules_are_set_in_the_admin(staff: Client) -> None:
    save(staff, "/admin/profiles/traitrule/add/", name="shade", rule="earliest")
    save(staff, "/admin/profiles/traitrule/shade/change/", rule="max", category="preference")
    row = TraitRule.objects.get(name="shade")
    assert (row.rule, row.category) == ("max", "preference")
    assert "lower_snake word" in save(staff, "/admin/profiles/traitrule/shade/change/", rule="max", category="Not so")
    assert audited("trait:shade") == [actor(), actor()]
    assert "shade" in staff.get("/admin/profiles/configurationchange/").content.decode()
    assert "preference" in staff.get("/admin/profiles/traitrule/?category=preference").content.decode()


def test_nothing_is_deleted_in_the_admin_and_strangers_stay_out(staff: Client) -> None:
    row = IdentifierType.objects.get(name="email")
    assert staff.post(f"/admin/profiles/identifiertype/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert IdentifierType.objects.filter(name="email").exists()
    assert Client().get("/admin/profiles/source/").status_code == 302
