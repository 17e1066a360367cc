"""An erasure that dies anywhere goes on where it stopped: nothing is left, nothing counts twice."""

import pytest

from profiles.models import Source
from profiles.privacy.erasing import STEPS, erase
from tests.factories.callers import Caller
from tests.factories.channels import event, make_source, tell
from tests.factories.erasures import erasure_of
from tests.integration.erasure.people import Person, live
from tests.integration.erasure.searching import dump_of_database, found_in

pytestmark = pytest.mark.usefixtures("deployed")


class Died(Exception):
    """The worker is gone."""


class DiesAt:
    """Ends the worker at the n-th thing that is watched."""

    def __init__(self, n: int) -> None:
        self.left = n

    def __call__(self, store: str) -> None:
        if self.left == 0:
            raise Died
        self.left -= 1


@pytest.fixture
def shop() -> Source:
    return make_source()


def settle(shop: Source, service: Caller) -> tuple[Person, Person]:
    """Ann, and Ben who wrote about her."""
    ann, ben = Person(), Person()
    live(ann, shop, service)
    live(ben, shop, service)
    tell(shop, event(8, name="Wrote", properties={"friend": ann.mail}, **ben.names(traits={"email": ann.mail})))
    return ann, ben


ALL = range(2 * len(STEPS))


@pytest.mark.parametrize("crashes", [ALL[1::7], pytest.param(ALL, marks=pytest.mark.slow)], ids=["some", "all"])
def test_it_goes_on_after_a_crash_at_each_step(shop: Source, crashes: range) -> None:
    service = Caller()
    ann, _ = settle(shop, service)
    whole = erase(erasure_of(*ann.identifiers)).rows
    assert whole["profiles.Interaction"] == 5
    for n in crashes:
        ann, ben = settle(shop, service)
        execution = erasure_of(*ann.identifiers)
        with pytest.raises(Died):
            erase(execution, watch=DiesAt(n))
        assert erase(execution).rows == whole
        assert erase(execution).rows == whole
        if n % 6 == 0 or n == crashes[-1]:
            assert found_in(dump_of_database(), [*ann.needles, ben.account]) == {ben.account}
