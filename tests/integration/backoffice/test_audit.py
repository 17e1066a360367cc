"""The audit log, the trail of changes and the access log, as staff read and check them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import uuid_utils
from django.db import connection
from django.test import Client

from consent.access import Access, record_accesses
from consent.access_reading import MANY_REVEALED, MOST_LOOKED_AT, Filters, first_id, last_uses, read_log
from consent.audit.heads import sign_head
from consent.audit.log import append_all
from consent.audit.showing import check_inclusion, first_since, path_steps, read_entry
from consent.audit.verifying import Verdict, verify_log
from consent.audit.verifying_parts import Progress, verify_piece
from consent.models import AccessLog, AuditEntry, AuditHead, AuditNode
from consent.signing import public_keys
from cxprofiles.backoffice.audit import words as audit_words
from cxprofiles.backoffice.screens import TIME_ZONE_COOKIE
from cxprofiles.portal import words as portal_words
from profiles.configuration import record_change
from profiles.models import ConfigurationChange

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]
HERE = "/backoffice/audit/"


def write(count: int, type_name: str = "consent.granted", at: datetime | None = None) -> None:
    append_all([(type_name, {"purpose": "analytics"}) for _ in range(count)], at=at)


def damage(sql: str) -> None:
    """Change what must not be changed, as somebody with the database in their hands would."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


def page_at(client: Client, path: str, **query: Any) -> str:
    answer = client.get(HERE + path, query)
    assert answer.status_code == 200, answer.content.decode()[-800:]
    return answer.content.decode()


def test_entries_are_filtered_by_type_and_day(staff: Staff) -> None:
    old = datetime(2026, 3, 5, 12, tzinfo=UTC)
    write(3, "consent.granted", old)
    write(2, "consent.withdrawn", old + timedelta(days=1))
    write(4, "consent.granted", old + timedelta(days=9))
    auditor = staff("auditor")
    assert page_at(auditor, "").count('<th scope="row" class="number">') == 9
    assert page_at(auditor, "", type="consent.withdrawn").count('<th scope="row" class="number">') == 2
    days = {"from": "2026-03-06", "to": "2026-03-06"}
    page = page_at(auditor, "", **days)
    assert page.count('<th scope="row" class="number">') == 2
    assert "Consent: withdrawn" in page
    assert "No entry here" in page_at(auditor, "", type="consent.granted", **days)


def test_where_a_day_begins_is_found_by_halving() -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    for n in range(37):
        write(1, at=begun + timedelta(hours=n))
    for n in (0, 1, 17, 36):
        assert first_since(begun + timedelta(hours=n)) == n + 1
    assert first_since(begun - timedelta(days=1)) == 1
    assert first_since(begun + timedelta(days=9)) == 38


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13])
def test_the_steps_of_every_path_lead_to_the_signed_root(size: int) -> None:
    write(size)
    head = sign_head()
    assert head is not None
    for seq in range(1, size + 1):
        entry = read_entry(seq)
        assert entry is not None
        proof = check_inclusion(entry, head)
        assert proof.good
        assert (proof.steps[-1].comes_to if proof.steps else proof.leaf) == bytes(head.root)
        assert proof.steps == path_steps(proof.leaf, seq - 1, size, [step.other for step in proof.steps])


def test_an_entry_is_proven_in_front_of_who_asks(staff: Staff) -> None:
    write(11)
    auditor = staff("auditor")
    assert "No signed head is over this entry yet" in page_at(auditor, "entries/5/")
    sign_head()
    page = page_at(auditor, "entries/5/")
    assert "Checked now: this entry stands in the log" in page
    assert page.count('class="hash"') == 7, "four neighbours and three hashes on the way"
    assert page.count('class="root"') == 1
    damage("UPDATE audit_entry SET entry = replace(entry, 'analytics', 'research') WHERE seq = 5")
    assert "does not lead to the root that was signed" in page_at(auditor, "entries/5/")
    assert "Checked now: this entry stands in the log" in page_at(auditor, "entries/6/")
    damage("DELETE FROM audit_node WHERE level = 0 AND position = 5")
    assert "The tree over the log lacks nodes" in page_at(auditor, "entries/5/")


