"""What becomes a case: each kind in a world that was told through the pipeline."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from profiles.identity.decisions import record_decisions, withdraw_decisions
from profiles.models import Link, ReviewCase, ReviewHint
from profiles.review.finding import find_cases
from tests.factories.channels import accept, event, make_source, tell, work
from tests.integration.review.worlds import cases, crowd_on_a_mailbox, id_of, only_case, two_accounts

pytestmark = pytest.mark.django_db


def test_two_accounts_with_one_mail_address_are_one_case_whose_stake_is_their_interactions() -> None:
    two_accounts(make_source())
    case = only_case("refused_link")
    assert Link.objects.get(a_id=case.details["a"], b_id=case.details["b"]).refused == "limit:user_id"
    assert case.stake == 2
    assert set(case.identifier_ids) == {case.details["a"], case.details["b"]}


def test_a_device_that_two_people_use_is_no_case() -> None:
    shop = make_source()
    tell(shop, event(0, userId="u-1", anonymousId="a-1"), event(1, userId="u-2", anonymousId="a-1"))
    assert Link.objects.filter(refused="limit:user_id").exists()
    assert cases("refused_link") == []


def test_the_same_cases_come_up_in_any_order_of_arrival() -> None:
    told = [
        event(
            0, userId="u-1", message_id="m-1", context={"traits": {"email": "p@example.org", "phone": "+4930111111"}}
        ),
        event(1, userId="u-2", message_id="m-2", context={"traits": {"email": "p@example.org"}}),
        event(2, userId="u-2", message_id="m-3", context={"traits": {"phone": "+4930111111"}}),
    ]
    found = set()
    for number, order in enumerate(itertools.permutations(told)):
        shop = make_source(f"shop-{number}")
        for one in order:
            renamed = {**one, "userId": f"{one['userId']}-{number}"}
            mail = {
                key: f"{number}{value}" if key == "email" else f"{value}{number}"
                for key, value in one["context"]["traits"].items()
            }
            tell(shop, {**renamed, "context": {"traits": mail}})
        found.add(len(cases("refused_link")) - number)
    assert found == {1}


def test_what_was_noted_nowhere_is_found_by_walking_through_what_is_stored() -> None:
    two_accounts(make_source(), people=5)
    ReviewHint.objects.all().delete()
    turns = 0
    while ReviewCase.objects.filter(kind="refused_link").count() < 5:
        find_cases(most=2)
        turns += 1
        assert turns < 10
    assert turns > 1


def test_a_case_closes_itself_when_a_later_decision_settles_it() -> None:
    two_accounts(make_source())
    case = only_case("refused_link")
    [made] = record_decisions(
        pairs=[(case.details["a"], case.details["b"])], verdict="same", reason="", actor="staff:9"
    )
    assert only_case("refused_link", "settled").id == case.id
    withdraw_decisions(ids=[made.id], actor="staff:9")
    assert only_case("refused_link").id == case.id, "the question stands again, and is the same case"


def test_a_different_decision_that_same_decisions_overrule_is_a_case() -> None:
    shop = make_source()
    tell(shop, *(event(n, userId=f"u-{n}") for n in range(3)))
    one, two, three = (id_of("user_id", f"u-{n}") for n in range(3))
    record_decisions(pairs=[(one, three)], verdict="different", reason="", actor="staff:1")
    record_decisions(pairs=[(one, two)], verdict="same", reason="", actor="staff:1")
    assert cases("contradiction") == []
    record_decisions(pairs=[(two, three)], verdict="same", reason="", actor="staff:1")
    case = only_case("contradiction")
    assert case.details == {"a": one, "b": three}


def test_a_decision_that_was_simply_replaced_by_a_later_one_contradicts_nothing() -> None:
    tell(make_source(), event(0, userId="u-1"), event(1, userId="u-2"))
    pair = (id_of("user_id", "u-1"), id_of("user_id", "u-2"))
    record_decisions(pairs=[pair], verdict="different", reason="", actor="staff:1")
    record_decisions(pairs=[pair], verdict="same", reason="", actor="staff:1")
    assert cases("contradiction") == []


def test_a_mailbox_is_soon_shared_first_and_then_shared() -> None:
    shop = make_source()
    crowd_on_a_mailbox(shop, 2)
    assert cases("nearly_shared") == []
    crowd_on_a_mailbox(shop, 3)
    assert only_case("nearly_shared").stake == 3
    crowd_on_a_mailbox(shop, 4)
    assert cases("nearly_shared") == []
    case = only_case("shared_identifier")
    assert case.details == {"id": id_of("email", "office@example.org")}
    assert case.stake == 4


def test_events_in_quarantine_are_a_case_for_each_source_and_reason() -> None:
    shop, till = make_source("shop"), make_source("till")
    accept(shop, {"type": "track"}, {"type": "nonsense"}, {"type": "nonsense"})
    accept(till, {"type": "nonsense"})
    work()
    found = cases("quarantined_events")
    assert {case.details["source"] for case in found} == {shop.id, till.id}
    assert sorted(case.stake for case in found) == sorted(case.stake for case in cases("quarantined_events"))
    assert sum(case.stake for case in found) == 4
    assert all(case.identifier_ids == [] for case in found)


def test_identifiers_that_were_left_out_are_a_case_for_each_type_reason_and_source() -> None:
    shop = make_source()
    tell(shop, *(event(n, userId="u-1", context={"traits": {"email": "test@test.com"}}) for n in range(3)))
    case = only_case("dropped_identifiers")
    assert case.details == {"source": shop.id, "type": "email", "reason": "blocked"}
    assert "test@test" not in str(case.details) + case.key


def test_the_cost_of_a_search_does_not_grow_with_what_is_stored() -> None:
    shop = make_source()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            find_cases()
        return len(captured)

    two_accounts(shop, people=2)
    find_cases()
    few = queries()
    two_accounts(shop, people=6, start=2)
    find_cases()
    assert queries() == few
