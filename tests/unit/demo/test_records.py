"""The customer records of the demonstration, and how a result is compared with the truth about them."""

import pytest

from cxprofiles.demo.records import Agreement, compare, read_records, read_truth


def test_every_record_has_its_truth() -> None:
    records = read_records()
    assert {record.id for record in records} == set(read_truth())
    assert len(records) == 159
    assert len(set(read_truth().values())) == 85


def test_an_address_in_brackets_is_taken_out_and_numbers_lose_their_dashes() -> None:
    records = {record.id: record for record in read_records()}
    assert records["ee715ed6ba4a"].contact("email") == "jjones@fmail.com"
    assert {"type": "national_id", "id": "521212123"} in records["6a54f3fc2c6f"].external_ids()


def test_the_truth_agrees_with_itself() -> None:
    truth = read_truth()
    agreement = compare(truth, truth)
    assert (agreement.right, agreement.wrong, agreement.missed) == (108, 0, 0)
    assert (agreement.precision, agreement.recall) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"a": "1", "b": "2", "c": "3", "d": "4"}, Agreement(0, 0, 2, 2, 4)),
        ({"a": "1", "b": "1", "c": "1", "d": "1"}, Agreement(2, 4, 0, 2, 1)),
        ({"a": "1", "b": "1", "c": "2", "d": "3"}, Agreement(1, 0, 1, 2, 3)),
        ({"a": "1", "b": "2", "c": "1", "d": "2"}, Agreement(0, 2, 2, 2, 2)),
    ],
)
def test_pairs_are_counted_right_wrong_and_missed(found: dict[str, str], expected: Agreement) -> None:
    assert compare({"a": "x", "b": "x", "c": "y", "d": "y"}, found) == expected