def test_a_head_that_was_tampered_with_is_not_believed(staff: Staff) -> None:
    write(4)
    sign_head()
    damage("UPDATE audit_head SET jws = jws || 'x'")
    page = page_at(staff("auditor"), "entries/2/")
    assert "Not proven" in page


def test_two_heads_are_compared(staff: Staff) -> None:
    for count in (3, 4, 5):
        write(count)
        sign_head()
    auditor = staff("auditor")
    assert "Checked now" not in page_at(auditor, "heads/")
    assert "It only grew." in page_at(auditor, "heads/", first="3", second="12")
    assert "It only grew." in page_at(auditor, "heads/", first="12", second="7")
    assert "No head was signed over one of these sizes" in page_at(auditor, "heads/", first="4", second="12")
    damage("UPDATE audit_head SET root = decode(repeat('ab', 32), 'hex') WHERE size = 3")
    page = page_at(auditor, "heads/", first="3", second="12")
    assert "Not consistent" in page


def test_verifying_in_pieces_says_what_verifying_the_whole_says() -> None:
    for count in (7, 9, 10):
        write(count)
        sign_head()
    found: Progress | Verdict = Progress()
    pieces = 0
    while isinstance(found, Progress):
        found, pieces = verify_piece(public_keys(), found, most=4), pieces + 1
    assert found == verify_log(public_keys())
    assert (found.entries, found.heads, pieces) == (26, 3, 7)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entry SET entry = replace(entry, 'analytics', 'research') WHERE seq = 9",
        "DELETE FROM audit_entry WHERE seq = 26",
        "UPDATE audit_node SET digest = decode(repeat('ab', 32), 'hex') WHERE level = 1 AND position = 6",
    ],
)
def test_damage_is_found_in_pieces_as_in_the_whole(sql: str) -> None:
    for count in (7, 9, 10):
        write(count)
        sign_head()
    damage(sql)
    found: Progress | Verdict = Progress()
    while isinstance(found, Progress):
        found = verify_piece(public_keys(), found, most=4)
    assert found.first_bad == verify_log(public_keys()).first_bad is not None


def test_what_is_changed_between_two_pieces_is_noticed() -> None:
    write(20)
    sign_head()
    begun = verify_piece(public_keys(), Progress(), most=8)
    assert isinstance(begun, Progress)
    damage("UPDATE audit_node SET digest = decode(repeat('ab', 32), 'hex') WHERE level = 3")
    found = verify_piece(public_keys(), begun, most=8)
    assert isinstance(found, Verdict)
    assert found.first_bad == 1


def test_verifying_goes_on_from_page_to_page(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_piece, "__defaults__", (10,))
    write(25)
    sign_head()
    auditor = staff("auditor")
    assert "There are 25 entries." in page_at(auditor, "verify/")
    page = auditor.post(f"{HERE}verify/").content.decode()
    assert "10 of 25 entries are as they were written." in page
    token = page.split('name="begun" value="')[1].split('"')[0]
    page = auditor.post(f"{HERE}verify/", {"begun": token}, headers={"HX-Request": "true"}).content.decode()
    assert "20 of 25" in page
    assert "<html" not in page
    token = page.split('name="begun" value="')[1].split('"')[0]
    page = auditor.post(f"{HERE}verify/", {"begun": token}).content.decode()
    assert "25 entries are as they were written, and 1 signed heads fit them." in page
    forged = auditor.post(f"{HERE}verify/", {"begun": token + "x"}).content.decode()
    assert "10 of 25" in forged, "what was not handed out here begins anew"


def test_changes_tell_from_what_to_what(staff: Staff) -> None:
    record_change(actor="staff:999", subject="purpose:x", before={"a": 1, "b": {"c": "old"}}, after={"a": 1, "b": {}})
    record_change(actor="token:till", subject="source:web", before=None, after={"name": "web"})
    auditor = staff("auditor")
    page = page_at(auditor, "changes/")
    assert "<strong>b.c</strong>" in page
    assert '<span class="diff-removed">old</span>' in page
    assert "former member of staff 999" in page
    assert "token till" in page
    assert "token till" not in page_at(auditor, "changes/", kind="purpose")
    assert "No change here" in page_at(auditor, "changes/", **{"from": "2001-01-01", "to": "2001-01-02"})


