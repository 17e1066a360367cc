"""Whatever is sent to the paths of consent, the answer is clear; whatever was recorded can be read at any instant."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.models import ConsentDecision
from profiles.models import Identifier
from tests.factories.callers import Caller

pytestmark = pytest.mark.django_db

NAMES = ["analytics", "*", "unification", "no.such", "granted", "restricted", "email", "user_id", "null", "person", ""]
INSTANTS = ["2026-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "1998-02-29"]
SIGNALS = ["double_opt_in", "DBABBg~BUUAAACA.YA", "1", "\u0001", "é", "ann@example.org"]
WORDS = st.sampled_from([*NAMES, *INSTANTS, *SIGNALS])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | WORDS
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=8
)
TYPES = st.sampled_from(["email", "user_id", "anonymous_id", "shoe_size"])
IDENTIFIERS = st.lists(st.fixed_dictionaries({"type": TYPES, "value": SCALARS}), min_size=1, max_size=2) | ANYTHING
DECISIONS = st.lists(
    st.fixed_dictionaries({"purpose": WORDS, "state": WORDS}, optional={"at": WORDS, "expires_at": WORDS}), max_size=2
)
MEMBERS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "/v1/consents": {
        "identifiers": IDENTIFIERS,
        "decisions": DECISIONS | ANYTHING,
        "proof": ANYTHING,
        "subject": ANYTHING | st.fixed_dictionaries({"date_of_birth": WORDS, "country": WORDS}),
        "carry_from": ANYTHING,
        "reach": WORDS,
        "id": ANYTHING,
    },
    "/v1/consents/check": {
        "identifiers": IDENTIFIERS,
        "purposes": ANYTHING | st.lists(WORDS, max_size=2),
        "recipients": ANYTHING | st.dictionaries(WORDS, st.lists(WORDS, max_size=2), max_size=2),
        "event": ANYTHING | st.fixed_dictionaries({"context": ANYTHING, "integrations": ANYTHING}),
        "at": WORDS,
    },
    "/v1/consents/check/batch": {"purpose": WORDS, "subjects": ANYTHING},
    "/v1/consents/signals": {"tc_string": WORDS, "gpp": WORDS, "headers": ANYTHING, "context": ANYTHING},
}
CLEAR = {200, 201, 400, 409, 422}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("path", MEMBERS)
def test_any_body_is_answered_clearly(service: Caller, path: str, data: st.DataObject) -> None:
    body = data.draw(st.fixed_dictionaries({}, optional=MEMBERS[path]) | ANYTHING)
    answered = service.post(path, body)
    assert answered.status in CLEAR, answered.body
    if answered.status not in (200, 201):
        assert answered.headers["content-type"] == "application/problem+json"


PEOPLE = st.sampled_from([("email", "ann@example.org"), ("user_id", "ann-1"), ("anonymous_id", "a-1")])
STATES = st.sampled_from(["granted", "denied", "withdrawn", "requested", "objected", "objection_lifted"])
TIMES = st.sampled_from(["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2028-01-01T00:00:00Z"])
PROOFS = st.sampled_from([{}, {"notice_version": 1, "language": "en", "expressed_by": "guardian"}])
ACTS = st.fixed_dictionaries(
    {
        "identifiers": st.lists(PEOPLE, min_size=1, max_size=3).map(
            lambda found: [{"type": type_name, "value": value} for type_name, value in found]
        ),
        "decisions": st.lists(
            st.fixed_dictionaries(
                {
                    "purpose": st.sampled_from(["analytics", "unification", "marketing.email"]),
                    "state": STATES,
                    "at": TIMES,
                }
            ),
            min_size=1,
            max_size=3,
            unique_by=lambda one: one["purpose"],
        ),
    },
    optional={
        "proof": PROOFS,
        "subject": st.sampled_from([{"date_of_birth": "2012-02-29"}, {"age": 0}, {"date_of_birth": "9999-12-31"}]),
        "carry_from": st.just({"type": "anonymous_id", "value": "a-1"}),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, min_size=1, max_size=3))
def test_whatever_was_recorded_can_be_read_at_any_instant(service: Caller, acts: list[Any]) -> None:
    before = ConsentDecision.objects.count()
    assert [service.post("/v1/consents", act).status for act in acts] == [201] * len(acts)
    assert ConsentDecision.objects.count() > before
    for profile_id in Identifier.objects.values_list("profile_id", flat=True):
        for query in ({}, {"explain": "1"}, {"at": "2026-01-15T00:00:00Z"}, {"at": "9999-12-31T23:59:59Z"}):
            answered = service.get(f"/v1/profiles/{profile_id}/consents", **query)
            assert answered.status == 200, answered.body
            analytics = answered.content["purposes"]["analytics"]
            assert analytics["allowed"] or not analytics["effective_for"]
