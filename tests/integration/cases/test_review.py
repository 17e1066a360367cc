"""What becomes a case for stewards, told by nothing but what channels post and services decide."""

from collections import Counter
from typing import Any

from profiles.models import Identifier, ReviewCase
from profiles.review.deciding import Proposed, decide_pairs
from profiles.review.finding import find_cases
from profiles.review.registry import KINDS
from tests.integration.cases.service import Service


def seen_with(account: str, mail: str) -> dict[str, Any]:
    return {"type": "track", "event": "Seen", "userId": account, "context": {"traits": {"email": mail}}}


def decide(service: Service, one: str, other: str, verdict: str) -> None:
    a, b = ({"type": "user_id", "value": value} for value in (one, other))
    service.post("/v1/identity/decisions", {"a": a, "b": b, "verdict": verdict, "reason": "They told us."})


def waiting() -> Counter[str]:
    find_cases()
    return Counter(ReviewCase.objects.filter(state="open").values_list("kind", flat=True))


def test_every_kind_of_case_comes_of_what_is_posted(service: Service, settings: Any) -> None:
    service.tell(seen_with("ann-1", "ann@example.org"), seen_with("ann-2", "ann@example.org"))
    service.tell(*(seen_with(f"desk-{n}", "office@example.org") for n in range(4)))
    service.tell(*(seen_with(f"few-{n}", "few@example.org") for n in range(3)))
    service.tell(seen_with("guest-1", "test@test.com"))
    service.batch({"type": "nonsense"}, {"type": "nonsense"})
    for a, b, verdict in (("0", "2", "different"), ("0", "1", "same"), ("1", "2", "same")):
        decide(service, f"desk-{a}", f"desk-{b}", verdict)
    settings.FOUR_EYES, settings.FOUR_EYES_ABOVE = ["merge"], 1
    one, other = (Identifier.objects.get(value=value).id for value in ("ann-1", "guest-1"))
    assert isinstance(decide_pairs(pairs=[(one, other)], verdict="same", reason="", actor="staff:1"), Proposed)
    found = waiting()
    assert set(found) == set(KINDS)
    assert waiting() == found, "looked for again, nothing is asked twice"
