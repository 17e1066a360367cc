"""What a steward sees before they decide is what they do: whoever else decides, and however odd what they ask for."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from profiles.identity.rebuild import rebuild_identity
from profiles.models import Decision, Identifier, Source
from tests.factories.channels import event, tell
from tests.integration.backoffice.test_identity import path_of, row, seen_of, tell_of_ann, words

Staff = Callable[[str], Client]


def previewed(client: Client, **form: Any) -> dict[str, Any]:
    """The form that a preview leads to, filled in."""
    answer = client.post(path_of("ann-1", "preview/"), form)
    assert answer.status_code == 200
    return {**form, "seen": seen_of(answer), "reason": "Not hers."}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_turn", range(3))
def test_of_two_stewards_at_once_the_second_looks_again(
    staff: Staff, shop: Source, default_types: None, _turn: int
) -> None:
    tell_of_ann(shop)
    path = path_of("ann-1", "decide/")
    asked = []
    for device in ("tablet-1", "telephone-1"):
        client = staff("steward")
        asked.append((client, previewed(client, act="split", chosen=[row(device).id])))
    ready, came = threading.Barrier(2), []

    def decide(client: Client, form: dict[str, Any]) -> None:
        ready.wait()
        came.append(client.post(path, form))
        connection.close()

    threads = [threading.Thread(target=decide, args=one) for one in asked]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(answer.status_code for answer in came) == [303, 409]
    assert Decision.objects.count() == 1
    [late] = [words(answer) for answer in came if answer.status_code == 409]
    assert "Something has changed since" in late


@pytest.mark.django_db
def test_what_was_written_stays_where_something_has_changed(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    form = previewed(client, act="split", chosen=[row("tablet-1").id])
    tell(shop, event(9, userId="ann-1", context={"device": {"id": "watch-1"}}))
    answer = client.post(path_of("ann-1", "decide/"), form)
    assert answer.status_code == 409
    assert ">Not hers.</textarea>" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_that_is_sent_twice_decides_once(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    form = previewed(client, act="split", chosen=[row("tablet-1").id])
    path = path_of("ann-1", "decide/")
    assert [client.post(path, form).status_code for _ in range(2)] == [303, 422]
    assert Decision.objects.count() == 1


@pytest.mark.django_db
def test_nobody_splits_off_everything_or_nothing(staff: Staff, shop: Source) -> None:
    tell_of_ann(shop)
    client = staff("steward")
    members = list(Identifier.objects.filter(root_id=row("ann-1").root_id).values_list("id", flat=True))
    for chosen in ([], members):
        answer = client.post(path_of("ann-1", "preview/"), {"act": "split", "chosen": chosen})
        assert answer.status_code == 422
        assert "Choose some of the profile's identifiers, but not all of them" in words(answer)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ("ann-1", "Nobody else is found by these words."),
        ("ann@example.org", "Nobody else is found by these words."),
        ("nobody@example.org", "Nobody else is found by these words."),
        ("email:", "Nobody else is found by these words."),
    ],
)
def test_nobody_is_joined_with_themselves_or_with_nobody(staff: Staff, shop: Source, other: str, sentence: str) -> None:
    tell_of_ann(shop)
    answer = staff("steward").post(path_of("ann-1", "preview/"), {"act": "join", "other": other})
    assert answer.status_code == 422
    assert sentence in words(answer)


@pytest.mark.django_db
def test_joining_with_a_shared_identifier_does_what_was_shown(staff: Staff, shop: Source) -> None:
    tell(shop, *(event(n, userId=f"user-{n}", context={"device": {"id": "kiosk"}}) for n in range(11)))
    tell_of_ann(shop)
    assert row("kiosk").shared
    client = staff("steward")
    answer = client.post(path_of("ann-1", "preview/"), {"act": "join", "other": "kiosk"})
    assert answer.status_code == 200
    assert "Then: 1 profile" in words(answer)
    form = {"act": "join", "other": "kiosk", "seen": seen_of(answer), "reason": "It stands in her shop."}
    assert client.post(path_of("ann-1", "decide/"), form).status_code == 303
    assert row("kiosk").root_id == row("ann-1").root_id
    assert len({row(f"user-{n}").root_id for n in range(11)}) == 11
    assert [name for name, count in rebuild_identity(check=True).differences.items() if count] == []


@pytest.mark.django_db
def test_a_value_that_would_read_backwards_is_written_out(staff: Staff, shop: Source) -> None:
    tell(shop, event(1, userId="ann-1", anonymousId="\u202egnp.exe"))
    client = staff("steward")
    client.post("/backoffice/reveal/", {"profile": path_of("ann-1").split("/")[3], "next": "/backoffice/"})
    shown = client.get(path_of("ann-1")).content.decode()
    happened = client.get(path_of("ann-1").replace("identity", "timeline")).content.decode()
    for page in (shown, happened):
        assert "\\u202egnp.exe" in page
        assert "\u202e" not in page
