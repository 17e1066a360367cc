"""What controllers and agents send by their protocols."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from nacl.signing import SigningKey

CASES = {one["id"]: one for one in json.loads((Path(__file__).parents[1] / "data/cases/privacy.json").read_text())}

# The seed of the vector DRP-01, and another agent's.
AGENT_SEED, OTHER_SEED = b"\x01" * 32, b"\x02" * 32
AGENT, BUSINESS = "AA_DEMO", "CB_DEMO"


def identity(type_: str = "email", value: str = "johndoe@example.com", form: str = "raw") -> dict[str, str]:
    """An identity of OpenDSR."""
    return {"identity_type": type_, "identity_value": value, "identity_format": form}


def dsr(**changes: Any) -> dict[str, Any]:
    """The request of DSR-01 with changes and an id of its own; None takes a member out."""
    body = {**CASES["DSR-01"]["given"]["body"], "subject_request_id": str(uuid4()), **changes}
    return {name: value for name, value in body.items() if value is not None}


def key_of(seed: bytes) -> str:
    """The verify key of a seed, in base64."""
    return base64.b64encode(bytes(SigningKey(seed).verify_key)).decode()


def signed(message: Any, seed: bytes = AGENT_SEED) -> bytes:
    """A message as an agent sends it; bytes are signed as they are."""
    raw = message if isinstance(message, bytes) else json.dumps(message).encode()
    return base64.b64encode(bytes(SigningKey(seed).sign(raw)))


def claims(now: datetime | None = None, **changes: Any) -> dict[str, Any]:
    """The claims that every message of the agent has, with changes; None takes one out."""
    now = now or datetime.now(UTC)
    usual = {
        "agent-id": AGENT,
        "business-id": BUSINESS,
        "issued-at": (now - timedelta(seconds=1)).isoformat(),
        "expires-at": (now + timedelta(minutes=10)).isoformat(),
        "drp.version": "1.0",
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def exercise(action: str = "deletion", **changes: Any) -> dict[str, Any]:
    """A request to exercise a right for somebody whose address the agent verified."""
    person = {"email": "johndoe@example.com", "email_verified": True}
    return claims(**{"exercise": action, "regime": "ccpa", **person, **changes})
