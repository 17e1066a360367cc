"""What California does not let out by a request to know, though it is held (11 CCR 7024(d)). Pure.

Numbers of identity papers, of financial and health insurance accounts, passwords, security questions and biometrics:
who gets hold of somebody's package could become that person. That such a detail is held is said, its value is not.
"""

import re
from typing import Any

WITHHELD = "held, but not given out by a request (11 CCR 7024(d))"

# How the names of such details end, in lower case without signs between words.
ENDINGS = (
    *("ssn", "socialsecurity", "socialsecuritynumber", "socialsecurityno", "taxid", "itin", "nationalid"),
    *("nationalidnumber", "governmentid", "governmentidnumber", "idcardnumber", "passport", "passportnumber"),
    *("passportno", "driverlicense", "driverslicense", "driverlicence", "driverslicence", "driverlicensenumber"),
    *("driverslicensenumber", "driverlicencenumber", "driverslicencenumber", "iban", "bankaccount", "accountnumber"),
    *("cardnumber", "cvv", "cvc", "healthinsuranceid", "healthinsurancenumber", "medicalid", "medicalidnumber"),
    *("password", "passcode", "securityquestion", "securityquestions", "securityanswer", "securityanswers"),
    *("biometric", "biometrics", "biometricdata", "faceprint", "voiceprint"),
)
# Short words that other names end with too.
WHOLE = frozenset({"pin", "pan", "tin"})
_BETWEEN = re.compile(r"[^0-9a-z]")


def is_undisclosed(name: str) -> bool:
    """Whether a detail of this name is such a one: `ssn`, `driverLicenseNumber`, `Passport no.` …"""
    plain = _BETWEEN.sub("", name.lower())
    return plain in WHOLE or plain.endswith(ENDINGS)


def without_undisclosed(value: Any) -> Any:
    """A JSON value in which such details are told of and not shown, however deep they stand."""
    if isinstance(value, list):
        return [without_undisclosed(one) for one in value]
    if isinstance(value, dict):
        return {name: undisclosed(name, one) for name, one in value.items()}
    return value


def undisclosed(name: str, value: Any) -> Any:
    """The value of a detail as it is given out. Nothing held is nothing withheld."""
    if value is not None and is_undisclosed(name):
        return WITHHELD
    return without_undisclosed(value)
