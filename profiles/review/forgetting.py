"""What staff wrote about cases, when somebody is erased: a note that names them goes, whatever the case is about."""

from collections.abc import Collection

from django.db.models import Q

from profiles.models import ReviewCase, ReviewProposal
from profiles.privacy.redaction import Erased, Redactor

AT_ONCE = 500


def forget_in_notes(names: Collection[tuple[str, str]]) -> int:
    """Empty the notes and reasons that hold one of some identifiers, (type, value); how many rows."""
    redactor = Redactor([Erased(*name) for name in names])
    count = 0
    for row in ReviewCase.objects.exclude(note="").only("id", "note").iterator(chunk_size=AT_ONCE):
        if redactor.text(row.note) != row.note:
            count += ReviewCase.objects.filter(id=row.id).update(note="")
    written = ReviewProposal.objects.exclude(Q(note="") & Q(reason="")).only("id", "note", "reason")
    for one in written.iterator(chunk_size=AT_ONCE):
        if redactor.text(one.note) != one.note or redactor.text(one.reason) != one.reason:
            count += ReviewProposal.objects.filter(id=one.id).update(note="", reason="")
    return count
