"""Codes that are asked for and tried by several at once, each in a transaction of its own."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from consent.models import IdentifierProof
from consent.proofs import ProofOver, WrongCode, open_proof, redeem_code
from tests.factories.shipped import restore_shipped
from tests.factories.visitors import ANN, code_sent

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 4
IDENTIFIER = ("email", ANN)


@pytest.fixture(autouse=True)
def shipped_rows() -> None:
    restore_shipped()


def together(work: Callable[[], Any]) -> list[str]:
    """How it ended for each of several who did the same at the same time."""
    gate, ends = threading.Barrier(AT_ONCE), []

    def run() -> None:
        try:
            gate.wait(10)
            work()
            ends.append("done")
        except (ProofOver, WrongCode) as refusal:
            ends.append(type(refusal).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def test_a_code_that_several_enter_at_once_works_once() -> None:
    proof_id = open_proof(identifier=IDENTIFIER, language="en")
    code = code_sent()
    assert together(lambda: redeem_code(proof_id=proof_id, code=code)) == ["ProofOver"] * 3 + ["done"]


def test_wrong_codes_at_once_are_three_tries_and_no_more() -> None:
    proof_id = open_proof(identifier=IDENTIFIER, language="en")
    wrong = f"{(int(code_sent()) + 1) % 1_000_000:06d}"
    assert together(lambda: redeem_code(proof_id=proof_id, code=wrong)) == ["ProofOver"] * 2 + ["WrongCode"] * 2
    assert IdentifierProof.objects.get().tries == 3


def test_of_several_codes_that_are_asked_for_at_once_one_works() -> None:
    assert together(lambda: open_proof(identifier=IDENTIFIER, language="en")) == ["done"] * AT_ONCE
    assert IdentifierProof.objects.filter(subject__isnull=False).count() == 1
