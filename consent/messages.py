"""Messages to people: stored sealed, sent by a worker, and removed once they are sent.

The rows are the queue: whoever sends locks some, puts their next try off (the lease), sends them outside of any
transaction and removes those that went. So a worker that dies sends a message again at worst.
"""

from uuid import UUID

from consent.models import Message
from consent.pseudonyms import pseudonym
from consent.sealing import seal

USE = "message"


def queue_message(*, address: tuple[str, str], subject: str, text: str, request_id: UUID | None = None) -> None:
    """Have a message sent to an address: its identifier type (`phone`: as a text message, all else by mail) and its
    canonical value. Goes out once the caller's transaction is committed."""
    Message.objects.create(
        content=seal([address[0], address[1], subject, text], USE),
        address=pseudonym(*address).digest,
        request_id=request_id,
    )
