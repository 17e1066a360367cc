"""`manage.py create_staff`: how the first administrator of an installation comes in."""

import io
import sys
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from cxprofiles.stack.folder import Endpoints
from profiles.models import ConfigurationChange

pytestmark = pytest.mark.django_db
PASSWORD = "three plain words more"


def create(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_staff", *arguments, stdout=out)
    return out.getvalue()


def test_a_link_is_printed_that_sets_the_password() -> None:
    said = create("ada", "--email", "Ada@staff.example", "--superuser", "--url", "http://testserver/")
    link = said.splitlines()[-1]
    assert link.startswith("http://testserver/accounts/password/reset/key/")
    client = Client()
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    ada = User.objects.get()
    assert (ada.email, ada.is_superuser, ada.check_password(PASSWORD)) == ("ada@staff.example", True, True)
    assert ConfigurationChange.objects.get().actor == "command:create_staff"


RUNNING = Endpoints(database_url="", redis_url="", run_dir="", url="http://127.0.0.1:8931")


@pytest.mark.parametrize(
    ("public_url", "running", "begins"),
    [
        ("https://profiles.example.org", RUNNING, "https://profiles.example.org/accounts/"),
        ("", RUNNING, "http://127.0.0.1:8931/accounts/"),
        ("", None, "/accounts/"),
    ],
)
def test_the_link_begins_with_the_address_that_is_known(
    settings: Any, public_url: str, running: Endpoints | None, begins: str
) -> None:
    settings.PUBLIC_URL, settings.STACK = public_url, running
    said = create("ada", "--email", "ada@staff.example", "--superuser").splitlines()
    assert said[1].startswith(begins)
    assert ("--url" in said[-1]) is (begins == "/accounts/")


def test_a_password_is_taken_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    said = create("ben", "--email", "ben@staff.example", "--role", "steward,auditor", "--password-from-stdin")
    assert "password/reset" not in said and PASSWORD not in said
    ben = User.objects.get()
    assert ben.check_password(PASSWORD)
    assert {group.name for group in ben.groups.all()} == {"steward", "auditor"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ada", "--email", "ada"], "no address"),
        (["ada", "--email", "ada@staff.example"], "at least one role"),
        (["ada", "--email", "ada@staff.example", "--role", "king"], "A role is one of"),
        (["a da", "--email", "ada@staff.example", "--role", "steward"], "A user name is"),
        (["ada", "--email", "ada@staff.example", "--role", "steward", "--url", "ftp://x"], "--url is wrong"),
    ],
)
def test_a_wrong_person_is_refused_in_a_sentence(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        create(*arguments)
    assert not User.objects.exists()


@pytest.mark.parametrize("typed", ["", "short\n", "password1234\n"])
def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    with pytest.raises(CommandError):
        create("ben", "--email", "ben@staff.example", "--role", "steward", "--password-from-stdin")
    assert not User.objects.exists()


def test_a_name_is_given_once() -> None:
    fields: Any = ("--email", "ada@staff.example", "--superuser")
    create("ada", *fields)
    with pytest.raises(CommandError, match="has this user name already"):
        create("Ada", *fields)
