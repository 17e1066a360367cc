"""The package of an access or portability request: made in pieces, sealed, and fetched once.

Portability is what the person gave and what was observed; access adds what was worked out, where it all came from, whom
it goes to, for what, for how long, by which logic, and who looked (GDPR, Art. 15 and 20). Neither ever holds somebody
else's data (masking.py).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction

from consent.delivery_reading import recipients_of_data
from consent.in_force import in_force
from consent.letter_pdf import letter_pdf
from consent.packages import (
    NoSuchPackage,
    PackageExpired,
    PackageGone,
    PackageWriter,
    forget_packages,
    identifiers_in,
    open_package,
    package_token,
    peek_package,
)
from consent.purpose_reading import read_purposes
from consent.requests.clocks import CCPA
from consent.requests.kinds import ACCESS, SHARED
from consent.requests.letters import language_of
from consent.retention_rules import read_rules
from consent.standing import Standing, pack
from consent.times import now_microseconds
from profiles.configuration import Configuration, configuration
from profiles.consents.reading import holders_of_folds
from profiles.golden.rule_changes import origins
from profiles.models import Card, Identifier, Interaction, TraitFact
from profiles.privacy.contents import Whose, tables_of
from profiles.privacy.execution import Execution, Gap, Outcome
from profiles.privacy.origins import INFERRED, origin_of
from profiles.privacy.own import Own, OwnData, read_own
from profiles.privacy.package_words import authority_named, logic_in_words, paragraphs_of, title_of
from profiles.privacy.tables import Archive
from profiles.regions import region_of

__all__ = [
    "NoSuchPackage",
    "PackageExpired",
    "PackageGone",
    "forget_packages",
    "make_package",
    "open_package",
    "package_token",
    "peek_package",
    "people_in",
]

SCHEMA = "cxprofiles.package"
VERSION = 1
LETTER, PROFILE = "letter.pdf", "profile.json"
OTHERS = "Several people use the identifier; whose data it leads to is not known, so that none is given out."


def make_package(execution: Execution) -> Outcome:
    """Make the package of a request: a ZIP in sealed pieces, in constant memory. Again: another in its place."""
    with transaction.atomic():
        held = configuration()
        rows = list(Identifier.objects.filter(id__in=execution.identifier_ids).order_by("id"))
        own = {row.id: row for row in rows if not row.shared}
        if not own:
            return nothing_given(execution, rows)
        ccpa = execution.regulation == CCPA
        whose = Whose(own, held, origins(), everything=execution.type == ACCESS, withholding=ccpa)
        writer = PackageWriter(execution.request_id, datetime.now(UTC))
        outcome = Outcome(rows=write_archive(writer, whose, execution))
        writer.finish()
    return outcome


def people_in(request_id: UUID) -> list[UUID]:
    """The profiles of today that a request's package is about: for the access log."""
    roots = Identifier.objects.filter(id__in=identifiers_in(request_id)).values("root_id")
    return list(Card.objects.filter(root_id__in=roots).values_list("profile_id", flat=True))


def nothing_given(execution: Execution, rows: list[Identifier]) -> Outcome:
    """Nobody is known, or only an identifier that several people use: then nothing is disclosed."""
    shared = set(execution.scope.get(SHARED, ())) | {row.id for row in rows}
    if not shared:
        return Outcome(no_match=True)
    return Outcome(gaps=[Gap("package", SHARED, len(shared), OTHERS)])


