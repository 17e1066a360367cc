"""People are found by whatever is known of them, in bounded work."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from consent.access import read_accesses
from profiles.configuration import configuration
from profiles.finding import FoundPage, find_profiles
from profiles.identity.decisions import record_decision
from profiles.lookup import names, sql
from profiles.lookup.guesses import NoWords, TooManyWords, UnreadableWords
from profiles.lookup.name_traits import key_of
from profiles.lookup.names import MOST_NAMES, MOST_PLACES, Place, find_names
from profiles.models import Identifier, Interaction
from profiles.timeline import BadCursor
from tests.factories.channels import event, make_source, tell

pytestmark = pytest.mark.django_db

ANN: dict[str, Any] = {
    "userId": "ann-1",
    "anonymousId": "browser-1",
    "traits": {
        "email": "Ann@Example.org",
        "phone": "030 901820",
        "firstName": "Ann",
        "lastName": "Lee",
        "loyalty_id": "gold-77",
    },
}


def of(words: str, **options: Any) -> FoundPage:
    return find_profiles(words, configuration(), **options)


def found(words: str, **options: Any) -> list[tuple[str, list[str]]]:
    return [(one.name, [match.kind for match in one.matched]) for one in of(words, **options).profiles]


def person(user: str, minute: int = 0, **traits: Any) -> dict[str, Any]:
    return event(minute, userId=user, context={"traits": traits})


@pytest.fixture
def ann() -> None:
    shop = make_source(region="DE")
    tell(shop, {"type": "identify", "messageId": "m-ann", "timestamp": "2026-01-01T00:00:00Z", **ANN})
    tell(shop, person("bo-1", email="bo@example.org", name="Bo Lind"))


@pytest.mark.parametrize(
    ("words", "types"),
    [
        ("ann@example.org", ["email"]),
        ("  ANN@EXAMPLE.ORG ", ["email"]),
        ("email:ann@example.org", ["email"]),
        ("mailto:ann@example.org", ["email"]),
        ("+49 30 901820", ["phone"]),
        ("030/901820", ["phone"]),
        ("ann-1", ["user_id"]),
        ("user_id: ann-1", ["user_id"]),
        ("Gold-77", ["loyalty_id"]),
        ("browser-1", ["anonymous_id"]),
    ],
)
@pytest.mark.usefixtures("ann")
def test_any_identifier_is_found_by_its_form(words: str, types: list[str]) -> None:
    [one] = of(words).profiles
    assert one.name == "Ann Lee"
    assert [(match.kind, match.detail) for match in one.matched] == [("identifier", name) for name in types]


@pytest.mark.parametrize(
    ("words", "type_name"),
    [
        ("Ann Lee <ann@example.org>", "email"), ("e-mail: ann@example.org", "email"),
        ("email : ann@example.org", "email"),
        ("email\uff1aann@example.org", "email"), ("\uff21nn@example.org", "email"), ("\u200bann@example.org", "email"),
        ("+49 (0)30 901820", "phone"), ("(+49) 30 901820", "phone"), ("0049 30 90 18 20", "phone"),
        ("030-90-18-20", "phone"),
        ("(030) 901820", "phone"), ("030.901820", "phone"), ("030\u00a0901820", "phone"), ("030\u2212901820", "phone"),
        ("tel:+49-30-901820", "phone"), ("\u202a+49 30 901820\u202c", "phone"), ("\uff0b49 30901820", "phone"),
        ("\uff10\uff13\uff10 \uff19\uff10\uff11\uff18\uff12\uff10", "phone"),
        ("\u0660\u0663\u0660 \u0669\u0660\u0661\u0668\u0662\u0660", "phone"),
        ("crm-7", "crm_id"), ("crm_id:crm-7", "crm_id"), ("gOLD-77", "loyalty_id"),
        ("Loyalty_ID: gold-77", "loyalty_id"),
        ("instagram:Ann.Lee", "social_handle"), ("@ann.lee", "social_handle"), ("ANN.lee", "social_handle"),
        ("social-handle:ann.lee", "social_handle"), ("Instagram: @ann.lee", "social_handle"),
        ("IDFA-77AA", "device_id"), ("device_id:idfa-77aa", "device_id"), ("anonymous_id:browser-1", "anonymous_id"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("ann")
def test_odd_spellings_of_any_type_find_the_same_person(words: str, type_name: str) -> None:
    ids = [{"type": "crm_id", "id": "crm-7"}, {"type": "social_handle", "id": "Instagram:@Ann.Lee"}]
    held = {"device": {"id": "IDFA-77AA"}, "externalIds": ids}
    tell(make_source("app"), event(4, userId="ann-1", context=held))
    [one] = of(words).profiles
    assert ("identifier", type_name) in [(match.kind, match.detail) for match in one.matched]


@pytest.mark.parametrize(
    "name",
    [
        "\u5f20\u4f1f",
        "\u0410\u043d\u043d\u0430",
        "\u0645\u062d\u0645\u062f",
        "Zo\u00eb",
        "\u0e2a\u0e21\u0e0a\u0e32\u0e22",
        "\u05d0\u05e0\u05d4",
        "\u00d8stberg",
        "O'Neil",
        "Null",
    ],
)
def test_names_of_any_script_are_found_by_their_beginning(name: str) -> None:
    tell(make_source(), person("u-1", firstName=name, lastName="Lee"))
    for words in (name, name[:2], name.upper(), name.lower(), f"lee {name}", f"\u200f{name}\u200f"):
        assert found(words) == [(f"{name} Lee", ["name", "name"] if " " in words else ["name"])], words
    assert found(unicodedata.normalize("NFD", name)) == [(f"{name} Lee", ["name"])]


@pytest.mark.parametrize(
    "words", ["ann", "Lee", "ann lee", "LEE ANN", "Lee, Ann", "an le", "le an", "name:ann", "  ann   lee "]
)
@pytest.mark.usefixtures("ann")
def test_a_name_is_found_by_its_beginning_in_either_order(words: str) -> None:
    assert [name for name, _ in found(words)] == ["Ann Lee"]


@pytest.mark.parametrize("words", ["bo lind", "lind bo", "Bo", "Lind"])
@pytest.mark.usefixtures("ann")
def test_a_whole_name_is_found_by_its_beginning_and_turned_round(words: str) -> None:
    assert [name for name, _ in found(words)] == (["Bo Lind"] if words != "Lind" else [])


@pytest.mark.parametrize("words", ["nn", "ann bo", "ann%", "a_n", "user_id:ann@example.org", "name:ann-1", "\\", '"'])
@pytest.mark.usefixtures("ann")
def test_what_nobody_has_is_not_found(words: str) -> None:
    page = of(words)
    assert (page.profiles, page.next_cursor) == ([], "")


@pytest.mark.usefixtures("ann")
def test_a_former_name_is_found_and_said_to_be_one() -> None:
    tell(make_source("crm"), person("ann-1", 5, lastName="Moss"))
    assert found("lee") == [("Ann Moss", ["former_name"])]
    assert found("moss") == [("Ann Moss", ["name"])]
    assert found("ann lee") == [("Ann Moss", ["name", "former_name"])]


@pytest.mark.usefixtures("ann")
def test_a_page_says_what_was_tried() -> None:
    assert of("ann@example.org").tried == [
        "user_id", "loyalty_id", "crm_id", "email", "device_id", "anonymous_id", "id",
    ]  # fmt: skip
    assert of("Ann Lee").tried == ["name"]
    assert "phone" in of("030 901820").tried
    assert of("phone:030 901820").tried == ["phone"]


@pytest.mark.usefixtures("ann")
def test_what_cannot_be_an_identifier_is_said() -> None:
    assert ("email", "blocked") in of("test@test.com").refused
    assert ("email", "malformed") in of("ann@").refused
    assert ("phone", "malformed") in of("phone:12").refused


@pytest.mark.parametrize("words", ["x" * 500, "\u5f20" * 500, "\U0001f600" * 500, "a b " * 125, "+" * 500, "1" * 500])
def test_five_hundred_characters_are_looked_for(words: str) -> None:
    page = of(words)
    assert (page.profiles, page.words) == ([], words.strip())
    assert {"email", "social_handle"} & {one.type for one in page.refused} == set()


@pytest.mark.usefixtures("ann")
def test_a_shared_identifier_names_nobody() -> None:
    shop = make_source("desk")
    tell(shop, *(person(f"u-{n}", email="info@example.org", firstName=f"N{n}") for n in range(5)))
    page = of("info@example.org")
    assert page.shared == ["email"]
    assert [one.known for one in page.profiles] == [True]


@pytest.mark.usefixtures("ann")
def test_any_id_leads_to_its_profile() -> None:
    root = Identifier.objects.get(value="ann-1")
    former = Identifier.objects.get(value="ann@example.org")
    root, former = sorted((root, former), key=lambda one: one.id != one.root_id)
    assert found(str(root.profile_id))[0] == ("Ann Lee", ["profile_id"])
    assert found(str(former.profile_id))[0] == ("Ann Lee", ["former_id"])
    interaction = Interaction.objects.get(message_id="m-ann")
    assert found(str(interaction.id)) == [("Ann Lee", ["interaction_id"])]
    assert found("m-ann") == [("Ann Lee", ["message_id"])]
    for spelt in (str(root.profile_id).upper(), f"{{{root.profile_id}}}", root.profile_id.urn, root.profile_id.hex):
        assert found(spelt) == found(f"id:{spelt}") == [("Ann Lee", ["profile_id"])], spelt
    decision = record_decision(
        a=("user_id", "ann-1"), b=("user_id", "bo-1"), verdict="different", reason="", actor="staff:1"
    )
    assert [name for name, _ in found(str(decision.id))] == ["Ann Lee", "Bo Lind"]
    assert found(str(uuid4())) == []


def test_a_device_that_is_called_by_a_uuid_is_found() -> None:
    device = str(uuid4())
    tell(make_source(), event(anonymousId=device))
    assert found(device) == [("", ["identifier"])]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("", NoWords),
        (" \n ", NoWords),
        ("a\0b", UnreadableWords),
        ("\ud800", UnreadableWords),
        ("a" * 501, TooManyWords),
        ("a" * 1_000_000, TooManyWords),
    ],
)
def test_words_that_can_be_nothing_are_refused(words: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        of(words)


@pytest.mark.parametrize("cursor", ["x", "é", "AAAA", "kwAB", "gaA" * 4000, "kwCjYQBi_w==", "\0"])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        of("ann", cursor=cursor)


def every_page(words: str, limit: int) -> list[UUID]:
    """The ids of all pages, one after the other."""
    ids, cursor = [], ""
    while True:
        page = of(words, cursor=cursor, limit=limit)
        assert len(page.profiles) <= limit
        ids += [one.profile_id for one in page.profiles]
        cursor = page.next_cursor
        if not cursor:
            return ids


@pytest.mark.parametrize("words", ["a", "ann", "ann l", "lee ann"])
def test_pages_hold_everybody_once(words: str) -> None:
    shop = make_source()
    tell(
        shop, *(person(f"u-{n}", firstName="Ann", name="Ann Lee" if n % 3 else "A", lastName="Lee") for n in range(40))
    )
    tell(shop, *(event(anonymousId=f"b-{n}", traits={"firstName": "Ann"}) for n in range(5)))
    tell(
        shop,
        *({"type": "identify", "userId": f"u-{n}", "anonymousId": f"v-{n}", "messageId": f"i{n}"} for n in range(9)),
    )
    tell(
        shop,
        *(event(anonymousId=f"v-{n}", context={"traits": {"firstName": "Ann", "nickname": "Annie"}}) for n in range(9)),
    )
    ids = every_page(words, 7)
    assert len(ids) == len(set(ids))
    assert len(ids) == (40 if " " in words else 45)


def test_two_very_common_names_are_found_where_both_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MOST_LEADING", 3)
    monkeypatch.setattr(names, "STRETCH", 7)
    shop = make_source()
    tell(shop, *(person(f"u-{n}", firstName="Ann", lastName="Lee" if n % 2 else "Moss") for n in range(20)))
    page = of("lee ann", limit=4)
    assert page.exactly
    assert {one.name for one in page.profiles} == {"Ann Lee"}
    assert len(every_page("lee ann", 4)) == 10


@pytest.mark.parametrize(
    "value", ["x" * 20_000, "é" * 5_000, 'Ann\\"%_', {"first": "Ann"}, ["Ann"], 7, "\U0001f600" * 90]
)
def test_no_name_is_too_ugly_for_the_index(value: Any) -> None:
    tell(make_source(), person("u-1", name=value))
    assert Identifier.objects.filter(value="u-1").exists()
    if isinstance(value, str):
        assert [kinds for _, kinds in found("name:" + value[:40])] == [["name"]]


def plan_of(statement: str, parameters: dict[str, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement, parameters)
        return "\n".join(row[0] for row in cursor.fetchall())


def statements() -> Iterable[tuple[str, dict[str, Any]]]:
    """Each statement, about a name that 20,000 people have and one that nobody has."""
    named = {"of_one": MOST_NAMES, "most": 200}
    for name in ("ann", "zzz"):
        pattern, key = names.pattern_of(name), key_of(name)
        yield sql.READ_BEGINNING, {**named, "beginning": pattern, "key": "", "id": -1}
        yield sql.READ_BEGINNING, {**named, "beginning": pattern, "key": key, "id": 10_000}
        yield sql.COUNT_BEGINNINGS, {"one": pattern, "other": names.pattern_of("lee"), "most": 5001}
        yield sql.READ_BOTH, {**named, "rarer": pattern, "commoner": '"lee%', "id": -1, "leading": 5000}
        yield sql.READ_BOTH_EXACTLY, {**named, "one": key, "other": '"lee"', "id": -1, "stretch": 60_000}
    yield sql.READ_STRONGEST, {"roots": list(range(1, 26)), "ranked": [1, 2, 3], "most": 4}
    yield sql.FIND_IDENTIFIERS, {"types": [1, 2], "digests": [uuid4(), uuid4()]}


@pytest.fixture
def many_named_ann() -> None:
    """20,000 people whose first name is Ann, of whom each tenth is called Lee, and 20,000 others."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO identifier (type_id, digest, value, profile_id, root_id, shared, verified)
            SELECT (SELECT min(id) FROM identifier_type), gen_random_uuid(), 'u-' || n, gen_random_uuid(),
                0, false, true
            FROM generate_series(1, 40000) AS n
            """
        )
        cursor.execute("UPDATE identifier SET root_id = id")
        cursor.execute(
            """
            INSERT INTO trait_fact (identifier_id, name, digest, source_id, once, value, first_at, last_at, count,
                first_interaction, last_interaction)
            SELECT id, said.name, gen_random_uuid(), 1, false, said.value, now(), now(), 1, gen_random_uuid(),
                gen_random_uuid()
            FROM identifier CROSS JOIN LATERAL (VALUES
                ('firstName', CASE WHEN id % 2 = 0 THEN '"Ann"' ELSE '"N' || id || '"' END),
                ('lastName', CASE WHEN id % 20 = 0 THEN '"Lee"' ELSE '"L' || id || '"' END),
                ('city', '"Ghent"'), ('plan', '"basic"')
            ) AS said(name, value)
            """
        )
        cursor.execute("ANALYZE identifier; ANALYZE trait_fact")


@pytest.mark.usefixtures("many_named_ann")
def test_no_table_is_ever_read_whole() -> None:
    for statement, parameters in statements():
        plan = plan_of(statement, parameters)
        assert not re.search(r"Seq Scan on (trait_fact|identifier|card)", plan), plan


def pages_read(statement: str, parameters: dict[str, Any]) -> int:
    """How many pages of tables and indexes a statement looks at."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement, parameters)
        plan = cursor.fetchone()[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@pytest.mark.usefixtures("many_named_ann")
def test_a_name_is_looked_up_where_it_stands_however_many_come_before_it() -> None:
    parameters = {"of_one": MOST_NAMES, "most": 200, "key": "", "id": -1}
    assert pages_read(sql.READ_BEGINNING, {**parameters, "beginning": names.pattern_of("zzz")}) < 20


def work_of(statement: str, parameters: dict[str, Any]) -> float:
    """How many rows the database took in hand: what the leaves of the plan read, and what they threw away."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + statement, parameters)
        [[[plan]]] = cursor.fetchall()
    return sum(rows_of(plan["Plan"]))


def rows_of(node: dict[str, Any]) -> Iterable[float]:
    """The rows of each leaf below a node of a plan."""
    below = node.get("Plans", [])
    if not below:
        yield (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    for one in below:
        yield from rows_of(one)


@pytest.mark.usefixtures("many_named_ann")
def test_a_page_of_a_common_name_takes_few_rows_in_hand() -> None:
    pages = [work_of(*one) for one in statements() if one[0] is sql.READ_BEGINNING]
    assert len(pages) == 4
    assert max(pages) <= 10 * MOST_PLACES


@pytest.mark.usefixtures("many_named_ann")
def test_names_are_counted_no_further_than_it_matters() -> None:
    common = {"one": names.pattern_of("ann"), "other": names.pattern_of("n"), "most": 500}
    assert work_of(sql.COUNT_BEGINNINGS, common) <= 2 * 500


@pytest.mark.usefixtures("many_named_ann")
def test_a_common_name_costs_no_more_than_its_page(django_assert_max_num_queries: Any) -> None:
    for words in ("a", "ann", "ann lee", "lee ann", "zzz", "ann zzz"):
        with django_assert_max_num_queries(8):
            page = find_names(words, place=Place(), limit=25)
        assert len(page.matched) == (0 if "zzz" in words else 25)
    assert read_accesses([], limit=1).reads == []
