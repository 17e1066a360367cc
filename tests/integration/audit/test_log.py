"""The audit log in the database: appending, heads and proofs."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from consent.audit.chain import find_break, linked
from consent.audit.checking import read_head
from consent.audit.contents import NotForTheLog
from consent.audit.heads import NoHeadYet, latest_head, sign_head
from consent.audit.log import LogDamaged, append_all, append_audit, read_nodes
from consent.audit.merkle import NoSuchTree, extends, includes
from consent.audit.proofs import prove_consistency, prove_inclusion, root_at, still_begins_with
from consent.models import AuditEntry, AuditHead, AuditNode
from consent.signing import public_keys
from tests.integration.audit.worlds import append

APPENDERS, EACH = 6, 5


def stored_links() -> list[tuple[int, bytes, bytes]]:
    rows = AuditEntry.objects.order_by("seq").values_list("seq", "digest", "leaf")
    return [(seq, bytes(digest), bytes(leaf)) for seq, digest, leaf in rows]


def is_whole() -> bool:
    return find_break(linked(row.seq, row.entry.encode()) for row in AuditEntry.objects.order_by("seq")) is None


@pytest.mark.django_db
def test_entries_are_numbered_and_chained() -> None:
    first = append_audit(type="consent.granted", content={"purpose": "analytics"})
    rest = append_all([("consent.withdrawn", {"purpose": "analytics"}), ("request.closed", {"state": "completed"})])
    assert [first.seq, *(one.seq for one in rest)] == [1, 2, 3]
    assert [digest for _, digest, _ in stored_links()] == [first.digest, *(one.digest for one in rest)]
    assert is_whole()
    assert append_all([]) == []


@pytest.mark.django_db
def test_what_could_name_somebody_is_refused_and_nothing_is_written() -> None:
    with pytest.raises(NotForTheLog):
        append_all([("consent.granted", {"purpose": "analytics"}), ("request.closed", {"reason": "ann@example.org"})])
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["audit_entry", "audit_head"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_to_rewrite_it(table: str, statement: str) -> None:
    append(1)
    sign_head()
    column = "seq" if table == "audit_entry" else "size"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL cxprofiles.may_truncate = 'off'")
        with pytest.raises(DatabaseError, match="append-only"):
            cursor.execute(statement.format(table, column, column))


@pytest.mark.django_db
def test_proofs_of_the_stored_log_prove() -> None:
    append(21)
    links = stored_links()
    for size in (1, 8, 13, 21):
        for seq in range(1, size + 1):
            path = prove_inclusion(seq=seq, size=size)
            assert includes(leaf=links[seq - 1][2], index=seq - 1, size=size, path=path, root=root_at(size))
        for first in range(1, size + 1):
            proof = prove_consistency(first=first, size=size)
            assert extends(first=first, first_root=root_at(first), size=size, root=root_at(size), proof=proof)
            assert still_begins_with(size=first, root=root_at(first))
            assert not still_begins_with(size=first, root=bytes(32))
    assert not still_begins_with(size=22, root=root_at(21))
    assert not still_begins_with(size=0, root=root_at(21))


@pytest.mark.django_db
def test_there_are_no_proofs_of_what_is_not_in_the_log() -> None:
    with pytest.raises(NoSuchTree):
        root_at(1)
    append(2)
    for seq, size in ((0, 2), (3, 2), (1, 3), (1, 0)):
        with pytest.raises(NoSuchTree):
            prove_inclusion(seq=seq, size=size)
        with pytest.raises(NoSuchTree):
            prove_consistency(first=max(seq, 3), size=size)


@pytest.mark.django_db
def test_a_head_states_the_log_once_for_each_size() -> None:
    assert sign_head() is None
    with pytest.raises(NoHeadYet):
        latest_head()
    append(3)
    head = sign_head()
    assert head is not None
    again = sign_head()
    assert again is not None
    assert again.jws == head.jws == latest_head().jws
    stated = read_head(head.jws, public_keys())
    assert (stated.size, stated.root) == (3, root_at(3))
    append(1)
    sign_head()
    assert list(AuditHead.objects.values_list("size", flat=True)) == [3, 4]


@pytest.mark.django_db
def test_nothing_is_appended_to_a_tree_that_lacks_nodes() -> None:
    append(5)
    AuditNode.objects.filter(level=2).delete()
    for attempt in (lambda: append(1), lambda: sign_head(), lambda: read_nodes({(2, 0)})):
        with pytest.raises(LogDamaged):
            attempt()


@pytest.mark.django_db(transaction=True)
def test_many_append_at_once_without_gap_or_fork() -> None:
    def work(number: int) -> None:
        try:
            for turn in range(EACH):
                try:
                    with transaction.atomic():
                        append(1)
                        if turn == number % EACH:
                            raise IntegrityError  # its entry must leave no gap
                except IntegrityError:
                    pass
                sign_head()
        finally:
            connection.close()

    with ThreadPoolExecutor(APPENDERS) as pool:
        list(pool.map(work, range(APPENDERS)))
    expected = APPENDERS * (EACH - 1)
    assert [seq for seq, _, _ in stored_links()] == list(range(1, expected + 1))
    assert is_whole()
    heads = {head.size: bytes(head.root) for head in AuditHead.objects.all()}
    assert heads
    assert heads == {size: root_at(size) for size in heads}
