"""Documents for the tests. All PINs are synthetic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
INVOICES = sorted((REPOSITORY / "examples" / "invoices").glob("*.json"))


def line(**changes: Any) -> dict[str, Any]:
    """A line without mistakes."""
    return {
        "item_code": "KE2NTNO0000001",
        "name": "Maize flour 2 kg",
        "classification": "1010150000",
        "packaging": "NT",
        "unit": "NO",
        "quantity": "2",
        "unit_price": "580.00",
        "tax": "B",
        **changes,
    }


def sale(**changes: Any) -> dict[str, Any]:
    """A sale of 1,160.00 without mistakes or warnings."""
    return {
        "reference": "INV-2026-0042",
        "kind": "sale",
        "issued_at": "2026-09-17T14:09:26+03:00",
        "buyer": {"pin": "P000070007R", "name": "Kilimani Grocers Ltd"},
        "payment": "cash",
        "lines": [line()],
        **changes,
    }


@pytest.fixture(params=INVOICES, ids=[path.stem for path in INVOICES])
def example_invoice(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each of examples/invoices."""
    document: dict[str, Any] = json.loads(request.param.read_text())
    return document
