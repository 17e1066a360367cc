"""Signed heads: statements of the whole log at one size, after which nobody can change unnoticed what stood in it."""

from datetime import UTC, datetime

from consent.audit.chain import written
from consent.audit.checking import HEAD, Head, head_content
from consent.audit.log import read_end
from consent.audit.merkle import root
from consent.models import AuditHead
from consent.signatures import sign
from consent.signing import active_key


class NoHeadYet(LookupError):
    """Nothing stands in the audit log yet, or its first head is not signed; try again in a minute."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def sign_head() -> AuditHead | None:
    """The signed head of the log as it is now, made unless it is there; None: the log is empty.

    It needs no lock: entries are committed in their order, so whoever sees the last sees all.
    """
    size, _, nodes = read_end()
    if not size:
        return None
    held = AuditHead.objects.filter(size=size).first()
    return held if held is not None else make_head(size, root(size, nodes), datetime.now(UTC))


def make_head(size: int, root: bytes, at: datetime) -> AuditHead:
    """Sign the log at a size; where another process was faster, its head is kept and returned."""
    at = at.replace(microsecond=0)
    jws = sign(head_content(Head(size, root, written(at))), active_key(), HEAD)
    AuditHead.objects.bulk_create([AuditHead(size=size, root=root, at=at, jws=jws)], ignore_conflicts=True)
    return AuditHead.objects.get(size=size)


def latest_head() -> AuditHead:
    """The newest head; raises `NoHeadYet`."""
    head = AuditHead.objects.order_by("-size").first()
    if head is None:
        raise NoHeadYet
    return head
