"""The work list when several members of staff, or events, are at it at once: nothing is done that was not shown."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from profiles.configuration import rebuild_is_wanted
from profiles.identity.decisions import record_decisions, withdraw_decisions
from profiles.models import ConfigurationChange, Decision, Identifier, IdentifierType, ReviewCase
from profiles.review.finding import find_cases
from tests.factories.channels import accept, event, make_source, tell, work
from tests.integration.backoffice.test_work import LIST, page_of, path, reply, seen_by, undo_of
from tests.integration.review.worlds import cases, crowd_on_a_mailbox, id_of, only_case, partition, two_accounts

pytestmark = pytest.mark.django_db
Staff = Callable[[str], Client]


@pytest.fixture
def case() -> ReviewCase:
    two_accounts(make_source())
    return only_case("refused_link")


def test_an_answer_does_nothing_else_than_what_was_shown(staff: Staff, case: ReviewCase) -> None:
    client = staff("steward")
    seen = seen_by(client, case)
    tell(make_source("till"), event(5, userId="u-0-1", anonymousId="a-9"))
    answered = reply(client, case, note="I rang <b>them</b>", **seen)
    assert answered.status_code == 409
    page = answered.content.decode()
    assert "has changed since you opened the case" in page
    assert "I rang &lt;b&gt;them" in page, "what was typed stays"
    assert Decision.objects.count() == 0
    assert reply(client, case).status_code == 303


def test_an_answer_by_number_never_means_another_decision_than_the_one_that_was_shown(staff: Staff) -> None:
    tell(make_source(), *(event(n, userId=f"u-{n}") for n in range(4)))
    one, two, three, four = (id_of("user_id", f"u-{n}") for n in range(4))
    record_decisions(pairs=[(one, three)], verdict="different", reason="", actor="staff:1")
    record_decisions(pairs=[(one, two), (two, three)], verdict="same", reason="", actor="staff:1")
    case, client = only_case("contradiction"), staff("steward")
    seen = seen_by(client, case)
    record_decisions(pairs=[(one, four), (three, four)], verdict="same", reason="", actor="staff:1")
    [gone] = Decision.objects.filter(a_id=min(one, two), b_id=max(one, two))
    withdraw_decisions(ids=[gone.id], actor="staff:1")
    answered = reply(client, case, "different-2", **seen)
    assert answered.status_code == 409
    assert Decision.objects.filter(withdrawn_at=None).count() == 4


def test_an_answer_that_was_not_seen_is_not_taken(staff: Staff, case: ReviewCase) -> None:
    client = staff("steward")
    for seen in ("", "\x00", "x" * 1000):
        assert reply(client, case, seen=seen).status_code == 409
    assert Decision.objects.count() == 0


def test_an_answer_sent_twice_counts_once_and_says_what_was_answered(staff: Staff, case: ReviewCase) -> None:
    client = staff("steward")
    seen = seen_by(client, case)
    assert reply(client, case, **seen).status_code == 303
    again = reply(client, case, **seen)
    assert again.status_code == 409
    assert "answered: same person" in again.content.decode()
    assert Decision.objects.count() == 1


def test_whoever_is_refused_does_not_lose_what_they_wrote(staff: Staff, case: ReviewCase) -> None:
    eva, finn = staff("steward"), staff("steward")
    seen = seen_by(eva, case)
    ReviewCase.objects.update(claimed_until=datetime.now(UTC) - timedelta(seconds=1))
    assert "Answer and open the next" in page_of(finn, path(case)), "the claim has ended"
    refused = reply(eva, case, note="I rang them", **seen)
    assert refused.status_code == 409
    assert "I rang them" in refused.content.decode()
    assert 'role="alert"' in refused.content.decode()


def test_a_page_that_is_loaded_again_keeps_the_claim_though_the_old_one_gives_it_back(
    staff: Staff, case: ReviewCase
) -> None:
    eva, finn = staff("steward"), staff("steward")
    first = seen_by(eva, case)
    second = seen_by(eva, case)
    eva.post(path(case, "leave/"), first)
    assert "works on this case" in page_of(finn, path(case))
    for until in ("nonsense", "\x00"):
        eva.post(path(case, "leave/"), {"until": until})
    finn.post(path(case, "leave/"), second)
    assert "works on this case" in page_of(finn, path(case))
    eva.post(path(case, "leave/"), second)
    assert "Answer and open the next" in page_of(finn, path(case))


def test_the_next_case_is_one_that_nobody_else_works_on(staff: Staff) -> None:
    two_accounts(make_source(), people=3)
    find_cases()
    first, second, third = ReviewCase.objects.order_by("-stake", "opened_at", "id")
    eva, finn = staff("steward"), staff("steward")
    page_of(finn, path(second))
    assert reply(eva, first)["Location"] == path(third)


def test_who_goes_through_the_unsure_ones_stays_among_them(staff: Staff) -> None:
    two_accounts(make_source(), people=3)
    one, two, waiting = cases("refused_link")
    client = staff("steward")
    for case in (one, two):
        reply(client, case, "later")
    assert str(waiting.id) not in page_of(client, path(one)).split('class="case-head"')[0].split("</form>")[-1]
    assert reply(client, one)["Location"] == path(two)
    assert reply(client, two)["Location"] == f"{LIST}?state=later"


def test_undo_of_not_sure_leaves_what_a_colleague_noted_since(staff: Staff, case: ReviewCase) -> None:
    eva, finn = staff("steward"), staff("steward")
    reply(eva, case, "later", note="no idea")
    token_page = page_of(eva, LIST)
    reply(finn, case, "later", note="I wrote to them")
    refused = undo_of(eva, token_page)
    assert (refused.status_code, "cannot be taken back any more" in refused.content.decode()) == (409, True)
    case.refresh_from_db()
    assert (case.state, case.note) == ("later", "Same name and address. I wrote to them")


def test_undo_after_somebody_else_took_the_decision_back_says_so(staff: Staff, case: ReviewCase) -> None:
    client = staff("steward")
    reply(client, case)
    page = page_of(client, LIST)
    withdraw_decisions(ids=[Decision.objects.get().id], actor="staff:99")
    refused = undo_of(client, page)
    assert (refused.status_code, "cannot be taken back any more" in refused.content.decode()) == (409, True)
    case.refresh_from_db()
    assert case.state == "answered"


def test_not_sure_comes_back_once_more_is_known_and_says_who_was_not(staff: Staff, case: ReviewCase) -> None:
    client = staff("steward")
    reply(client, case, "later", note="I wrote to them")
    tell(make_source("till"), event(7, userId="u-0-1"))
    find_cases()
    case.refresh_from_db()
    assert case.state == "later", "that they go on as before tells nothing new"
    tell(make_source("desk"), event(8, userId="u-0-1", context={"traits": {"city": "Ulm"}}))
    find_cases()
    page = page_of(client, path(case))
    assert "was not sure" in page
    assert "I wrote to them" in page
    assert "More has become known since." in page
    assert str(case.id) in page_of(client, LIST)


def test_a_shared_identifier_that_was_put_off_comes_back_when_twice_as_many_use_it(staff: Staff) -> None:
    crowd_on_a_mailbox(make_source(), 4)
    case, client = only_case("shared_identifier"), staff("steward")
    reply(client, case, "later")
    crowd_on_a_mailbox(make_source("till"), 5)
    assert cases("shared_identifier") == []
    crowd_on_a_mailbox(make_source("desk"), 8)
    assert only_case("shared_identifier").id == case.id


def test_one_question_stays_one_case_when_a_profile_grows_into_an_older_one(staff: Staff) -> None:
    shop = make_source()
    tell(shop, event(0, anonymousId="a-old"))
    two_accounts(shop)
    case = only_case("refused_link")
    tell(shop, event(9, anonymousId="a-old", userId="u-0-1"))
    found = only_case("refused_link")
    assert found.id != case.id
    assert only_case("refused_link", "settled").id == case.id


def test_what_is_left_of_a_quarantine_after_a_thousand_were_tried_again_is_asked_about(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("profiles.review.kinds.put_aside.MOST_REPLAYED", 2)
    monkeypatch.setattr("profiles.review.kinds.put_aside.OVERLAP_ROWS", 0)
    shop = make_source()
    accept(shop, *({"type": "nonsense"} for _ in range(5)))
    work()
    case = only_case("quarantined_events")
    assert reply(staff("steward"), case, "replay").status_code == 303
    found = only_case("quarantined_events")
    assert (found.id, found.stake) == (case.id, 3)


def test_the_stake_of_what_is_left_out_is_what_its_page_counts(staff: Staff) -> None:
    shop = make_source()
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    left_out = {"traits": {"email": "test@test.com"}}
    for day in range(3):
        tell(shop, event(day, userId="u-1", context=left_out), received_at=long_ago + timedelta(days=day))
        find_cases()
    case = only_case("dropped_identifiers")
    assert case.stake == 3
    assert "3 among the latest 3 events" in page_of(staff("steward"), path(case))


def test_a_value_with_a_star_is_not_blocked_since_it_would_block_others(staff: Staff) -> None:
    crowd_on_a_mailbox(make_source(), 4, mail="a*b@example.org")
    case = only_case("shared_identifier")
    answered = reply(staff("steward"), case, "block")
    assert answered.status_code == 409
    assert "Look at the identity rules" in answered.content.decode()
    assert not any("*b@" in one for one in IdentifierType.objects.get(name="email").blocked)


def test_a_blocked_value_is_computed_at_once_and_stands_in_the_audit(staff: Staff, rebuilds: list[Any]) -> None:
    crowd_on_a_mailbox(make_source(), 4)
    case, client = only_case("shared_identifier"), staff("steward")
    reply(client, case, "block")
    assert rebuild_is_wanted()
    assert len(rebuilds) == 1, "nobody waits for the beat"
    undo_of(client, page_of(client, LIST))
    changes = ConfigurationChange.objects.filter(subject="identifier_type:email").order_by("id")
    assert [change.actor.partition(":")[0] for change in changes] == ["staff", "staff"]
    assert changes[0].before == changes[1].after


def test_answered_cases_go_page_by_page(staff: Staff) -> None:
    two_accounts(make_source(), people=35)
    client, before = staff("steward"), partition()
    rows = cases("refused_link")
    ReviewCase.objects.filter(id__in=[row.id for row in rows]).update(state="answered", answer="same")
    first = page_of(client, f"{LIST}?state=answered")
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = page_of(client, following)
    seen = [one.split("/")[0] for one in (first + second).split('class="case" href="/backoffice/work/')[1:]]
    assert sorted(seen) == sorted(str(row.id) for row in rows)
    assert page_of(client, f"{LIST}?state=answered&after=x", 400)
    assert partition() == before


def test_what_blocking_a_value_would_do_is_said_before(staff: Staff) -> None:
    shop = make_source()
    crowd_on_a_mailbox(shop, 4)
    crowd_on_a_mailbox(shop, 3, mail="desk@example.org")
    client = staff("steward")
    page = page_of(client, path(only_case("shared_identifier"), "previews/"))
    assert "No profile that there is would come out otherwise." in page, "it joined nobody any more"
    tell(shop, event(9, anonymousId="a-1", context={"traits": {"email": "desk@example.org"}}))
    page = page_of(client, path(only_case("nearly_shared"), "previews/"))
    assert "One profile becomes 2, with 1 and 1 identifiers." in page


def test_whoever_has_to_agree_reads_why_it_was_proposed(staff: Staff, case: ReviewCase, settings: Any) -> None:
    settings.FOUR_EYES, settings.FOUR_EYES_ABOVE = ["merge"], 2
    eva, finn = staff("steward"), staff("steward")
    assert "a colleague has to agree first" in page_of(eva, path(case, "previews/"))
    reply(eva, case, note="They <i>told</i> us, p0@example.org")
    proposed = only_case("proposed_merge")
    assert "Take it back" in page_of(eva, path(proposed))
    assert reply(eva, proposed, "approve").status_code == 409, "nobody agrees with themselves"
    eva.post(path(proposed, "leave/"))
    page = page_of(finn, path(proposed))
    assert "They &lt;i&gt;told&lt;/i&gt; us" in page
    assert "p0@example.org" not in page
    assert "a colleague has to agree first" not in page_of(finn, path(proposed, "previews/"))
    assert reply(finn, proposed, "approve").status_code == 303
    assert len(set(partition().values())) == 1
    mail = Identifier.objects.get(value="p0@example.org")
    page = page_of(finn, f"/backoffice/profiles/{Identifier.objects.get(id=mail.root_id).profile_id}/identity/")
    assert re.search(r"Proposed by steward-\d+, approved by steward-\d+\.", page), "both by their names"


def test_the_interactions_count_too_where_a_colleague_has_to_agree(
    staff: Staff, case: ReviewCase, settings: Any
) -> None:
    settings.FOUR_EYES, settings.FOUR_EYES_ABOVE = ["merge"], 5
    client = staff("steward")
    assert "a colleague has to agree first" not in page_of(client, path(case, "previews/"))
    tell(make_source("till"), *(event(n, userId="u-0-1") for n in range(5)))
    assert "a colleague has to agree first" in page_of(client, path(case, "previews/"))


def test_more_cases_than_anybody_counts_are_not_counted(staff: Staff, case: ReviewCase, monkeypatch: Any) -> None:
    for part in ("profiles.review.listing", "cxprofiles.backoffice.work.listing", "cxprofiles.backoffice.search.start"):
        monkeypatch.setattr(f"{part}.MOST_COUNTED", 2)
    client = staff("steward")
    assert "+</span>" not in page_of(client, LIST)
    two_accounts(make_source("till"), people=4, start=1)
    find_cases()
    assert page_of(client, LIST).count("2+</span>") == 2
    assert "<strong>2+</strong>" in page_of(client, "/backoffice/")
