"""Who a name and a password belong to."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend


class OneCheckBackend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's backend, which compares one password for each attempt. allauth looks an address up as a user name and
    as an address, and compares twice where somebody has it: how long it takes would tell who has an account."""

    def _check_password(self, user: Any, password: str) -> Any:
        return None if self._did_check_password else super()._check_password(user, password)
