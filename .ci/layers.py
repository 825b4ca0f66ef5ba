#!/usr/bin/env python3
"""Fails when a crate of the workspace depends on another that is not below it (docs/adr/0001-layers.md)."""

import json
import subprocess
import sys

BELOW = {
    "etims-core": set(),
    "etims-client": {"etims-core"},
    "etims-sandbox": {"etims-core"},
    "etims-cli": {"etims-core", "etims-client", "etims-sandbox"},
    "etims-bindings": {"etims-core", "etims-client", "etims-sandbox"},
    "etims-python": {"etims-bindings", "etims-cli"},
}
# A test may use the sandbox: it is the KRA the client talks to.
TEST_ONLY = {"etims-client": {"etims-sandbox"}}


def main() -> int:
    metadata = json.loads(
        subprocess.check_output(["cargo", "metadata", "--no-deps", "--format-version", "1"])
    )
    members = {package["name"]: package for package in metadata["packages"]}
    mistakes = [f"{name} is not in the table of layers" for name in members if name not in BELOW]
    for name, package in members.items():
        for dependency in package["dependencies"]:
            allowed = BELOW.get(name, set())
            if dependency["kind"] == "dev":
                allowed = allowed | TEST_ONLY.get(name, set())
            if dependency["name"] in members and dependency["name"] not in allowed:
                mistakes.append(f"{name} must not depend on {dependency['name']}")
    print("\n".join(mistakes) or f"layers: {len(members)} crates, every edge runs downward")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
