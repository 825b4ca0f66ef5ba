"""The vectors of examples/conformance: what every language of the SDK must agree on."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY

import etims_sdk

FOLDER = REPOSITORY / "examples" / "conformance"
PASSED = REPOSITORY / "target" / "conformance"
KINDS = {"compute": "invoice", "item": "item", "stock_movement": "stock_movement", "stock_balance": "stock_balance"}


def vectors() -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = []
    for path in sorted(FOLDER.glob("*.json")):
        text = path.read_text()
        # What is given is taken as Python's own numbers, what is expected as decimals.
        exact = json.loads(text, parse_float=Decimal, parse_int=Decimal)
        read += [{**given, "expect": wanted["expect"]} for given, wanted in zip(json.loads(text), exact)]
    return read


VECTORS = vectors()


def document_of(vector: dict[str, Any]) -> Any:
    if "text" in vector:
        return vector["text"]
    document = dict(vector["document"])
    if "repeat" in vector:
        document["lines"] = document["lines"] * vector["repeat"]
    return document


def settings_of(vector: dict[str, Any]) -> dict[str, Any]:
    settings = dict(vector.get("settings", {}))
    if "rates" in settings:
        settings["rates"] = dict(pair.split("=") for pair in settings["rates"].split(","))
    for number in ("invoice_number", "movement_number"):
        if number in vector:
            settings["number"] = vector[number]
    if "seller" in vector:
        settings["seller"] = vector["seller"]
    if "original" in vector:
        settings["original"] = vector["original"]
    return settings


def found(violations: list[etims_sdk.Violation], severity: str) -> list[tuple[str, str]]:
    return sorted((one.code, one.path) for one in violations if one.severity == severity)


def expected(entries: list[dict[str, str]]) -> list[tuple[str, str]]:
    return sorted((entry["code"], entry["path"]) for entry in entries)


def differences(path: str, wanted: Any, there: Any) -> list[str]:
    """Objects key by key, lists entry by entry, everything else as it is; numbers are decimals on both sides."""
    if isinstance(wanted, dict):
        parts = [
            differences(f"{path}.{key}", value, there[key]) if key in there else [f"{path}.{key} is not there"]
            for key, value in wanted.items()
        ]
    elif isinstance(wanted, list):
        if len(wanted) != len(there):
            return [f"{path} has {len(there)} entries, expected {len(wanted)}"]
        parts = [differences(f"{path}[{index}]", *pair) for index, pair in enumerate(zip(wanted, there))]
    else:
        parts = [] if wanted == there else [[f"{path} is {there!r}, expected {wanted!r}"]]
    return [difference for part in parts for difference in part]


def run(vector: dict[str, Any]) -> None:
    settings, expect = settings_of(vector), vector["expect"]
    if vector["operation"] == "rates":
        listed = [(band, rate) for band, rate in vector["class_04"]]
        assert found(etims_sdk.check_rates(listed, **settings), "warning") == expected(expect.get("warnings", []))
        return
    settings["kind"] = KINDS[vector["operation"]]
    document = document_of(vector)
    if "unreadable" in expect:
        with pytest.raises(etims_sdk.ValidationError) as unreadable:
            etims_sdk.compute(document, **settings)
        assert unreadable.value.code == "UNREADABLE_DOCUMENT"
        position = re.search(r"line (\d+), column (\d+)", str(unreadable.value))
        assert position is not None
        assert {"line": int(position[1]), "column": int(position[2])} == expect["unreadable"]
        return
    checked = etims_sdk.check(document, **settings)
    assert found(checked, "warning") == expected(expect.get("warnings", []))
    if "violations" in expect:
        assert found(checked, "error") == expected(expect["violations"])
        with pytest.raises(etims_sdk.ValidationError) as refused:
            etims_sdk.compute(document, **settings)
        assert found(refused.value.violations, "error") == expected(expect["violations"])
    else:
        assert found(checked, "error") == []
        body = etims_sdk.compute(document, **settings)
        assert differences("", expect.get("body", {}), body) == []


passed: list[str] = []


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_vector(vector: dict[str, Any]) -> None:
    run(vector)
    passed.append(vector["id"])


def test_the_list_of_passed_vectors_is_rusts() -> None:
    """Rust's list is written by its own test; both are in the order of the files."""
    PASSED.mkdir(parents=True, exist_ok=True)
    (PASSED / "python.txt").write_text("\n".join(passed) + "\n")
    assert passed == [vector["id"] for vector in VECTORS]
    rust = PASSED / "rust.txt"
    if not rust.exists():
        pytest.skip("no list of Rust's: run `cargo test -p etims-core --test conformance` first")
    assert (PASSED / "python.txt").read_text() == rust.read_text()


def test_every_vector_was_looked_at() -> None:
    assert len(VECTORS) > 350
    assert sum(1 for _ in Path(FOLDER).glob("*.json")) >= 14
