"""The wire body, from Python."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from conftest import line, sale

import etims_sdk


def test_the_body_of_a_sale() -> None:
    body = etims_sdk.compute(sale(), number=42)
    assert body["trdInvcNo"] == "INV-2026-0042"
    assert body["invcNo"] == 42
    assert (body["taxblAmtB"], body["taxAmtB"], body["totAmt"]) == (Decimal(1000), Decimal(160), Decimal(1160))
    assert body["itemList"][0]["taxblAmt"] == Decimal(1000)
    assert body["custTin"] == "P000070007R"


def test_numbers_are_decimals_and_counters_are_integers(example_invoice: dict[str, Any]) -> None:
    body = etims_sdk.compute(example_invoice)

    def kinds(value: Any, key: str = "") -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                kinds(inner, name)
        elif isinstance(value, list):
            for inner in value:
                kinds(inner)
        elif value is not None and not isinstance(value, str):
            expected = int if key in {"invcNo", "orgInvcNo", "totItemCnt", "itemSeq", "rptNo"} else Decimal
            assert type(value) is expected, key

    kinds(body)


def test_the_dict_is_what_the_bytes_say(example_invoice: dict[str, Any]) -> None:
    exact = etims_sdk.compute_json(example_invoice)
    assert etims_sdk.compute(example_invoice) == json.loads(exact, parse_float=Decimal)


def test_header_sums_are_the_sums_of_the_lines(example_invoice: dict[str, Any]) -> None:
    body = etims_sdk.compute(example_invoice)
    assert body["totAmt"] == sum(item["totAmt"] for item in body["itemList"])
    assert body["totTaxAmt"] == sum(item["taxAmt"] for item in body["itemList"])


def test_strings_with_escapes_survive() -> None:
    name = "Ng'ang'a \"Bros\" \\ 漢 🧾"
    body = etims_sdk.compute(sale(buyer={"name": name}))
    assert body["custNm"] == name


def test_the_dialect_decides() -> None:
    seller = {"pin": "P000070007R", "branch": "01", "trade_name": "Mwangaza"}
    body = etims_sdk.compute(sale(), "vscu", seller=seller)
    assert (body["tin"], body["bhfId"]) == ("P000070007R", "01")
    assert body["taxRtE"] == 8
    assert "tin" not in etims_sdk.compute(sale(), "gateway", seller=seller)


def test_settings_reach_the_arithmetic() -> None:
    discounted = sale(lines=[line(discount={"percent": "10"})])
    assert etims_sdk.compute(discounted)["itemList"][0]["dcRt"] == 0
    assert etims_sdk.compute(discounted, discount_wire="rate_before")["itemList"][0]["dcRt"] == 10
    reduced = sale(lines=[line(tax="E")])
    body = etims_sdk.compute(reduced, rates={"E": 8})
    assert body["taxAmtE"] == Decimal("85.93")
    anonymous = etims_sdk.compute(sale(buyer=None), walk_in_name="Cash customer")
    assert anonymous["custNm"] == "Cash customer"


def test_a_credit_note_takes_its_lines_from_the_original() -> None:
    note = {
        "reference": "CN-1",
        "kind": "credit_note",
        "issued_at": "2026-09-18T09:00:00+03:00",
        "credit": {
            "original": {"reference": "INV-2026-0042"},
            "reason": "06",
            "note": "one bag torn",
            "lines": [{"line": 1, "quantity": "1"}],
        },
    }
    body = etims_sdk.compute(
        note, original={"document": sale(), "invoice_number": 41, "cu_invoice_number": "KRACU0400000001/41"}
    )
    assert (body["rcptTyCd"], body["orgInvcNo"], body["totAmt"]) == ("R", 41, Decimal(580))


def test_check_lists_errors_before_warnings() -> None:
    found = etims_sdk.check(sale(buyer=None, lines=[line(tax="X", quantity="-1")]))
    assert [violation.severity for violation in found] == ["error", "error", "warning"]
    assert {violation.path for violation in found[:2]} == {"lines[0].tax", "lines[0].quantity"}
    assert found[0].fix
    assert "lines[0]" in str(found[0])
    assert etims_sdk.check(sale()) == []


def test_a_validation_error_is_a_value_error_with_every_violation() -> None:
    with pytest.raises(ValueError) as caught:
        etims_sdk.compute({"reference": "X", "kind": "sale", "lines": [{"item_code": "A", "quantity": 0}]})
    error = caught.value
    assert isinstance(error, etims_sdk.ValidationError)
    assert error.code == "INVALID_DOCUMENT"
    assert {"issued_at", "lines[0].quantity", "lines[0].tax"} <= {found.path for found in error.violations}


def test_text_that_is_no_json() -> None:
    with pytest.raises(etims_sdk.ValidationError) as caught:
        etims_sdk.compute("{")
    assert caught.value.code == "UNREADABLE_DOCUMENT"


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"rate": 1}, "rate"),
        ({"convention": "k9"}, "k1, k2 or k3"),
        ({"rates": {"Z": 1}}, "rates"),
        ({"rates": {"B": 101}}, "rates"),
        ({"rates": {"B": "x"}}, "rates"),
        ({"packages": "many"}, "packages"),
        ({"seller": {"pin": "nonsense"}}, "seller"),
        ({"seller": {"pin": "P000070007R", "color": "red"}}, "seller"),
        ({"original": {}}, "original"),
        ({"original": {"document": {}, "invoice_number": 1, "cu_invoice_number": "KRACU0400000001/1"}}, "original"),
    ],
)
def test_an_argument_nobody_can_use_is_named(settings: Any, named: str) -> None:
    with pytest.raises(etims_sdk.MisuseError, match=named) as caught:
        etims_sdk.compute(sale(), **settings)
    assert caught.value.code == "BAD_ARGUMENT"


def test_an_unknown_dialect_is_named() -> None:
    with pytest.raises(etims_sdk.MisuseError, match="gateway, oscu or vscu"):
        etims_sdk.compute(sale(), "tims")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "kind", "named"),
    [
        ({"number": "4"}, TypeError, "number: "),
        ({"number": -1}, ValueError, "number: "),
        ({"rates": [1]}, TypeError, "rates: "),
        ({"vat_registered": "yes"}, TypeError, "vat_registered: "),
        ({"kind": 3}, TypeError, "kind: "),
    ],
)
def test_an_argument_of_the_wrong_type_is_named(settings: dict[str, Any], kind: type[Exception], named: str) -> None:
    with pytest.raises(kind, match=f"^{named}"):
        etims_sdk.compute(sale(), **settings)
