"""Why something cannot be done with a request. Pure."""


class NoSuchRequest(LookupError):
    """There is no privacy request with this id."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NotNow(ValueError):
    """Why the state of a request does not allow what was asked, and what would, in a sentence."""


class BadRequestCursor(ValueError):
    """This is no cursor of a list of requests; take the one that the last page gave, or none."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class ExternalIdTaken(ValueError):
    """Another request was made under this external id already; take a new one for a new request."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)
