"""Acts of deciding, told as services tell them."""

from typing import Any

from tests.factories.callers import Answered, Caller

PROOF = {"method": "checkbox", "notice": "news", "notice_version": "3", "language": "de"}
ANN = {"type": "email", "value": "ann@example.org"}
ANN_ACCOUNT = {"type": "user_id", "value": "ann-1"}
PHONE = {"type": "anonymous_id", "value": "a-1"}


def decision(purpose: str = "analytics", state: str = "granted", at: str | None = None, **more: Any) -> dict[str, Any]:
    """One decision of a body."""
    return {"purpose": purpose, "state": state, **({} if at is None else {"at": at}), **more}


def told(*decisions: dict[str, Any], by: Any = ANN, **more: Any) -> dict[str, Any]:
    """A body of POST /v1/consents; `by` is an identifier or several."""
    identifiers = by if isinstance(by, list) else [by]
    return {"identifiers": identifiers, "decisions": list(decisions), "proof": PROOF, **more}


def tell_consents(service: Caller, *decisions: dict[str, Any], by: Any = ANN, **more: Any) -> Answered:
    """Tell an act, which must be taken."""
    answered = service.post("/v1/consents", told(*decisions, by=by, **more))
    assert answered.status == 201, answered.content
    return answered


def consents_of(service: Caller, identifier: dict[str, str] = ANN, **query: Any) -> Any:
    """What is in force for whoever holds an identifier."""
    from profiles.models import Identifier

    row = Identifier.objects.get(type__name=identifier["type"], value=identifier["value"])
    answered = service.get(f"/v1/profiles/{row.profile_id}/consents", **query)
    assert answered.status == 200, answered.content
    return answered.content


def state_of(service: Caller, purpose: str, identifier: dict[str, str] = ANN, **query: Any) -> tuple[str, bool]:
    """The state of one purpose, and whether it is allowed."""
    found = consents_of(service, identifier, **query)["purposes"][purpose]
    return found["state"], found["allowed"]
