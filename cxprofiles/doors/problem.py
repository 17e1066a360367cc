"""Errors as bytes, for both doors.

On the tracking paths an error carries `code` and `message` as well: several SDKs read these two, and take an
answer without them for a fault of the network, which they try again for ever.
"""

import msgspec

from cxprofiles.api.errors import CONTENT_TYPE, Problem, problem_body
from cxprofiles.doors.reply import NO_STORE, NOSNIFF, STATUS_LINES, Reply


def problem_reply(problem: Problem, *, for_sdk: bool = False) -> Reply:
    """A problem as RFC 9457 has it."""
    body = problem_body(problem)
    if for_sdk:
        title = STATUS_LINES[problem.status].partition(" ")[2]
        body |= {"code": title.lower().replace(" ", "_"), "message": problem.detail}
    headers = [("Content-Type", CONTENT_TYPE), NO_STORE, NOSNIFF, *problem.headers.items()]
    return Reply(problem.status, headers, msgspec.json.encode(body))


def too_large(limit: int) -> Problem:
    """A body of more than `limit` bytes."""
    return Problem(413, f"The body has more than the {limit} bytes that are allowed here; send it in parts.")


def not_allowed(*methods: str) -> Problem:
    """A method that a path does not have."""
    allowed = ", ".join(methods)
    return Problem(405, f"This path answers {allowed}.", headers={"Allow": allowed})
