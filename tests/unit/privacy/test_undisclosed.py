"""Details that California does not let out by a request to know."""

import pytest

from profiles.privacy.undisclosed import WITHHELD, is_undisclosed, without_undisclosed


@pytest.mark.parametrize(
    "name",
    [
        *("ssn", "SSN", "customer_ssn", "socialSecurityNumber", "social-security", "driver_license"),
        *("Driver's License Number", "drivers_licence", "passportNumber", "passport no", "tax_id", "iban"),
        *("bankAccount", "account_number", "creditCardNumber", "cvv", "healthInsuranceId", "medical_id"),
        *("password", "security_answer", "pin", "biometrics"),
    ],
)
def test_details_by_which_somebody_else_could_be_them_are_withheld(name: str) -> None:
    assert is_undisclosed(name)


@pytest.mark.parametrize(
    "name",
    ["email", "city", "loyalty_card", "shipping", "spin", "password_changed_at", "card_type", "account_type", ""],
)
def test_other_details_are_not(name: str) -> None:
    assert not is_undisclosed(name)


def test_they_are_told_of_however_deep_they_stand_and_never_shown() -> None:
    event = {"traits": {"ssn": "078-05-1120", "city": "Fresno", "pin": None}, "items": [{"iban": {"value": "DE02"}}]}
    assert without_undisclosed(event) == {
        "traits": {"ssn": WITHHELD, "city": "Fresno", "pin": None},
        "items": [{"iban": WITHHELD}],
    }
