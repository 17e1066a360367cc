"""The form of a source: read into its fields, with what is wrong said at the field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cxprofiles.backoffice.channels import CHANNELS
from cxprofiles.backoffice.screens import Refused, text_of
from cxprofiles.backoffice.sources.words import REFUSALS
from profiles.configuration import configuration
from profiles.credentials import new_secret
from profiles.sources import COLLECTION_RULES, SourceFields, SourceRefused, check_fields, check_name

LONGEST = 20_000
KEEP_SECRET, NEW_SECRET, NO_SECRET = "keep", "new", "none"
TEXTS = ("name", "region", "rank", "rate_limit", "mappings", "consent_categories")
RULE = "rule:"


@dataclass(slots=True)
class SourceForm:
    """What was typed, what was made of it, and what is wrong with it, by field."""

    typed: dict[str, Any]
    fields: SourceFields | None = None
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What a new source is to be called."""
        return str(self.typed.get("name", ""))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The purposes, each with what is done where it is denied."""
        rules: Mapping[str, str] = self.typed["consent_rules"]
        return [
            {"key": key, "name": f"{RULE}{key}", "chosen": rules.get(key, COLLECTION_RULES[0])}
            for key in sorted(configuration().purposes.keys)
        ]


def empty_form() -> SourceForm:
    """The form of a new source, with what is usual."""
    return form_of(SourceFields(channel="web", trust="public"))


def form_of(fields: SourceFields) -> SourceForm:
    """The form as a source is set now."""
    typed = {
        "name": "",
        "channel": fields.channel,
        "trust": fields.trust,
        "region": fields.region,
        "rank": str(fields.rank),
        "rate_limit": "" if fields.rate_limit is None else str(fields.rate_limit),
        "mappings": "\n".join(f"{path} = {kind}" for path, kind in fields.mappings.items()),
        "consent_categories": "\n".join(
            f"{category} = {found if isinstance(found, str) else ', '.join(found)}"
            for category, found in fields.consent_categories.items()
        ),
        "consent_rules": dict(fields.consent_rules),
        "signing_secret": KEEP_SECRET,
    }
    return SourceForm(typed, fields)


def read_form(request: HttpRequest, *, held_secret: str = "", named: bool = False) -> SourceForm:
    """The form as it was sent. `named`: it is a new source's, and has a name."""
    form = SourceForm({"consent_rules": read_rules(request)})
    for name in (*TEXTS, "channel", "trust", "signing_secret"):
        try:
            form.typed[name] = text_of(request, name, longest=LONGEST)
        except Refused as error:
            form.typed[name], form.wrong[name] = "", str(error)
    secret = {NEW_SECRET: new_secret(), NO_SECRET: ""}.get(form.typed["signing_secret"], held_secret)
    fields = _fields(form, secret)
    if not form.wrong:
        _check(form, fields, named)
    return form


def _check(form: SourceForm, fields: SourceFields, named: bool) -> None:
    try:
        if named:
            check_name(form.name)
        check_fields(fields)
    except SourceRefused as error:
        refuse(form, error)
    else:
        form.fields = fields


def refuse(form: SourceForm, error: SourceRefused) -> None:
    """Say at its field what was refused."""
    form.wrong[error.field] = str(REFUSALS.get(error.field, _("This cannot be taken as it is.")))


def _fields(form: SourceForm, secret: str) -> SourceFields:
    typed = form.typed
    return SourceFields(
        channel=typed["channel"],
        trust=typed["trust"],
        region=typed["region"],
        rank=_whole(form, "rank", 100) or 0,
        rate_limit=_whole(form, "rate_limit", None),
        signing_secret=secret,
        mappings=_lines(form, "mappings"),
        consent_categories={
            name: purposes[0] if len(purposes) == 1 else purposes
            for name, found in _lines(form, "consent_categories").items()
            if (purposes := [part.strip() for part in found.split(",")])
        },
        consent_rules=typed["consent_rules"],
    )


def _whole(form: SourceForm, name: str, otherwise: int | None) -> int | None:
    text = form.typed[name]
    if not text:
        return otherwise
    if text.isascii() and text.isdigit() and len(text) <= 10:
        return int(text)
    form.wrong[name] = str(REFUSALS[name])
    return None


def _lines(form: SourceForm, name: str) -> dict[str, str]:
    """Lines of `what = to what` as a mapping."""
    found: dict[str, str] = {}
    for line in form.typed[name].splitlines():
        if not line.strip():
            continue
        left, sign, right = (part.strip() for part in line.rpartition("="))
        if not (left and sign and right):
            form.wrong[name] = str(REFUSALS[name])
        found[left] = right
    return found


def read_rules(request: HttpRequest) -> dict[str, str]:
    """What is done where a purpose is denied; to keep all is no rule."""
    asked = ((key, request.POST.get(f"{RULE}{key}", "")) for key in configuration().purposes.keys)
    return {key: rule for key, rule in asked if rule in COLLECTION_RULES and rule != COLLECTION_RULES[0]}


def choices() -> dict[str, Any]:
    """What can be chosen from."""
    return {
        "channels": list(CHANNELS.values()),
        "types": sorted(configuration().types),
        "purposes": sorted(configuration().purposes.keys),
    }
