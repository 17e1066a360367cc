"""What the demonstration needs of a service before the first event: identifier types, sources with keys, tokens.

The keys are kept in the data folder, readable by its owner alone, so that a second run finds its sources again.
"""

import json
import secrets
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cxprofiles.demo.records import Record
from cxprofiles.demo.service import Api, ServiceSaysNo, own_environment
from cxprofiles.demo.story import APP, CALLS, MAIL, STORE, WEB, source_of
from cxprofiles.stack import StackError
from cxprofiles.stack.folder import DataFolder, write_private
from cxprofiles.stack.supervisor import REPOSITORY

# The rules of the types that the three systems bring, from strong to weak. All of them are weaker than an account
# and stronger than an e-mail address: a mailbox that many records name must be seen to be shared.
NEW_TYPES: dict[str, dict[str, Any]] = {
    "customers_record": {"person": True, "normaliser": "exact"},
    "reference_record": {"person": True, "normaliser": "exact"},
    "watchlist_record": {"person": True, "normaliser": "exact"},
    "national_id": {"person": True, "per_profile": 1, "shared_above": 3, "normaliser": "upper"},
    "passport": {"person": True, "per_profile": 2, "shared_above": 3, "normaliser": "upper"},
    "drivers_license": {"person": True, "per_profile": 2, "shared_above": 3, "normaliser": "upper"},
}
WEAKER = "email"
STEP = 10  # between the ranks of the types that every service has, so that others fit in between

CHANNELS: dict[str, dict[str, Any]] = {
    WEB: {"channel": "web", "trust": "public", "rate_limit": 5000},
    APP: {"channel": "app", "trust": "server"},
    STORE: {"channel": "store", "trust": "server"},
    CALLS: {"channel": "callcentre", "trust": "server"},
    MAIL: {"channel": "email", "trust": "server"},
}
NOTICE, NOTICE_VERSION = "shop", "2026-01"
NOTICE_TEXT = (
    "With your consent we choose what our shop shows you by what you looked at and bought from us. You can say no at "
    "any time in your account, and nothing else changes for you."
)
SCOPES = ("recognise", "profiles:read", "profiles:write", "consent:write", "privacy")


@dataclass(slots=True)
class Keys:
    """What the demonstration was given, and when its story ends. Kept as JSON in the data folder."""

    admin_token: str = ""
    token: str = ""
    signing_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    write_keys: dict[str, str] = field(default_factory=dict)
    staff: str = ""
    staff_password: str = ""
    began: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    runs: int = 0

    @classmethod
    def load(cls, folder: DataFolder) -> "Keys":
        """The keys of an earlier run over this folder, or none yet."""
        try:
            return cls(**json.loads(keys_path(folder).read_text()))
        except (OSError, ValueError, TypeError):
            return cls()

    def save(self, folder: DataFolder) -> None:
        """Keep them for the next run."""
        write_private(keys_path(folder), json.dumps(asdict(self), indent=1))


def keys_path(folder: DataFolder) -> Path:
    """Where the keys are kept."""
    return folder.path / "demo.json"


def set_up(folder: DataFolder, url: str, records: list[Record]) -> Keys:
    """Make what is missing; the keys are good afterwards."""
    keys = Keys.load(folder)
    admin = Api(url, keys.admin_token)
    if not keys.admin_token or not is_good(admin, "/v1/sources"):
        admin.token = keys.admin_token = create_admin_token(folder)
        keys.save(folder)
    ensure_types(admin)
    ensure_sources(admin, keys, records)
    admin.ask("PUT", f"/v1/consent/notices/{NOTICE}/{NOTICE_VERSION}", {"language": "en", "text": NOTICE_TEXT})
    if not keys.token or not is_good(Api(url, keys.token), "/v1/privacy/tasks?limit=1"):
        name = f"demo-{secrets.token_hex(3)}"
        keys.token = admin.post("/v1/tokens", {"name": name, "scopes": SCOPES})["token"]
    if not keys.staff_password:
        keys.staff, keys.staff_password = create_staff(folder)
    keys.runs += 1
    keys.save(folder)
    return keys


def is_good(api: Api, path: str) -> bool:
    """Whether the token of `api` is one that this service takes."""
    try:
        api.get(path)
    except ServiceSaysNo as no:
        if no.status not in (401, 403):
            raise
        return False
    return True


def create_admin_token(folder: DataFolder) -> str:
    """The first token, which only the command line can make."""
    name = f"demo-admin-{secrets.token_hex(3)}"
    said = run_command(folder, ["create_token", name, "--scope", "admin", "--json"])
    return str(json.loads(said.splitlines()[-1])["token"])


def create_staff(folder: DataFolder) -> tuple[str, str]:
    """An administrator of the back office: user name and password."""
    name, password = f"demo-{secrets.token_hex(2)}", secrets.token_urlsafe(9)
    options = ["--email", f"{name}@staff.example", "--superuser", "--password-from-stdin"]
    run_command(folder, ["create_staff", name, *options], given=password)
    return name, password


def run_command(folder: DataFolder, arguments: list[str], given: str = "") -> str:
    """What a command of manage.py says over the folder; raises StackError with its own words where it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments, "--data-dir", str(folder.path)],
        cwd=REPOSITORY,
        env=own_environment(),
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StackError(f"`manage.py {arguments[0]}` fails: {done.stderr.strip()}")
    return done.stdout.strip()


def ensure_types(admin: Api) -> None:
    """Give the types that exist more room between them, in their order, and put the new ones in between."""
    held = {row["name"]: row for row in admin.get("/v1/identity/types")["items"]}
    missing = NEW_TYPES.keys() - held.keys()
    if not missing:
        return
    if len(missing) == len(NEW_TYPES):
        for row in sorted(held.values(), key=lambda row: -int(row["rank"])):
            row["rank"] *= STEP
            admin.ask("PUT", f"/v1/identity/types/{row['name']}", row)
    strongest = int(held[WEAKER]["rank"]) - STEP + 1
    for place, (name, rules) in enumerate(NEW_TYPES.items()):
        if name in missing:
            admin.ask("PUT", f"/v1/identity/types/{name}", {"rank": strongest + place, **rules})


def ensure_sources(admin: Api, keys: Keys, records: list[Record]) -> None:
    """Make the sources that are missing; one that is there while its key is not gets a new key."""
    wanted = {source_of(record): {"channel": "crm", "trust": "server", "region": "US"} for record in records}
    wanted |= {name: {"region": "US", **settings} for name, settings in CHANNELS.items()}
    wanted[WEB]["signing_secret"] = keys.signing_secret
    there = {row["name"] for row in admin.get("/v1/sources")["items"]}
    for name, settings in wanted.items():
        if name not in there:
            keys.write_keys[name] = admin.post("/v1/sources", {"name": name, **settings})["write_key"]
        elif name not in keys.write_keys:
            admin.ask("PUT", f"/v1/sources/{name}", settings)
            rotated = admin.post(f"/v1/sources/{name}/rotate", {"overlap_seconds": 0})
            keys.write_keys[name] = rotated["write_key"]