def access(actor: str, at: datetime, operation: str = "staff.profile", profile_id: UUID | None = None) -> Access:
    milliseconds = int(at.timestamp() * 1000)
    id_ = UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | uuid_utils.uuid4().int % 2**62)
    return Access(id_, at, actor, operation, profile_id or uuid4(), "service", True, "traits")


def test_reads_are_filtered_by_who_what_whom_and_when(staff: Staff) -> None:
    now, whose = datetime.now(UTC), uuid4()
    auditor = staff("auditor")
    me = f"staff:{auditor.session['_auth_user_id']}"
    yesterday = now - timedelta(days=1)
    record_accesses(
        [
            access(me, now, "staff.reveal", whose),
            access("staff:777", yesterday, "staff.timeline", whose),
            access("token:till", now, "recognise", whose),
            access("person", now, "overview", whose),
        ]
    )

    def lines(**query: str) -> int:
        return page_at(auditor, "accesses/", **query).count('<td class="nowrap">')

    assert lines() == 2, "by staff alone"
    assert lines(who=me) == 1
    assert lines(who="staff:777") == 1
    assert lines(operation="staff.timeline") == 1
    assert lines(day=yesterday.date().isoformat()) == 1
    assert lines(who="token", token="till") == 1
    assert lines(who="token", operation="overview") == 1
    assert lines(who="token", token="nobody") == 0
    before = AccessLog.objects.filter(operation="staff.accesses").count()
    assert lines(who="token", profile=str(whose)) == 4
    assert AccessLog.objects.filter(operation="staff.accesses", profile_id=whose).count() == before + 1
    page = page_at(auditor, "accesses/")
    assert "revealed the values" in page
    assert "former member of staff 777" in page


def test_many_revealed_in_a_day_are_pointed_out(staff: Staff) -> None:
    now = datetime.now(UTC)
    few = [access("staff:5", now, "staff.reveal") for _ in range(MANY_REVEALED - 1)]
    many = [access("staff:6", now, "staff.reveal") for _ in range(MANY_REVEALED)]
    record_accesses([*few, *many])
    page = page_at(staff("auditor"), "accesses/")
    pointed = page.split("Out of the ordinary")[1].split("</section>")[0]
    assert f"revealed the values of {MANY_REVEALED} profiles" in pointed
    assert "member of staff 6" in pointed
    assert "member of staff 5" not in pointed


def test_the_day_that_is_pointed_out_is_one_where_the_reader_is(staff: Staff) -> None:
    late = (datetime.now(UTC) - timedelta(days=1)).replace(hour=23, minute=30)  # in Jakarta it is the next morning
    record_accesses([access("staff:6", late, "staff.reveal") for _ in range(MANY_REVEALED)])
    auditor = staff("auditor")
    auditor.cookies[TIME_ZONE_COOKIE] = "Asia/Jakarta"
    day = (late + timedelta(hours=7)).date().isoformat()
    assert f"who=staff%3A6&amp;day={day}" in auditor.get(f"{HERE}accesses/").content.decode()
    assert auditor.get(f"{HERE}accesses/?who=staff:6&day={day}").content.decode().count("<tr>") > MANY_REVEALED


def test_a_rare_token_is_looked_for_a_bounded_way_at_a_time() -> None:
    now = datetime.now(UTC)
    rare = access("token:rare", now - timedelta(hours=9), "recognise")
    rows = [access("token:busy", now - timedelta(seconds=n), "recognise") for n in range(MOST_LOOKED_AT + 500)]
    record_accesses([rare, *rows])
    asked = Filters(actor="token:rare", staff=False)
    page = read_log(asked, limit=10)
    assert (page.reads, page.looked_through) == ([], True)
    assert page.before is not None
    further = read_log(asked, limit=10, before=page.before)
    assert ([one.id for one in further.reads], further.before) == ([rare.id], None)


