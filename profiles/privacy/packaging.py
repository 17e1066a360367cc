"""The package of an access or portability request: made in pieces, sealed, and fetched once."""

from consent.packages import NoSuchPackage, PackageExpired, PackageGone, open_package, package_token
from profiles.privacy.execution import Execution, Outcome

__all__ = ["NoSuchPackage", "PackageExpired", "PackageGone", "make_package", "open_package", "package_token"]


def make_package(execution: Execution) -> Outcome:
    """Make the package of a request: a ZIP in sealed pieces, in constant memory. Again: the same row, made anew."""
    raise NotImplementedError
