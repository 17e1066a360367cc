"""`manage.py verify_audit` on a log that somebody with all rights over the database has changed."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from consent.audit.chain import find_break, linked
from consent.audit.heads import make_head, sign_head
from consent.audit.log import LogDamaged, append_audit, write
from consent.audit.merkle import grow
from consent.audit.proofs import root_at
from consent.models import AuditEntry, AuditHead, AuditNode
from consent.signing import public_keys, rotate_key
from tests.integration.audit.worlds import append

pytestmark = pytest.mark.django_db

SIZE = 12


@pytest.fixture(autouse=True)
def log() -> None:
    """Twelve entries, heads over 5 and over all, signed with different keys."""
    append(5)
    sign_head()
    rotate_key()
    append(SIZE - 5)
    sign_head()


def verify(**options: Any) -> tuple[int, str]:
    """How the command ended, and what it said."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("verify_audit", stdout=out, stderr=err, **options)
    except SystemExit as end:
        return int(str(end.code)), err.getvalue()
    return 0, out.getvalue()


def tamper(statement: str, *values: Any) -> None:
    """As a superuser who switches the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = 'replica'")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = 'origin'")


def first_bad(said: str) -> int:
    return int(said.removeprefix("Damaged from entry ").split()[0])


def later_by_a_second(seq: int) -> str:
    entry: str = AuditEntry.objects.get(seq=seq).entry
    at = json.loads(entry)["at"]
    return entry.replace(at, at[:-3] + ("01Z" if at[-3:] == "00Z" else "00Z"))


def test_a_log_that_nobody_touched_is_whole() -> None:
    assert verify() == (0, f"Whole: {SIZE} entries, 2 signed heads.\n")


def test_an_empty_log_is_whole() -> None:
    tamper("DELETE FROM audit_entry")
    tamper("DELETE FROM audit_head")
    AuditNode.objects.all().delete()
    assert verify() == (0, "Whole: 0 entries, 0 signed heads.\n")


@pytest.mark.parametrize("seq", [1, 4, 5, 6, SIZE])
def test_a_second_more_in_one_entry_is_found(seq: int) -> None:
    tamper("UPDATE audit_entry SET entry = %s WHERE seq = %s", later_by_a_second(seq), seq)
    code, said = verify()
    assert (code, first_bad(said)) == (1, seq)


@pytest.mark.parametrize("seq", [1, 4, 5, SIZE - 1])
def test_an_entry_whose_own_hashes_were_worked_out_anew_is_found(seq: int) -> None:
    changed = linked(seq, later_by_a_second(seq).encode())
    values = (changed.entry.decode(), changed.digest, changed.leaf, seq)
    tamper("UPDATE audit_entry SET entry = %s, digest = %s, leaf = %s WHERE seq = %s", *values)
    code, said = verify()
    assert (code, first_bad(said)) == (1, seq)


@pytest.mark.parametrize(("seq", "found"), [(1, 1), (7, 7), (SIZE, SIZE)])
def test_an_entry_that_is_gone_is_found(seq: int, found: int) -> None:
    tamper("DELETE FROM audit_entry WHERE seq = %s", seq)
    code, said = verify()
    assert (code, first_bad(said)) == (1, found)


def rewrite(seq: int) -> None:
    """Change an entry and work out everything after it anew, the tree too; as somebody would who knows the code."""
    rows = list(AuditEntry.objects.order_by("seq"))
    links, prev = [], bytes(32)
    for row in rows:
        content = json.loads(row.entry if row.seq != seq else later_by_a_second(seq)) | {"prev": prev.hex()}
        links.append(linked(row.seq, json.dumps(content, sort_keys=True, separators=(",", ":")).encode()))
        prev = links[-1].digest
    assert find_break(links) is None
    tamper("DELETE FROM audit_entry")
    AuditNode.objects.all().delete()
    write(links, grow(0, {}, [link.leaf for link in links]))


@pytest.mark.parametrize(("seq", "first"), [(2, 1), (5, 1), (6, 6), (SIZE, 6)])
def test_a_log_that_was_written_anew_does_not_fit_the_next_signed_head(seq: int, first: int) -> None:
    rewrite(seq)
    code, said = verify()
    assert (code, first_bad(said)) == (1, first)
    assert "written anew" in said


def test_not_even_who_signs_new_heads_can_hide_it_from_a_head_that_was_kept(tmp_path: Path) -> None:
    kept = tmp_path / "head.json"
    kept.write_text(json.dumps({"size": SIZE, "head": AuditHead.objects.get(size=SIZE).jws}))
    assert verify(from_head=str(kept))[0] == 0
    rewrite(2)
    for head in AuditHead.objects.all():
        tamper("DELETE FROM audit_head WHERE size = %s", head.size)
        make_head(head.size, root_at(head.size), head.at)
    assert verify()[0] == 0
    code, said = verify(from_head=str(kept))
    assert code == 1
    assert "kept elsewhere" in said


def test_a_head_over_more_than_there_is_tells_that_the_end_is_missing() -> None:
    for seq in (SIZE - 1, SIZE):
        tamper("DELETE FROM audit_entry WHERE seq = %s", seq)
    code, said = verify()
    assert (code, first_bad(said)) == (1, SIZE - 1)
    assert f"Entries {SIZE - 1} to {SIZE} are missing" in said


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_head SET root = sha256(root) WHERE size = 12",
        "UPDATE audit_head SET at = at + interval '1 second' WHERE size = 12",
        "UPDATE audit_head SET jws = reverse(jws) WHERE size = 12",
        "UPDATE audit_head SET jws = (SELECT jws FROM audit_head WHERE size = 5) WHERE size = 12",
    ],
)
def test_a_changed_head_is_found(statement: str) -> None:
    tamper(statement)
    code, said = verify()
    assert (code, first_bad(said)) == (1, 6)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_node SET digest = sha256(digest) WHERE level = 1 AND position = 2", 5),
        ("DELETE FROM audit_node WHERE level = 0 AND position = 6", 7),
        ("INSERT INTO audit_node VALUES (1, 70, sha256('x'))", SIZE + 1),
    ],
)
def test_damage_to_the_stored_tree_is_found(statement: str, found: int) -> None:
    tamper(statement)
    code, said = verify()
    assert (code, first_bad(said)) == (1, found)


def test_a_tree_that_alone_is_damaged_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consent.audit.verifying.CHUNK", 5)
    tamper("DELETE FROM audit_node WHERE level = 3")
    tamper("UPDATE audit_node SET digest = sha256(digest) WHERE level = 1")
    assert verify()[0] == 1
    with pytest.raises(LogDamaged):
        append(1)
    whole = f"Made the tree over {SIZE} entries anew.\nWhole: {SIZE} entries, 2 signed heads.\n"
    assert verify(rebuild_tree=True) == (0, whole)
    append(1)
    assert verify()[0] == 0


def test_making_the_tree_anew_hides_no_change_of_an_entry() -> None:
    tamper("UPDATE audit_entry SET entry = %s WHERE seq = %s", later_by_a_second(4), 4)
    code, said = verify(rebuild_tree=True)
    assert (code, first_bad(said)) == (1, 4)


def test_a_log_of_several_chunks_is_read_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consent.audit.verifying.CHUNK", 5)
    assert verify()[0] == 0
    tamper("UPDATE audit_entry SET entry = %s WHERE seq = %s", later_by_a_second(11), 11)
    assert first_bad(verify()[1]) == 11


def test_keys_that_were_saved_earlier_are_enough(tmp_path: Path) -> None:
    saved = tmp_path / "jwks.json"
    saved.write_text(json.dumps(public_keys()))
    assert verify(jwks=str(saved))[0] == 0
    saved.write_text(json.dumps({"keys": []}))
    assert verify(jwks=str(saved))[0] == 1


@pytest.mark.parametrize("content", ["", "{}", "a.b.c", "\x00"])
def test_a_file_without_a_head_is_refused_with_a_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "head.txt"
    file.write_text(content)
    with pytest.raises(CommandError, match="holds no good head"):
        verify(from_head=str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        verify(from_head=str(tmp_path / "missing"))


def test_the_entries_that_came_after_are_no_damage() -> None:
    append_audit(type="retention.applied", content={"counts": {"message": 3}})
    assert verify() == (0, f"Whole: {SIZE + 1} entries, 2 signed heads.\n")
