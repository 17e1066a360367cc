"""What a consent signal says, decoded and not stored: for whoever connects a channel and wants to know."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from consent.signals.bits import UnreadableSignal
from consent.signals.gpc import header_says_gpc
from consent.signals.gpp import Gpp, decode_gpp, decode_header
from consent.signals.reading import Signals, read_signals
from consent.signals.tcf import TcString, decode_tc_string
from cxprofiles.api.authentication import ApiView, Scopes, answer
from cxprofiles.api.bodies import bad_body, read_body
from cxprofiles.api.consent_checks import ASKING, rules_of
from cxprofiles.api.errors import FieldError, Problem
from profiles.configuration import configuration

GPC_HEADER = "sec-gpc"
GPP_TYPE, GPP_VERSION = 3, 1
HEADER_ALONE = "This is the header of a GPP string without its sections; it says nothing of consent."

Decoded = TypeVar("Decoded")
Signal = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
HeaderValue = Annotated[str, msgspec.Meta(max_length=1_000)]


class SignalsRequest(msgspec.Struct):
    """What a client sent, at least one of these. `context`: of an event. `source`: whose categories hold."""

    tc_string: Signal | None = None
    gpp: Signal | None = None
    headers: dict[str, HeaderValue] | None = None
    context: dict[str, Any] | None = None
    properties: dict[str, Any] = {}
    event: str = ""
    source: str | None = None


class TcStringShown(msgspec.Struct, rename="camel"):
    """A TC string, by the names of the framework's specification. `vendorsDisclosed` null: it does not tell."""

    cmp_id: int
    created: datetime
    is_service_specific: bool
    publisher_cc: str = msgspec.field(name="publisherCC")
    purpose_consents: tuple[int, ...]
    purpose_legitimate_interests: tuple[int, ...]
    vendor_consents: list[int]
    vendor_legitimate_interests: list[int]
    vendors_disclosed: list[int] | None


class GppSectionShown(msgspec.Struct):
    """A section of a US law; its fields have the names of the specification: 0 not applicable, 1 opted out, 2 not."""

    id: int
    name: str
    fields: dict[str, Any]
    gpc: bool | None


class GppShown(msgspec.Struct):
    """A GPP string. `sections`: the ids that its header lists; `decoded`: those that are laws of the US."""

    type: int
    version: int
    sections: tuple[int, ...]
    decoded: list[GppSectionShown]
    unknown: tuple[int, ...]
    unreadable: tuple[int, ...]


class DecisionMeant(msgspec.Struct):
    """What the signal would decide, if it came with an event."""

    purpose: str
    state: Literal["granted", "denied"]
    signal: str


class SignalsShown(msgspec.Struct):
    """What was read. `gpc`: whether Global Privacy Control is on; null: nothing was sent that could tell."""

    gpc: bool | None
    tcf: TcStringShown | None
    gpp: GppShown | None
    decisions: list[DecisionMeant]
    unreadable: bool
    warnings: list[str]


class SignalsView(ApiView):
    """Consent signals."""

    scopes: ClassVar[Scopes] = {"POST": ASKING}

    @extend_schema(operation_id="read_consent_signals", request=SignalsRequest, responses=SignalsShown)
    def post(self, request: Request) -> HttpResponse:
        """Decode a signal and tell what it would decide. Nothing is stored."""
        body = read_body(request, SignalsRequest)
        if body.tc_string is None and body.gpp is None and body.headers is None and body.context is None:
            raise bad_body("", "Send at least one of tc_string, gpp, headers and context.")
        tcf = None if body.tc_string is None else decoded(decode_tc_string, body.tc_string, "tc_string")
        gpp, warnings = decoded_gpp(body.gpp)
        signals = meant(body, gpp)
        return answer(
            SignalsShown(
                gpc=gpc_of(body, gpp),
                tcf=None if tcf is None else tc_string_shown(tcf),
                gpp=None if gpp is None else gpp_shown(gpp),
                decisions=[decision(key, granted, signals) for key, granted in sorted(signals.said.items())],
                unreadable=signals.unreadable,
                warnings=[*warnings, *(tcf.warnings if tcf is not None else ()), *signals.warnings],
            )
        )


def decoded(decode: Callable[[str], Decoded], text: str, name: str) -> Decoded:
    """What a signal holds; raises a 422 with the decoder's sentence."""
    try:
        return decode(text)
    except UnreadableSignal as error:
        raise Problem(422, str(error), errors=[FieldError(f"/{name}", str(error))]) from None


def decoded_gpp(text: str | None) -> tuple[Gpp | None, list[str]]:
    """A GPP string, or its header alone, with what is to be said of it."""
    if text is None:
        return None, []
    if "~" in text:
        return decoded(decode_gpp, text, "gpp"), []
    return Gpp(decoded(decode_header, text.strip(), "gpp")), [HEADER_ALONE]


def meant(body: SignalsRequest, gpp: Gpp | None) -> Signals:
    """What the signals would say if they came with an event."""
    sent = {"tcString": body.tc_string, "gpp": body.gpp if gpp is not None and "~" in (body.gpp or "") else None}
    context = {**(body.context or {}), **{name: text for name, text in sent.items() if text is not None}}
    rules = rules_of(body.source, configuration())
    header = bool(gpc_in(body.headers))
    return read_signals(context, rules, gpc_header=header, properties=body.properties, event=body.event)


def gpc_of(body: SignalsRequest, gpp: Gpp | None) -> bool | None:
    """Whether anything says that Global Privacy Control is on; None: nothing was sent that could tell."""
    told = [gpc_in(body.headers)]
    told += [section.gpc for section in gpp.sections.values()] if gpp is not None else []
    told += [body.context["gpc"] in (True, "1")] if body.context is not None and "gpc" in body.context else []
    heard = [one for one in told if one is not None]
    return any(heard) if heard else None


def gpc_in(headers: Mapping[str, str] | None) -> bool | None:
    """What the header says, whatever the case of its name; None: no headers were sent."""
    if headers is None:
        return None
    return any(header_says_gpc(value) for name, value in headers.items() if name.lower() == GPC_HEADER)


def tc_string_shown(tcf: TcString) -> TcStringShown:
    """A TC string as the answer has it."""
    return TcStringShown(
        cmp_id=tcf.cmp_id,
        created=tcf.created,
        is_service_specific=tcf.is_service_specific,
        publisher_cc=tcf.publisher_cc,
        purpose_consents=tcf.purpose_consents,
        purpose_legitimate_interests=tcf.purpose_legitimate_interests,
        vendor_consents=list(tcf.vendor_consents),
        vendor_legitimate_interests=list(tcf.vendor_legitimate_interests),
        vendors_disclosed=None if tcf.vendors_disclosed is None else list(tcf.vendors_disclosed),
    )


def gpp_shown(gpp: Gpp) -> GppShown:
    """A GPP string as the answer has it."""
    return GppShown(
        type=GPP_TYPE,
        version=GPP_VERSION,
        sections=gpp.ids,
        decoded=[GppSectionShown(one.id, one.name, dict(one.fields), one.gpc) for one in gpp.sections.values()],
        unknown=gpp.unknown,
        unreadable=gpp.broken,
    )


def decision(key: str, granted: bool, signals: Signals) -> DecisionMeant:
    """What a signal would decide of one purpose."""
    return DecisionMeant(key, "granted" if granted else "denied", signals.by.get(key, ""))
