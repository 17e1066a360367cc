"""One record of consent, whole: what was said, what was shown then, and its receipt, checked there and then."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext

from consent.ledger import Decided
from consent.ledger_reading import read_act
from consent.receipt_checking import ReceiptChecked, check_issued, read_notice
from consent.receipt_issuing import NoSuchReceipt
from consent.receipt_summary import summarise
from cxprofiles.backoffice import consent_words as words
from cxprofiles.backoffice.actors import actor_names, actor_shown
from cxprofiles.backoffice.masking import masked_text
from cxprofiles.backoffice.profile.consent_grid import Names
from cxprofiles.backoffice.profile.opening import Opened, open_profile, show_tab
from cxprofiles.backoffice.rights import Right
from cxprofiles.backoffice.screens import NotHere, is_fragment, screen, show
from profiles.consents.over_time import consents_of
from profiles.consents.reading import Consents
from profiles.consents.records import notice_of
from profiles.consents.spread import shown_proof
from profiles.purpose_names import described_purposes

FIELDS = ("consents", "receipt")
# What the page says in lines of its own, or what may name somebody.
TOLD_ELSEWHERE = frozenset({"notice", "notice_version", "language", "method"})
ABOUT = "About"  # the receipt's line that names the person
LARGEST_NUMBER = 2**63


@screen(Right.SEARCH, "GET")
def record_page(request: HttpRequest, profile_id: UUID, act_id: UUID, identifier_id: int, purpose: str) -> HttpResponse:
    """A record; for htmx without what surrounds it."""
    if "\x00" in purpose or identifier_id >= LARGEST_NUMBER:
        raise NotHere
    opened = open_profile(request, profile_id, tab="consents", fields=FIELDS)
    if identifier_id not in {one.id for one in opened.profile.identifiers}:
        raise NotHere
    row = next((one for one in read_act(act_id, [identifier_id]) if one.purpose == purpose), None)
    if row is None:
        raise NotHere
    shown = {"record": record_shown(row, opened), "base": f"/backoffice/profiles/{opened.profile_id}/"}
    if is_fragment(request):
        return show(request, "profile/consent_record_part.html", shown)
    return show_tab(request, opened, "profile/consent_record.html", shown)


def record_shown(row: Decided, opened: Opened) -> dict[str, Any]:
    """All that is known of a record."""
    found = consents_of(opened.profile, opened.held)
    names = Names(found, described_purposes(opened.held), opened.revealed)
    proof = shown_proof(row.proof)
    source = opened.held.sources.get(row.source_id) if row.source_id is not None else None
    return {
        "row": row,
        "purpose": names.purpose(row.purpose),
        "state": words.named(words.SAID, row.state),
        "tone": words.said_tone(row.state, row.problem),
        "problem": words.named(words.PROBLEMS, row.problem) if row.problem else "",
        "identifier": names.identifier(row.identifier_id),
        "signal": words.named(words.SIGNALS, row.signal) if row.signal else "",
        "source": source.name if source else "",
        "who": actor_shown(row.actor, actor_names([row.actor])) if row.actor else "",
        "method": words.named(words.METHODS, str(proof.get("method", ""))),
        "evidence": evidence_of(proof, opened),
        "notice": notice_shown(row, opened),
        "receipt": receipt_shown(row, opened, found),
    }


def evidence_of(proof: dict[str, Any], opened: Opened) -> list[tuple[str, str]]:
    """What else was noted of how it was said."""
    told = [(name, value) for name, value in sorted(proof.items()) if name not in TOLD_ELSEWHERE]
    return [(words.named(words.EVIDENCE, name), evidence_value(value, opened)) for name, value in told]


def evidence_value(value: Any, opened: Opened) -> str:
    """A part of the proof as a text; identifiers in it are masked until they are revealed."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value) if opened.revealed else masked_text(str(value), opened.known)


def notice_shown(row: Decided, opened: Opened) -> dict[str, Any] | None:
    """What the person was told, as far as it is on record. `text` None: that version is not held here."""
    proof = row.proof or {}
    version, language = str(proof.get("notice_version") or ""), str(proof.get("language") or "")
    if not version:
        return None
    key = str(proof.get("notice") or "") or notice_of([row], opened.held)
    return {"key": key, "version": version, "language": language, "text": read_notice(key, version, language)}


def receipt_shown(row: Decided, opened: Opened, found: Consents) -> dict[str, Any] | None:
    """The receipt of the act, checked now; None: the act has none, as with what events say."""
    if row.source_id is not None:
        return None
    try:
        checked = check_issued(row.act_id)
    except NoSuchReceipt:
        return None
    summary = summarise(checked.record, get_language() or "en")
    return {
        "checked": checked,
        "key": words.named(words.KEYS, checked.key),
        "says_the_same": says_the_same(checked, row),
        "own": set(checked.identifier_ids) <= set(found.names),
        "facts": [
            (words.named(words.FACTS, label), evidence_value(value, opened))
            for label, value in summary.facts
            if label != ABOUT
        ],
        "jws": checked.jws if opened.revealed else "",
    }


def says_the_same(checked: ReceiptChecked, row: Decided) -> bool:
    """Whether the receipt tells the same state of the purpose as the ledger."""
    processes = checked.record.get("dpv:hasProcess") or []
    return any(
        one.get("dpv:hasPurpose", {}).get("dct:identifier") == row.purpose
        and str(one.get("dpv:hasConsentStatus", {}).get("@type", "")).rpartition(":")[2] == row.state
        for one in (processes if isinstance(processes, list) else [processes])
        if isinstance(one, dict)
    )
