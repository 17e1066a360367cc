"""Packages: what the person is given, and what is left out since it is somebody else's."""

import csv
import io
import json
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client

from consent.models import AccessLog, Package, PackagePart, PrivacyRequest, RetentionRule
from consent.packages import forget_packages, peek_package
from consent.requests.kinds import ACCESS, DETERMINISTIC, DEVICE_ONLY, ITSELF, PORTABILITY, SHARED
from profiles.models import Identifier, Interaction, Source
from profiles.privacy.execution import Outcome
from profiles.privacy.packaging import (
    NoSuchPackage,
    PackageExpired,
    PackageGone,
    make_package,
    open_package,
    package_token,
)
from tests.factories.callers import Caller
from tests.factories.channels import event, tell
from tests.factories.consents import decision, tell_consents
from tests.factories.executions import execution, stored

ANN = ("email", "ann@example.org")
BEN = "ben@example.net"
CASES = json.loads((Path(__file__).parents[2] / "data/cases/privacy.json").read_text())


def expected(case: str) -> Any:
    return next(one["expected"] for one in CASES if one["id"] == case)


def request_of(kind: str = ACCESS) -> UUID:
    """A request as the engine stores it."""
    today = datetime.now(UTC)
    row = PrivacyRequest.objects.create(
        id=uuid4(),
        type=kind,
        source="api",
        regulation="gdpr",
        requester="test",
        received_at=today,
        internal_due_on=today.date(),
        due_on=today.date(),
        latest_on=today.date(),
        identity_needed="verified",
        policy_version="test",
    )
    return row.pk


def package(kind: str = ACCESS, *identifiers: tuple[str, str], **options: Any) -> tuple[dict[str, bytes], Outcome]:
    """The files of a package, fetched by its link."""
    request = request_of(kind)
    outcome = make_package(execution(kind, *(identifiers or (ANN,)), request_id=request, **options))
    content = b"".join(open_package(package_token(request), now=datetime.now(UTC)))
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}, outcome


