"""allauth's accounts as a Django app, with the middleware of our own (cxprofiles/signing_in/middleware.py)."""

from importlib import import_module

from allauth.account.apps import AccountConfig


class SigningInConfig(AccountConfig):  # type: ignore[misc]
    """allauth insists on its middleware being named in the settings; ours calls it, on the pages of staff alone."""

    def ready(self) -> None:
        import_module("allauth.account.checks")
        import_module("cxprofiles.signing_in.noting")
