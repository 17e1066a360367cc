"""Two members of staff at the same case in the same instant; and a person who is erased while a case is open."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction

from profiles.models import Decision, Identifier, ReviewCase, ReviewHint
from profiles.privacy.erasing import erase
from profiles.review.answering import answer_case
from profiles.review.cases import NotWaiting, claim_case, postpone_case
from profiles.review.finding import find_cases
from profiles.review.hints import note_refused
from tests.factories.channels import make_source
from tests.factories.erasures import erasure_of
from tests.integration.review.worlds import ANN, BEN, cases, only_case, two_accounts

pytestmark = pytest.mark.usefixtures("deployment")


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What came of some acts that began together: what they returned or raised."""
    ready, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        ready.wait()
        try:
            found[place] = act()  # type: ignore[call-overload]
        except Exception as error:
            found[place] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    return list(found)


def test_one_of_two_claims_holds() -> None:
    two_accounts(make_source())
    case = only_case("refused_link")
    for _turn in range(5):
        ReviewCase.objects.update(claimed_by="")
        rows = [ReviewCase.objects.get(id=case.id) for _ in range(2)]
        won = at_once(partial(claim_case, case=rows[0], actor=ANN), partial(claim_case, case=rows[1], actor=BEN))
        assert sorted(map(bool, won)) == [False, True]


def test_one_of_two_answers_counts_and_the_other_is_refused() -> None:
    two_accounts(make_source())
    case = only_case("refused_link")
    came = at_once(
        lambda: answer_case(id=case.id, answer="same", note="n", actor=ANN),
        lambda: answer_case(id=case.id, answer="different", note="n", actor=BEN),
    )
    assert sum(isinstance(one, NotWaiting) for one in came) == 1
    assert Decision.objects.count() == 1


def test_an_erased_person_is_in_no_case_and_in_no_note() -> None:
    shop = make_source()
    two_accounts(shop, people=2)
    case, other = cases("refused_link")
    values = set(Identifier.objects.filter(id__in=case.identifier_ids).values_list("value", flat=True))
    [mail] = [value for value in values if "@" in value]
    postpone_case(id=other.id, note=f"looks like {mail} too", actor=ANN)
    low, high = sorted(case.identifier_ids)
    with transaction.atomic():
        note_refused({(low, high): "size"}, lambda id_: True)
    erase(erasure_of(("email", mail)))
    assert not ReviewCase.objects.filter(id=case.id).exists()
    other.refresh_from_db()
    assert other.note == ""
    assert not ReviewHint.objects.exists()
    find_cases()
    assert not ReviewCase.objects.filter(identifier_ids__overlap=case.identifier_ids).exists()


def test_two_searches_open_each_case_once() -> None:
    two_accounts(make_source(), people=4)
    assert not [one for one in at_once(find_cases, find_cases, find_cases) if isinstance(one, Exception)]
    find_cases()
    assert ReviewCase.objects.filter(kind="refused_link").count() == 4
