"""Global Privacy Control in a header: exactly 1, alone or among several, and nothing else."""

import pytest

from consent.signals.gpc import header_says_gpc


# Cases SIG-01 and SIG-06 of the shown cases, after the specification (w3c/gpc): a repeated header comes joined.
@pytest.mark.parametrize("value", ["1", " 1 ", "0,1", "1,0", "0, 1", "true,\t1", ",1,"])
def test_an_exact_1_is_the_signal(value: str) -> None:
    assert header_says_gpc(value)


# SIG-02, SIG-03, SIG-05.
@pytest.mark.parametrize("value", ["", "0", "true", "1;x", "11", "01", "1.0", '"1"', "yes", "1 1", "\uff11", ",", "-1"])
def test_any_other_value_is_no_signal(value: str) -> None:
    assert not header_says_gpc(value)
