"""What the lock file of the clients may name."""

import json

from tests.e2e.conftest import CLIENTS

REGISTRY = "https://registry.npmjs.org/"


def test_the_lock_names_no_other_registry_and_pins_every_package_by_its_hash() -> None:
    packages = json.loads((CLIENTS / "package-lock.json").read_text())["packages"]
    locked = {name: package for name, package in packages.items() if name}
    assert locked
    assert {
        name for name, package in locked.items() if not package.get("resolved", REGISTRY).startswith(REGISTRY)
    } == set()
    assert {name for name, package in locked.items() if not package.get("integrity")} == set()
