"""Settings come from the environment; a wrong one stops the start with a sentence, and never repeats a secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cxprofiles.settings import broker_address, read_database_url, read_list, read_redis_url, read_switch

REPOSITORY = Path(__file__).resolve().parent.parent.parent
KEY = "k" * 40


def start(
    folder: Path, shown: str = "s.DATABASES['default']['HOST'], s.REDIS_URL, s.ALLOWED_HOSTS", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Import the settings in a process of their own and print what some of them became."""
    return subprocess.run(
        [sys.executable, "-c", f"from django.conf import settings as s; print({shown})"],
        cwd=REPOSITORY,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "cxprofiles.settings",
            "CXPROFILES_DATA_DIR": str(folder),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("DATABASE_URL", "mysql://u:hidden-word@h/n", "it must look like postgresql://user:password@host:5432/name."),
        ("DATABASE_URL", "postgresql://u:hidden-word@h:5432", "it names no database: end it with /name."),
        ("DATABASE_URL", "postgresql://u:hidden-word@h/n?nonsense=1", "it is no address that PostgreSQL understands."),
        ("REDIS_URL", "localhost:6379", "it must look like redis://host:6379/0, rediss://host:6379/0 or unix:///"),
        ("SECRET_KEY", "hidden-word", "it needs at least 32 characters"),
        ("BEHIND_TLS", "maybe", "say 1 or 0."),
        ("RECEIPT_SECRET", "hidden-word", "it needs at least 32 characters"),
        ("CONSENT_CONTROLLER", "{hidden-word", "it is not JSON."),
        ("CONSENT_CONTROLLER", '["hidden-word"]', "Terms are a JSON object."),
        ("CONSENT_CONTROLLER", '{"jurisdiction": 7}', "jurisdiction is a string."),
        ("CSRF_TRUSTED_ORIGINS", "profiles.example.org", "each origin has a scheme and a host"),
        ("OPENDSR_PRIVATE_KEY", "/no/hidden-word.pem", "there is no such file."),
        ("OPENDSR_DOMAIN", "https://hidden-word", "it is the name of a host, such as profiles.example.org."),
        ("OPENDSR_LENIENT", "hidden-word", "say 1 or 0."),
        ("OIDC_ISSUER", "http://hidden-word.example", "it begins with https: what it says is believed for being said"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_sentence(tmp_path: Path, name: str, value: str, what: str) -> None:
    started = start(tmp_path, **{"SECRET_KEY": KEY, name: value})
    assert started.returncode == 1
    assert started.stderr.startswith(f"cxprofiles: the setting {name} is wrong: {what}")
    assert len(started.stderr.splitlines()) == 1
    assert "hidden-word" not in started.stderr


def test_behind_tls_cookies_come_from_this_host_alone_and_over_tls(tmp_path: Path) -> None:
    shown = "s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE"
    assert start(tmp_path, shown, SECRET_KEY=KEY).stdout.split() == ["session", "csrftoken", "False", "False"]
    behind = start(tmp_path, shown, SECRET_KEY=KEY, BEHIND_TLS="1").stdout.split()
    assert behind == ["__Host-session", "__Host-csrftoken", "True", "True"]


def test_a_key_without_its_certificate_stops_the_start(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("a key")
    started = start(tmp_path, SECRET_KEY=KEY, OPENDSR_PRIVATE_KEY=str(key))
    assert started.returncode == 1
    assert "give OPENDSR_PRIVATE_KEY and OPENDSR_CERTIFICATE together" in started.stderr


def test_nothing_reaches_a_database_without_the_deployments_own_key(tmp_path: Path) -> None:
    started = start(tmp_path, DATABASE_URL="postgresql://u@h/n")
    assert started.returncode == 1
    assert "SECRET_KEY is not" in started.stderr


def test_the_data_folder_keeps_the_key_where_the_environment_gives_none(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text(KEY)
    assert start(tmp_path, DATABASE_URL="postgresql://u@elsewhere/n").stdout.startswith("elsewhere ")


def test_this_machines_own_names_are_always_allowed(tmp_path: Path) -> None:
    assert (
        start(tmp_path, ALLOWED_HOSTS="a.example, b.example")
        .stdout.strip()
        .endswith("['localhost', '127.0.0.1', '[::1]', 'a.example', 'b.example']")
    )


def test_a_database_address_keeps_every_part() -> None:
    assert read_database_url("postgresql://ann:p%40ss@db.example:6543/cx?sslmode=require") == {
        "NAME": "cx",
        "USER": "ann",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6543",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_database_address_may_name_a_socket() -> None:
    read = read_database_url("postgresql://cxprofiles@/cxprofiles?host=/run/a%20b")
    assert (read["HOST"], read["PORT"], read["OPTIONS"]) == ("/run/a b", "", {})


@pytest.mark.parametrize(
    ("given", "client", "broker"),
    [
        ("redis://h:6379/2", "redis://h:6379/2", "redis://h:6379/2"),
        ("rediss://:word@h/0", "rediss://:word@h/0", "rediss://:word@h/0"),
        ("unix:///run/v.sock?db=3", "unix:///run/v.sock?db=3", "redis+socket:///run/v.sock?virtual_host=3"),
        ("redis+socket:///run/v.sock", "unix:///run/v.sock?db=0", "redis+socket:///run/v.sock?virtual_host=0"),
        (
            "redis+socket:///run/v.sock?virtual_host=4",
            "unix:///run/v.sock?db=4",
            "redis+socket:///run/v.sock?virtual_host=4",
        ),
    ],
)
def test_a_brokers_address_is_understood_in_both_spellings(given: str, client: str, broker: str) -> None:
    assert read_redis_url(given) == client
    assert broker_address(client) == broker


def test_switches_and_lists() -> None:
    assert [read_switch(word) for word in ("1", "TRUE", "on", "0", "no")] == [True, True, True, False, False]
    assert read_list(" a, ,b ,") == ["a", "b"]
