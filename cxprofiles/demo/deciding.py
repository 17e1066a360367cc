"""What people of the demonstration decide about the use of their data, and what becomes of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from consent.signatures import verify_receipt
from cxprofiles.demo import cast
from cxprofiles.demo.acts import Identifier, Json, Stage, digest, recognise_each, wait_for
from cxprofiles.demo.posting import Channel
from cxprofiles.demo.setting_up import NOTICE, NOTICE_VERSION
from cxprofiles.demo.story import WEB, Storyteller


@dataclass(frozen=True, slots=True)
class Consent:
    """Personalisation before anybody asked, after a yes with its receipt, and after it was withdrawn in a browser."""

    before: Json
    granted: Json
    receipt: str  # who signed it and what it says, once it was verified with the published keys
    withdrawn: Json
    withdrawn_milliseconds: float
    in_words: str


def ask_consent(stage: Stage) -> Consent:
    """Act 7: a purpose that needs consent is withheld until it is given, and again once it is withdrawn."""
    web = Channel(stage.api.url, stage.keys.write_keys[WEB])
    ellie = cast.ELLIE.user_id
    signed = Storyteller(datetime.now(UTC), stage.keys.signing_secret).signed

    def recognise() -> Json:
        return stage.recognise(("user_id", ellie), purpose="personalisation")

    before = recognise()
    act = decide(stage, ("user_id", ellie), "personalisation", "granted")
    granted = recognise()
    context = {**signed(ellie), "consent": {"categoryPreferences": {"personalisation": False}}}
    web.post("track", user_id=ellie, event="Segment Consent Preference Updated", context=context)
    withdrawn, milliseconds = wait_for(recognise, lambda answer: not answer["decision"]["allowed"])
    found = stage.profile(("user_id", ellie))["profile_id"]
    consents = stage.api.get(f"/v1/profiles/{found}/consents?explain=1")
    words = consents["purposes"]["personalisation"]["explanation"]["in_words"]
    return Consent(before, granted, verified(stage, act["receipt"]["jws"]), withdrawn, milliseconds, words)


def decide(stage: Stage, identifier: Identifier, purpose: str, state: str, **more: str) -> Json:
    """Record what a person decides in the shop's own form; the answer holds the receipt."""
    act: Json = stage.api.post(
        "/v1/consents",
        {
            "identifiers": [{"type": identifier[0], "value": identifier[1]}],
            "decisions": [{"purpose": purpose, "state": state}],
            "proof": {"method": "account page", "notice": NOTICE, "notice_version": NOTICE_VERSION, "language": "en"},
            **more,
        },
    )
    return act


def verified(stage: Stage, jws: str) -> str:
    """What a receipt says, once its signature was checked with the keys that the service publishes."""
    record = verify_receipt(jws, stage.api.get("/.well-known/jwks.json"))
    return f"{len(jws):,} characters, signed with Ed25519, valid: {record['@type'].removeprefix('dpv:')}"


@dataclass(frozen=True, slots=True)
class Apart:
    """A profile whose person did not want to be put together for a while: before, meanwhile and after."""

    before: Json
    profiles: int  # that its identifiers lead to meanwhile
    after: Json

    @property
    def identical(self) -> bool:
        """Whether the profile is, to the byte, what it was."""
        return digest(self.before) == digest(self.after)


def refuse_unification(stage: Stage) -> Apart:
    """Act 8: a profile falls apart since its person wants it so, and is whole again when she wants that."""
    george = ("user_id", cast.GEORGE.user_id)
    before = stage.profile(george)
    decide(stage, george, "unification", "withdrawn", reach="person")
    identifiers = [(item["type"], item["value"]) for item in before["identifiers"]]
    led = {answer["profile_id"] for answer in recognise_each(stage, identifiers)}
    decide(stage, george, "unification", "granted", reach="person")
    return Apart(before, len(led), stage.profile(george))
