"""No case is left out."""

import re
from pathlib import Path

from tests.integration.cases.service import CASES


def test_every_case_has_a_test() -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert set(CASES) - set(re.findall(r'"([A-Z]{3}-\d\d)"', text)) == set()