def test_ids_that_do_not_begin_with_the_time_do_not_come_first() -> None:
    now = datetime.now(UTC)
    latest, derived = access("token:a", now, "profile"), access("token:b", now - timedelta(days=9), "profile")
    record_accesses([latest, replace(derived, id=UUID("ffffffff-0000-5000-8000-000000000000"))])
    assert [one.actor for one in read_log(Filters(staff=False), limit=10).reads] == ["token:a"]
    assert list(last_uses()) == ["a"]


def test_pages_of_reads_have_each_row_once() -> None:
    now = datetime.now(UTC)
    rows = [access("staff:1", now - timedelta(milliseconds=n // 3)) for n in range(47)]
    record_accesses(rows)
    seen: list[UUID] = []
    before: UUID | None = None
    while True:
        page = read_log(Filters(), limit=10, before=before)
        seen += [one.id for one in page.reads]
        before = page.before
        if before is None:
            break
    assert sorted(seen) == sorted(one.id for one in rows)
    assert len(set(seen)) == 47
    assert first_id(now) <= max(one.id for one in rows)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("entries/0/", 404),
        (f"entries/{2**70}/", 404),
        ("?from=never", 422),
        ("?before=nonsense", 200),
        ("?type=%00", 200),
        (f"?before={10**40}", 200),
        ("heads/?first=0&second=x", 200),
        (f"heads/?first={10**17}&second=1", 200),
        ("changes/?kind=%00&who=%00", 200),
        ("changes/?to=2026-13-01", 422),
        ("accesses/?profile=nobody", 422),
        ("accesses/?profile=%00", 422),
        ("accesses/?who=staff:abc&operation=%00", 200),
        ("accesses/?before=x&day=", 200),
        ("accesses/?day=9999-12-31", 422),
    ],
)
def test_a_bad_question_is_answered_with_a_page(staff: Staff, path: str, status: int) -> None:
    assert staff("auditor").get(HERE + path).status_code == status


def test_each_right_opens_its_own_screens(staff: Staff) -> None:
    for path in ("", "heads/", "verify/", "changes/", "accesses/"):
        assert staff("privacy_officer").get(HERE + path).status_code == 200
        for role in ("steward", "analyst", "operator"):
            assert staff(role).get(HERE + path).status_code == 403


def test_thousands_cost_no_more_queries(staff: Staff, django_assert_max_num_queries: Any) -> None:
    write(3000)
    sign_head()
    auditor = staff("auditor")
    auditor.get(f"{HERE}verify/")
    with django_assert_max_num_queries(15):
        assert "1,000 of 3,000" in auditor.post(f"{HERE}verify/").content.decode()
    AuditHead.objects.bulk_create(
        AuditHead(size=n, root=b"\0" * 32, at=datetime.now(UTC), jws="x") for n in range(1, 1001)
    )
    ConfigurationChange.objects.bulk_create(
        ConfigurationChange(actor=f"staff:{n}", subject=f"purpose:p{n}", before={"n": n}, after={"n": n + 1})
        for n in range(2000)
    )
    now = datetime.now(UTC)
    record_accesses([access(f"staff:{n % 90}", now - timedelta(minutes=n)) for n in range(3000)])
    assert AuditNode.objects.count() > 5000
    day = now.date().isoformat()
    for path in (
        "",
        "?before=1500",
        "?type=consent.granted",
        f"?from={day}&to={day}",
        "entries/1777/",
        "heads/",
        "heads/?first=3000&second=1000",
        "verify/",
        "changes/",
        "changes/?kind=purpose",
        "accesses/",
        f"accesses/?day={day}",
        "accesses/?who=staff:7",
        "accesses/?who=token&token=till",
    ):
        auditor.get(HERE + path)
        with django_assert_max_num_queries(15):
            assert auditor.get(HERE + path).status_code == 200, path
    assert AuditEntry.objects.count() == 3000


def test_every_kind_of_read_that_a_person_is_told_of_has_words_for_staff_too() -> None:
    told = {name for name in portal_words.OPERATIONS if name.startswith("staff.")}
    assert told - set(audit_words.OPERATIONS) == set()