def write_archive(writer: PackageWriter, whose: Whose, execution: Execution) -> dict[str, int]:
    """Write all files; how many rows of each table."""
    now = datetime.now(UTC)
    archive = Archive(writer, writer.aside, (now.year, now.month, now.day, now.hour, now.minute, now.second))
    archive.add(LETTER, letter_of(execution, now))
    counts = {table.name: archive.add_table(table) for table in tables_of(whose)}
    content = profile_of(whose, execution, counts, now)
    archive.add(PROFILE, msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
    archive.close()
    return counts


def letter_of(execution: Execution, now: datetime) -> bytes:
    """The letter, in the language of the request."""
    paragraphs = paragraphs_of(
        execution.type,
        execution.language,
        number=str(execution.request_id),
        received=execution.received_at.date().isoformat(),
        made=now.date().isoformat(),
        authority=settings.PRIVACY_AUTHORITY,
    )
    return letter_pdf(
        title=title_of(execution.type, execution.language),
        paragraphs=paragraphs,
        language=language_of(execution.language),
        reference=str(execution.request_id),
        at=now,
    )


def profile_of(whose: Whose, execution: Execution, counts: Mapping[str, int], now: datetime) -> dict[str, Any]:
    """The file that says what is in the package, and what the tables come to."""
    own = Own(execution.identifiers, list(whose.rows.values()), frozenset(), ())
    data = read_own(own, whose.held)
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "version": VERSION,
        "request": {"id": execution.request_id, "type": execution.type, "received_at": execution.received_at},
        "made_at": now,
        "files": {name: {"rows": rows, "json": f"{name}.json", "csv": f"{name}.csv"} for name, rows in counts.items()},
        "traits": traits_shown(data, whose),
    }
    return content | known_of(data, whose, execution) if whose.everything else content


def traits_shown(data: OwnData, whose: Whose) -> dict[str, Any]:
    """The value of each trait that the profile goes by, and where it is from."""
    masker = whose.masker()
    values = {name: whose.let_out(trait.value, name) for name, trait in data.traits.items()}
    masker.learn(values.values())
    shown = {}
    for name, trait in data.traits.items():
        origin = origin_of(name, whose.origins)
        if origin != INFERRED or whose.everything:
            value = masker.mask(values[name])
            shown[str(masker.mask(name))] = {"value": value, "origin": origin, "source": trait.source, "at": trait.at}
    return shown


def known_of(data: OwnData, whose: Whose, execution: Execution) -> dict[str, Any]:
    """What access has beside what was given and observed."""
    language = language_of(execution.language)
    return {
        "counters": data.counters,
        "segments": [],
        "chain": None,
        "first_seen": data.first_seen,
        "last_seen": data.last_seen,
        "in_force": in_force_of(data, whose),
        "sources": sources_of(whose),
        "recipients": recipients_of_data(),
        "purposes": [
            {
                "key": key,
                "name": fields.name.get(language) or fields.name.get("en", ""),
                "text": fields.text.get(language) or fields.text.get("en", ""),
                "legal_basis": fields.legal_basis,
                "categories": fields.categories,
            }
            for key, fields in sorted(read_purposes().items())
        ],
        "retention": read_rules(),
        "logic": logic_in_words(language),
        "complaint": authority_named(settings.PRIVACY_AUTHORITY, language),
    }


def in_force_of(data: OwnData, whose: Whose) -> dict[str, Any]:
    """What is allowed now, and why, for each purpose."""
    held: Configuration = whose.held
    holders = holders_of_folds(list(whose.rows.values()), held)
    standing = Standing(pack(holders, held.purposes.address_types))
    region = region_of(msgspec.json.encode({name: trait.value for name, trait in data.traits.items()}))
    now = now_microseconds()
    rulings = {purpose.key: in_force(purpose, standing, now, region=region) for purpose in held.purposes}
    return {
        key: {"allowed": one.allowed, "legal_basis": one.basis, "reason": one.reason} for key, one in rulings.items()
    }


def sources_of(whose: Whose) -> list[dict[str, str]]:
    """The channel systems that anything is from."""
    told = set(Interaction.objects.filter(anchor_id__in=whose.ids).values_list("source_id", flat=True).distinct())
    told |= set(TraitFact.objects.filter(identifier_id__in=whose.ids).values_list("source_id", flat=True).distinct())
    sources = [whose.held.sources[id_] for id_ in sorted(told) if id_ in whose.held.sources]
    return [{"name": source.name, "channel": source.channel} for source in sources]
