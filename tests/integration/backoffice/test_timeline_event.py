"""One interaction of a timeline whole: what it said, and why it is on this profile."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from profiles.identity.decisions import record_decision
from profiles.models import Identifier, Interaction, Source
from tests.factories.channels import event, make_source, tell
from tests.factories.pages import text_of

Staff = Callable[[str], Client]


@pytest.fixture
def shop(db: None) -> Source:
    return make_source()


def path_of(item: Interaction) -> str:
    """The path of an interaction on the profile of today."""
    assert item.anchor_id is not None
    root = Identifier.objects.get(id=Identifier.objects.get(id=item.anchor_id).root_id)
    return f"/backoffice/profiles/{root.profile_id}/timeline/{item.id}/"


def seen(client: Client, name: str) -> str:
    """The words of the page of the interaction of a name."""
    answer = client.get(path_of(Interaction.objects.get(event=name)))
    assert answer.status_code == 200
    return text_of(answer)


def test_what_hangs_on_the_strongest_identifier_says_so(staff: Staff, shop: Source) -> None:
    tell(shop, event(1, name="Bought", userId="ann-1", anonymousId="browser-1"))
    said = seen(staff("analyst"), "Bought")
    assert "It names 2 identifiers and is kept under the strongest of them: Customer account a•••1." in said
    assert "Customer account a•••1 is the strongest identifier of this profile" in said


def test_what_hangs_on_a_linked_identifier_names_the_link_and_its_first_event(staff: Staff, shop: Source) -> None:
    tell(shop, event(1, name="Looked", anonymousId="browser-1"))
    tell(shop, event(60 * 24 * 3, name="Signed In", userId="ann-1", anonymousId="browser-1"))
    tell(shop, event(60 * 24 * 5, name="Returned", userId="ann-1", anonymousId="browser-1"))
    reader = staff("analyst")
    said = seen(reader, "Looked")
    assert "It names one identifier and is kept under it: Browser b•••1." in said
    assert (
        "Customer account a•••1 and Browser b•••1 were seen together 2 times from 4 January 2026 to 6 January 2026"
        " by shop." in said
    )
    assert "First shown by: Signed in, 4 January 2026" in said
    first = Interaction.objects.get(event="Signed In")
    body = reader.get(path_of(Interaction.objects.get(event="Looked"))).content.decode()
    assert f'href="{path_of(first)}"' in body
    assert "was a profile of its own" not in said
    assert "was a profile of its own" in seen(reader, "Returned")


def test_what_hangs_on_a_decided_identifier_names_who_decided_and_why(staff: Staff, shop: Source) -> None:
    tell(shop, event(1, name="Bought", userId="ann-1"), event(2, name="Called", userId="ann-2"))
    record_decision(
        a=("user_id", "ann-1"),
        b=("user_id", "ann-2"),
        verdict="same",
        reason="She told ann@example.org",
        actor="token:crm",
    )
    said = seen(staff("analyst"), "Called")
    assert "token crm decided on" in said
    assert "Customer account a•••1 and Customer account a•••2 are the same person" in said
    assert "The reason given: “She told a••@e••.org”" in said


def test_the_way_may_have_several_steps(staff: Staff, shop: Source) -> None:
    seen_with: dict[str, Any] = {"context": {"traits": {"email": "ann@example.org"}}}
    tell(shop, event(1, name="Registered", userId="ann-1", **seen_with))
    tell(shop, event(2, name="Subscribed", anonymousId="browser-1", **seen_with))
    tell(shop, event(3, name="Looked", anonymousId="browser-1"))
    said = seen(staff("analyst"), "Looked")
    first, second = "Customer account a•••1 and Email address", "Email address a••@e••.org and Browser b•••1"
    assert said.index(first) < said.index(second)
    assert "First shown by: Registered" in said
    assert "First shown by: Subscribed" in said


def test_it_says_what_the_event_says_of_consent(staff: Staff, shop: Source) -> None:
    tell(
        shop,
        event(
            1,
            name="Stamped",
            userId="ann-1",
            context={"consent": {"categoryPreferences": {"analytics": True}}, "gpc": True},
        ),
        event(2, name="Silent", userId="ann-1"),
    )
    said = seen(staff("analyst"), "Stamped")
    assert "This event carries consent." in said
    assert re.search(r"analytics\s+Yes\s+the consent block of the event", said)
    assert re.search(r"ads sale share\s+No\s+Global Privacy Control of the browser", said)
    assert "says nothing about consent" in seen(staff("analyst"), "Silent")


def test_it_says_which_identifiers_were_left_out_and_why(staff: Staff, shop: Source) -> None:
    tell(
        shop,
        event(1, name="Odd", userId="ann-1", anonymousId="null", context={"traits": {"email": "nobody", "phone": "1"}}),
    )
    said = seen(staff("analyst"), "Odd")
    assert "Browser: left out, since it is a placeholder that names nobody" in said
    assert "Email address: left out, since it does not have the form of this type." in said


def test_an_identifier_of_another_profile_is_marked(staff: Staff, shop: Source) -> None:
    consent: dict[str, Any] = {"consent": {"categoryPreferences": {"unification": False}}}
    tell(shop, event(1, name="Alone", userId="ann-1", anonymousId="browser-1", context=consent))
    assert "of another profile today" in seen(staff("analyst"), "Alone")


def test_what_came_and_what_was_read_stand_side_by_side_masked(staff: Staff, shop: Source) -> None:
    tell(
        shop, event(1, name="Bought", userId="ann-1", properties={"city": "Ghent", "<b>": "<script>alert(1)</script>"})
    )
    reader = staff("analyst")
    answer = reader.get(path_of(Interaction.objects.get()))
    body = answer.content.decode()
    said = text_of(answer)
    assert "Ghent" not in body
    assert "<script>alert" not in body
    assert '"city": "G•••t"' in said
    assert '"timestamp": "2026-01-01T00:01:00+00:00"' in said
    assert '"event": "Bought"' in said
    assert "As it was read" in said
    assert "Sent in the form of Segment." in said


def test_what_names_somebody_is_masked_wherever_it_stands(staff: Staff, shop: Source) -> None:
    odd = {"to": {"ann@example.org": 1}, "title": "For ann-1 alone", "price": 4.5}
    beside: dict[str, Any] = {"bob@example.org": 1, "sentAt": "ann-1"}
    tell(shop, event(1, name="Hello ann-1", userId="ann-1", properties=odd, **beside))
    answer = staff("analyst").get(path_of(Interaction.objects.get()))
    assert "example.org" not in answer.content.decode()
    assert "ann-1" not in answer.content.decode()
    assert '"price": 4.5' in text_of(answer)


def test_all_of_one_name_are_a_click_away_unless_the_name_names_somebody(staff: Staff, shop: Source) -> None:
    tell(shop, event(1, name="Order Completed", userId="ann-1"), event(2, name="Wrote ann@example.org", userId="ann-1"))
    reader = staff("analyst")
    one = Interaction.objects.get(event="Order Completed")
    assert "/timeline/?event=Order+Completed" in reader.get(path_of(one)).content.decode()
    other = Interaction.objects.get(event="Wrote ann@example.org")
    assert "Show all of this name" not in text_of(reader.get(path_of(other)))


def test_htmx_is_given_the_inside_of_the_drawer_alone(staff: Staff, shop: Source) -> None:
    tell(shop, event(1, name="Bought", userId="ann-1"))
    answer = staff("analyst").get(path_of(Interaction.objects.get()), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.content.decode().lstrip().startswith("<article")


def test_a_former_id_of_the_profile_leads_to_it(staff: Staff, shop: Source) -> None:
    tell(shop, event(1, name="Looked", anonymousId="browser-1"))
    tell(shop, event(2, name="Bought", userId="ann-1", anonymousId="browser-1"))
    for one in Identifier.objects.all():
        item = Interaction.objects.get(event="Looked")
        assert staff("analyst").get(f"/backoffice/profiles/{one.profile_id}/timeline/{item.id}/").status_code == 200
