"""Secrets of Standard Webhooks: sealed, rotated with an overlap, and what is signed by them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from consent.delivery_secrets import SecretsUnreadable, good, hold, is_signed, new_secret, rotated, sign

BODY = '{"a": "ü"}'
DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC)


def test_a_secret_is_nowhere_in_what_is_stored() -> None:
    secret = new_secret()
    assert secret.startswith("whsec_")
    assert secret.removeprefix("whsec_") not in str(hold(secret, now()))
    assert new_secret() != secret


def test_what_is_signed_verifies_by_the_library_and_by_no_other_secret() -> None:
    secret = new_secret()
    headers = sign([hold(secret, now())], "m-1", BODY, now())
    assert Webhook(secret).verify(BODY.encode(), headers) == {"a": "ü"}
    for other in (Webhook(new_secret()),):
        with pytest.raises(WebhookVerificationError):
            other.verify(BODY.encode(), headers)


def test_both_verify_what_is_signed_while_a_secret_is_rotated() -> None:
    old, new, at = new_secret(), new_secret(), now()
    held = rotated([hold(old, at)], new, at, DAY)
    headers = sign(held, "m-1", BODY, at)
    assert [Webhook(one).verify(BODY.encode(), headers) for one in (old, new)] == [{"a": "ü"}] * 2
    assert len(headers["webhook-signature"].split(" ")) == 2


def test_the_old_one_ends_with_the_overlap() -> None:
    at = now()
    held = rotated([hold("whsec_b2xk", at)], "whsec_bmV3", at, DAY)
    assert [len(good(held, at + moment)) for moment in (timedelta(0), DAY - timedelta(seconds=1), DAY)] == [2, 2, 1]
    assert len(rotated([hold("whsec_b2xk", at)], "whsec_bmV3", at, timedelta(0))) == 1


def test_an_end_that_was_set_is_never_put_off() -> None:
    at = now()
    held = rotated(rotated([hold("whsec_MQ", at)], "whsec_Mg", at, DAY), "whsec_Mw", at, 10 * DAY)
    assert [one["ends_at"] for one in held] == [None, (at + 10 * DAY).isoformat(), (at + DAY).isoformat()]


def test_no_more_than_three_are_held() -> None:
    at = now()
    held: list[Any] = [hold(new_secret(), at)]
    for _ in range(5):
        held = rotated(held, new_secret(), at, DAY)
    assert len(held) == 3


HOSTILE: list[dict[str, str]] = [
    {},
    {"webhook-signature": ""},
    {"webhook-signature": "v1"},
    {"webhook-signature": "v1,a,b"},
    {"webhook-signature": "v1,\u20ac"},
    {"webhook-signature": "v1,====="},
    {"webhook-signature": "v2,AAAA"},
    {"webhook-signature": " " * 1000},
    {"webhook-timestamp": ""},
    {"webhook-timestamp": "nan"},
    {"webhook-timestamp": "-1e400"},
    {"webhook-timestamp": "now"},
    {"webhook-id": ""},
    {"webhook-id": "m-2"},
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_not_signed_right_is_told_from_what_is(hostile: dict[str, str]) -> None:
    held = [hold(new_secret(), now())]
    headers = sign(held, "m-1", BODY, now())
    assert is_signed(held, BODY.encode(), headers, now())
    assert not is_signed(held, BODY.encode(), (headers | hostile) if hostile else {}, now())


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", BODY.encode() + b" "])
def test_another_body_is_not_what_was_signed(body: bytes) -> None:
    held = [hold(new_secret(), now())]
    assert not is_signed(held, body, sign(held, "m-1", BODY, now()), now())


@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_was_signed_at_another_time_is_too_old_or_too_new(minutes: int) -> None:
    held = [hold(new_secret(), now() - DAY)]
    assert not is_signed(held, BODY.encode(), sign(held, "m-1", BODY, now() + timedelta(minutes=minutes)), now())


def test_after_a_change_of_the_sealing_secret_they_are_unreadable_in_a_sentence(settings: Any) -> None:
    held = [hold(new_secret(), now())]
    settings.SEALING_SECRET = b"another secret of thirty-two bytes"
    with pytest.raises(SecretsUnreadable, match="rotate them"):
        sign(held, "m-1", BODY, now())