def table(files: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    """A table out of its JSON, which its CSV repeats row by row."""
    rows: list[dict[str, Any]] = json.loads(files[f"{name}.json"])
    text = files[f"{name}.csv"].decode("utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(text, newline="")))) == len(rows)
    return rows


@pytest.fixture
def ann(shop: Source) -> Source:
    traits = {"email": ANN[1], "first_name": "Änn", "lead_score": 87, "mood_score": 3}
    tell(
        shop,
        event(0, name="Signed In", userId="ann-1", context={"traits": traits}),
        event(1, name="Link Clicked", userId="ann-1", properties={"link": "spring-sale", "amount": 1.5}),
    )
    return shop


def test_portability_is_what_was_given_and_observed_and_access_adds_what_was_worked_out(
    service: Caller, ann: Source
) -> None:
    named = {"email": "email", "clicks": "Link Clicked", "score": "lead_score"}
    found = {}
    for kind in (PORTABILITY, ACCESS):
        files, _ = package(kind)
        readable = b"".join(content for name, content in files.items() if name != "letter.pdf").decode()
        found[kind] = [name for name, sign in named.items() if sign in readable]
    assert found == expected("EXP-03")


def test_portability_holds_nothing_that_only_access_has(service: Caller, ann: Source) -> None:
    RetentionRule.objects.create(store="interaction", keep_for="P2Y")
    given, _ = package(PORTABILITY)
    names = {"identifiers", "traits", "interactions", "consents", "receipts"}
    assert {name.partition(".")[0] for name in given} == names | {"letter", "profile"}
    assert "mood_score" not in given["interactions.json"].decode()
    files, _ = package(ACCESS)
    known = json.loads(files["profile.json"])
    assert known["traits"]["lead_score"] == {
        "value": 87,
        "origin": "inferred",
        "source": "shop",
        "at": "2026-01-01T00:00:00Z",
    }
    assert known["sources"] == [{"name": "shop", "channel": "web"}]
    assert {"store": "interaction", "category": "", "source": "", "keep_for": "P2Y"} in known["retention"]
    assert {one["key"]: one["legal_basis"] for one in known["purposes"]}["service"] == "contract"
    assert known["in_force"]["service"]["allowed"] is True
    assert known["complaint"] and known["logic"]
    assert (known["counters"]["interactions"], known["recipients"]) == (2, [])


def test_every_table_can_be_read_back(service: Caller, ann: Source) -> None:
    tell_consents(service, decision("analytics", "granted"), by={"type": "user_id", "value": "ann-1"})
    lookup = {"identifier": {"type": "email", "value": ANN[1]}, "purpose": "service"}
    assert service.post("/v1/profiles/lookup", lookup).status == 200
    files, outcome = package(ACCESS)
    assert [row["value"] for row in table(files, "identifiers")] == ["ann-1", ANN[1]]
    traits = {row["name"]: (row["value"], row["origin"], row["source"]) for row in table(files, "traits")}
    assert traits["first_name"] == ("Änn", "provided", "shop")
    assert traits["mood_score"] == (3, "inferred", "shop")
    latest, first = table(files, "interactions")
    assert (latest["event"], latest["content"]["properties"]) == (
        "Link Clicked",
        {"link": "spring-sale", "amount": 1.5},
    )
    assert first["identifiers"] == [{"type": "user_id", "value": "ann-1"}, {"type": "email", "value": ANN[1]}]
    assert [(row["purpose"], row["state"]) for row in table(files, "consents")] == [("analytics", "ConsentGiven")]
    [receipt] = table(files, "receipts")
    assert receipt["receipt"].count(".") == 2
    assert [(row["operation"], row["by"]) for row in table(files, "accesses")] == [("lookup", f"token:{service.name}")]
    assert [(row["joins"], row["probable"]) for row in table(files, "links")] == [(True, False)]
    assert (outcome.rows["interactions"], outcome.rows["traits"], outcome.gaps) == (2, 4, [])


def test_the_letter_is_in_the_language_of_the_request(service: Caller, ann: Source) -> None:
    letters = {tongue: package(ACCESS, language=tongue)[0]["letter.pdf"] for tongue in ("en", "de-AT", "id", "fr")}
    assert all(letter.startswith(b"%PDF") for letter in letters.values())
    assert b"/Lang (de)" in letters["de-AT"]
    assert b"/Lang (id)" in letters["id"]
    assert b"/Lang (en)" in letters["fr"]


def test_a_conversation_with_somebody_else_does_not_give_them_away(service: Caller, ann: Source) -> None:
    phone = "+49 171 2345678"
    tell(ann, event(2, userId="ben-77", context={"traits": {"email": BEN, "phone": phone, "first_name": "Ben"}}))
    thread = {
        "to": BEN.upper(),
        "text": f"Ask {BEN} or ring {phone}, or 0171 / 23 45 678. Mine is Ann@Example.org.",
        "recipient": "ben-77",
        "members": {"ben-77": 1, "ann-1": 2},
        "stranger": "someone.else@example.com",
    }
    tell(
        ann, event(3, name="Message Sent", userId="ann-1", properties=thread, context={"traits": {"spouse": "ben-77"}})
    )
    tell(ann, event(4, name=f"Invited {BEN}", userId="ann-1", context={"externalIds": [{"id": BEN, "type": "email"}]}))
    assert stored("email", BEN).root_id == stored("user_id", "ben-77").root_id != stored(*ANN).root_id
    for kind in (ACCESS, PORTABILITY):
        whole = package(kind)[0]
        readable = b"".join(content for name, content in whole.items() if name != "letter.pdf").decode().lower()
        assert (BEN in readable) is expected("EXP-04")["ben_email_in_package"]
        for other in ("ben-77", "2345678", "23 45 678", "someone.else", "ben@"):
            assert other not in readable, other
        assert "ann@example.org" in readable
        sent = next(row for row in table(whole, "interactions") if row["event"] == "Message Sent")
        assert sent["content"]["properties"]["members"] == {"***": 1, "ann-1": 2}


def test_what_awaits_review_is_left_out_until_it_is_included(service: Caller, ann: Source) -> None:
    tell(ann, event(5, name="At Home", anonymousId="family-tablet"))
    tablet = stored("anonymous_id", "family-tablet").id
    own = [row.id for row in Identifier.objects.exclude(id=tablet)]
    scope = {ITSELF: own, DETERMINISTIC: [], DEVICE_ONLY: [tablet]}
    left_out, _ = package(ACCESS, scope=scope)
    assert "family-tablet" not in str(left_out)
    included, _ = package(ACCESS, scope=scope, groups=frozenset({ITSELF, DETERMINISTIC, DEVICE_ONLY}))
    assert "At Home" in included["interactions.json"].decode()


def test_nothing_is_given_out_by_an_identifier_that_several_people_use(service: Caller, shop: Source) -> None:
    for number in range(4):
        tell(shop, event(0, userId=f"member-{number}", context={"traits": {"phone": "+493012345678"}}))
    phone = stored("phone", "+493012345678")
    for scope in ({ITSELF: [phone.id]}, {SHARED: [phone.id]}):
        request = request_of()
        outcome = make_package(execution(ACCESS, ("phone", phone.value), scope=scope, request_id=request))
        assert ([gap.group for gap in outcome.gaps], outcome.no_match) == ([SHARED], False)
    assert not Package.objects.exists()


def test_nobody_gets_a_package_of_nothing(service: Caller) -> None:
    assert make_package(execution(ACCESS, ANN, request_id=request_of())).no_match
    assert not Package.objects.exists()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_is_no_formula(service: Caller, ann: Source, start: str) -> None:
    tell(ann, event(6, userId="ann-1", context={"traits": {"nickname": f'{start}cmd|"/c calc"!A1', "offset": -5}}))
    files, _ = package(ACCESS)
    rows = list(csv.DictReader(io.StringIO(files["traits.csv"].decode("utf-8-sig"), newline="")))
    cells = {row["name"]: row["value"] for row in rows}
    assert cells["nickname"] == f'\'{start}cmd|"/c calc"!A1'
    assert cells["offset"] == "-5"
    assert {row["name"]: row["value"] for row in table(files, "traits")}["nickname"].startswith(start)


def test_a_link_works_once_and_ends_by_itself(service: Caller, ann: Source) -> None:
    now = datetime.now(UTC)
    request = request_of()
    make_package(execution(ACCESS, ANN, request_id=request))
    token = package_token(request)
    assert peek_package(token, now=now) > 1000
    with pytest.raises(NoSuchPackage):
        open_package(token + "x", now=now)
    with pytest.raises(PackageExpired):
        open_package(token, now=now + timedelta(days=7, minutes=1))
    pieces = open_package(token, now=now)
    with pytest.raises(PackageGone):
        open_package(token, now=now)
    assert b"".join(pieces).startswith(b"PK")
    assert not PackagePart.objects.exists()
    assert Package.objects.get().fetched_at == now


def test_nobody_who_has_the_database_alone_can_read_a_package_or_make_its_link(
    service: Caller, ann: Source, settings: Any
) -> None:
    request = request_of()
    make_package(execution(ACCESS, ANN, request_id=request))
    kept = b"".join(bytes(part.content) for part in PackagePart.objects.all())
    assert b"PK" not in kept[:10] and ANN[1].encode() not in kept
    settings.SEALING_SECRET = b"another secret of the same length"
    with pytest.raises(NoSuchPackage):
        open_package(package_token(request), now=datetime.now(UTC))


def test_a_package_that_is_made_again_takes_the_place_of_the_first(service: Caller, ann: Source) -> None:
    request = request_of()
    again = execution(ACCESS, ANN, request_id=request)
    make_package(again)
    b"".join(open_package(package_token(request), now=datetime.now(UTC)))
    make_package(again)
    assert Package.objects.count() == 1
    assert b"".join(open_package(package_token(request), now=datetime.now(UTC))).startswith(b"PK")


def test_what_nobody_fetches_is_deleted(service: Caller, ann: Source) -> None:
    now = datetime.now(UTC)
    for _ in range(2):
        make_package(execution(ACCESS, ANN, request_id=request_of()))
    assert forget_packages(now) == 0
    assert forget_packages(now + timedelta(days=8)) == 2
    assert Package.objects.count() == 2


def test_a_fetch_that_breaks_off_leaves_nothing_behind(service: Caller, ann: Source) -> None:
    request = request_of()
    make_package(execution(ACCESS, ANN, request_id=request))
    pieces = open_package(package_token(request), now=datetime.now(UTC))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert not PackagePart.objects.exists()


def fill(anchor: Identifier, source: Source, count: int) -> None:
    """A long history, as it is stored, without the pipeline."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO interaction (id, source_id, message_id, type, event, anchor_id, identifier_ids, occurred_at,"
            " received_at, verified, linkable, dialect, context, payload, dropped_identifiers, warnings)"
            " SELECT gen_random_uuid(), %s, n::text, 'track', 'Viewed', %s, ARRAY[%s]::bigint[],"
            " '2025-01-01'::timestamptz + n * interval '1 minute', now(), true, true, 'segment', '{}',"
            " json_build_object('type', 'track', 'event', 'Viewed', 'messageId', gen_random_uuid(), 'userId', 'ann-1',"
            " 'properties', json_build_object('sku', 'SKU-' || n, 'note', repeat(md5(n::text), 20)))::text, '[]', '{}'"
            " FROM generate_series(1, %s) AS n",
            [source.id, anchor.id, anchor.id, count],
        )


def measured(work: Any) -> int:
    """The most memory, in bytes, that some work held at any time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_long_history_needs_no_more_memory_than_a_short_one(service: Caller, ann: Source) -> None:
    holder = stored("user_id", "ann-1")
    peaks: list[int] = []
    for count in (2_000, 5_000):
        Interaction.objects.filter(anchor_id=holder.id).delete()
        fill(holder, ann, count)
        request = request_of()
        asked = execution(ACCESS, ANN, request_id=request)
        outcomes: list[Outcome] = []
        peaks.append(measured(lambda asked=asked, outcomes=outcomes: outcomes.append(make_package(asked))))
        assert outcomes[0].rows["interactions"] == count
        peaks.append(measured(lambda request=request: exhaust(request)))
    assert peaks[2] < peaks[0] + 3 * 1024 * 1024, peaks
    assert max(peaks) < 20 * 1024 * 1024, peaks
    assert peaks[3] < 8 * 1024 * 1024, peaks


def exhaust(request: UUID) -> None:
    for _ in open_package(package_token(request), now=datetime.now(UTC)):
        pass


def test_each_piece_is_at_most_a_megabyte(service: Caller, ann: Source) -> None:
    fill(stored("user_id", "ann-1"), ann, 3000)
    request = request_of()
    make_package(execution(ACCESS, ANN, request_id=request))
    sizes: Sequence[int] = [len(piece) for piece in open_package(package_token(request), now=datetime.now(UTC))]
    assert max(sizes) <= 1024 * 1024
    assert sum(sizes) == Package.objects.get().size


def test_a_service_that_sees_to_rights_fetches_a_package_once_and_it_is_logged(service: Caller, ann: Source) -> None:
    request = request_of()
    PrivacyRequest.objects.filter(id=request).update(scope={ITSELF: [stored(*ANN).id]})
    path = f"/v1/privacy/requests/{request}/package"
    assert service.post(path).status == 404
    make_package(execution(ACCESS, ANN, request_id=request))
    assert Caller("profiles:read").post(path).status == 403
    fetched: Any = Client().post(path, headers={"Authorization": f"Bearer {service.token}"})
    assert b"".join(fetched.streaming_content).startswith(b"PK")
    assert (fetched.status_code, fetched["Content-Type"]) == (200, "application/zip")
    assert service.post(path).status == 410
    [read] = AccessLog.objects.filter(operation="package")
    assert (read.actor, read.profile_id) == (f"token:{service.name}", stored("user_id", "ann-1").profile_id)
