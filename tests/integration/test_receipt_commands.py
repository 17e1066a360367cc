"""The commands about receipts; checking one needs no database, which is tried where there is none."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from consent.models import SigningKey
from consent.receipts import json_ld
from consent.signatures import derive_key, derived_keys, sign_receipt
from tests.factories.receipts import ID, RECORD

REPOSITORY = Path(__file__).resolve().parent.parent.parent
SECRET = "a receipt secret that is long enough"
KEY = derive_key(SECRET.encode(), 50)
RECEIPT = sign_receipt(json_ld(RECORD), KEY)
GENUINE = f"""Genuine: receipt {ID}, issued at 2026-03-01 10:00:00 UTC.
  marketing.email: Given at 2026-03-01 10:00:00 UTC
  ads.sale_share: Refused at 2026-03-01 10:00:00 UTC
"""


def run(folder: Path, *arguments: str, sent: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process that has no stack, no database and no key but those that are given."""
    return subprocess.run(
        [sys.executable, str(REPOSITORY / "manage.py"), "verify_receipt", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "CXPROFILES_DATA_DIR": str(folder / "no-data"), **environment},
        input=sent,
        capture_output=True,
        text=True,
        check=False,
    )


def write(folder: Path, name: str, text: str) -> str:
    """A file in the folder; its name."""
    (folder / name).write_text(text)
    return name


def test_a_receipt_is_checked_with_the_keys_that_the_secret_gives(tmp_path: Path) -> None:
    done = run(tmp_path, write(tmp_path, "receipt.jws", RECEIPT), RECEIPT_SECRET=SECRET)
    assert (done.returncode, done.stdout, done.stderr) == (0, GENUINE, "")
    assert not (tmp_path / "no-data").exists()


def test_a_receipt_is_checked_with_published_keys_alone(tmp_path: Path) -> None:
    keys = write(tmp_path, "jwks.json", json.dumps(derived_keys(SECRET.encode(), 50)))
    done = run(tmp_path, write(tmp_path, "answer.json", json.dumps({"receipt": RECEIPT})), "--jwks", keys)
    assert (done.returncode, done.stdout, done.stderr) == (0, GENUINE, "")


def test_a_database_that_is_away_is_not_asked(tmp_path: Path) -> None:
    away = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "SECRET_KEY": "k" * 40, "RECEIPT_SECRET": SECRET}
    done = run(tmp_path, "-", sent=RECEIPT, **away)
    assert (done.returncode, done.stdout, done.stderr) == (0, GENUINE, "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"{RECEIPT[:-6]}AAAAAA", "Not valid. The signature does not fit"),
        ("nonsense", "Not valid. This is not a signed receipt"),
        ("A" * 300_000, "Not valid. This is too long"),
        (sign_receipt(json_ld(RECORD), derive_key(b"stranger", 1)), "Not valid. No known key has signed this receipt"),
    ],
)
def test_a_receipt_that_is_not_genuine_ends_with_one_and_the_reason(tmp_path: Path, text: str, sentence: str) -> None:
    done = run(tmp_path, write(tmp_path, "receipt.jws", text), RECEIPT_SECRET=SECRET)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.splitlines()) == 1


def test_a_genuine_receipt_that_says_little_is_told_as_far_as_it_can_be(tmp_path: Path) -> None:
    little = sign_receipt({"dct:identifier": "7", "dpv:hasProcess": {}}, KEY)
    done = run(tmp_path, write(tmp_path, "receipt.jws", little), RECEIPT_SECRET=SECRET)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "Genuine: receipt 7, issued at a time that it does not say."


@pytest.mark.parametrize("keys", ["nonsense", "[]", '{"keys": 1}'])
def test_keys_that_cannot_be_read_end_with_one_and_a_sentence(tmp_path: Path, keys: str) -> None:
    receipt = write(tmp_path, "receipt.jws", RECEIPT)
    done = run(tmp_path, receipt, "--jwks", write(tmp_path, "jwks.json", keys))
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not a set of keys as /.well-known/jwks.json publishes it." in done.stderr


def test_a_file_that_is_not_there_ends_with_one_and_a_sentence(tmp_path: Path) -> None:
    done = run(tmp_path, "nowhere.jws", RECEIPT_SECRET=SECRET)
    assert (done.returncode, done.stdout) == (1, "")
    assert "The file nowhere.jws cannot be read: No such file or directory." in done.stderr


@pytest.mark.django_db
def test_a_key_is_rotated_by_command(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rotate_receipt_key")
    call_command("rotate_receipt_key")
    held = SigningKey.objects.get(active=True)
    assert held.id == 2
    assert capsys.readouterr().out.splitlines()[-1] == f"The key {held.kid} signs from now on."
