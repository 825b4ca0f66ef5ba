"""Moves as Odoo 17's external API reads them. All names and PINs are made up."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from account_move import Unmapped, etims_document

import etims_sdk
from etims_sdk import Device
from etims_sdk.sandbox import Sandbox

RECORDS: dict[str, dict[int, dict[str, Any]]] = {
    "l10n_ke_edi_oscu.code": {
        1: {"id": 1, "code": "B", "name": "B-16.00%"},
        2: {"id": 2, "code": "A", "name": "A-Exempt"},
        3: {"id": 3, "code": "NT", "name": "Net"},
        4: {"id": 4, "code": "NO", "name": "Number"},
        5: {"id": 5, "code": "03", "name": "Damaged"},
    },
    "product.unspsc.code": {7: {"id": 7, "code": "5022110801", "name": "Flour"}},
    "account.tax": {
        3: {
            "id": 3,
            "name": "16%",
            "amount": 16.0,
            "amount_type": "percent",
            "price_include": False,
            "l10n_ke_tax_type_id": [1, "B"],
        },
        4: {
            "id": 4,
            "name": "Exempt",
            "amount": 0.0,
            "amount_type": "percent",
            "price_include": False,
            "l10n_ke_tax_type_id": [2, "A"],
        },
        5: {
            "id": 5,
            "name": "16% included",
            "amount": 16.0,
            "amount_type": "percent",
            "price_include_override": "tax_included",
            "l10n_ke_tax_type_id": [1, "B"],
        },
    },
    "uom.uom": {1: {"id": 1, "name": "Units", "l10n_ke_quantity_unit_id": [4, "NO"]}},
    "res.currency": {
        1: {"id": 1, "name": "KES", "inverse_rate": 1.0},
        2: {"id": 2, "name": "USD", "inverse_rate": 129.25},
    },
    "res.partner": {
        14: {
            "id": 14,
            "name": "Kilimani Grocers Ltd",
            "vat": "P000070007R",
            "phone": False,
            "mobile": "+254 700 000001",
        },
        15: {"id": 15, "name": "Walk-in", "vat": False, "phone": False, "mobile": False},
    },
    "product.product": {
        5: {
            "id": 5,
            "name": "Maize flour 2 kg",
            "barcode": "6161100000017",
            "l10n_ke_item_code": "KE2NTNO0000001",
            "l10n_ke_packaging_unit_id": [3, "NT"],
            "unspsc_code_id": [7, "Flour"],
        },
        6: {
            "id": 6,
            "name": "Unprocessed milk 500 ml",
            "barcode": False,
            "l10n_ke_item_code": "KE2NTNO0000002",
            "l10n_ke_packaging_unit_id": [3, "NT"],
            "unspsc_code_id": [7, "Flour"],
        },
    },
}


def line(number: int, product: int, quantity: float, price: float, taxes: list[int], **changes: Any) -> dict[str, Any]:
    name = RECORDS["product.product"][product]["name"]
    return {
        "id": number,
        "sequence": 10,
        "display_type": "product",
        "name": name,
        "product_id": [product, name],
        "product_uom_id": [1, "Units"],
        "quantity": quantity,
        "price_unit": price,
        "discount": 0.0,
        "tax_ids": taxes,
        **changes,
    }


def move(lines: list[dict[str, Any]], total: float, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A move and everything it refers to."""
    records = copy.deepcopy(RECORDS)
    records["account.move.line"] = {entry["id"]: entry for entry in lines}
    read = {
        "id": 7,
        "name": "INV/2026/00042",
        "move_type": "out_invoice",
        "state": "posted",
        "invoice_date": "2026-09-17",
        "invoice_date_due": "2026-10-17",
        "write_date": "2026-09-17 11:09:26",
        "partner_id": [14, "Kilimani Grocers Ltd"],
        "invoice_user_id": [2, "Asha"],
        "currency_id": [1, "KES"],
        "invoice_line_ids": [entry["id"] for entry in lines],
        "amount_total": total,
        "amount_residual": total,
        "reversed_entry_id": False,
        "ref": False,
        **changes,
    }
    return read, records


def test_net_prices_sections_and_the_time_of_posting() -> None:
    section = {"id": 20, "sequence": 1, "display_type": "line_section", "name": "Groceries"}
    described = line(22, 6, 6.0, 65.0, [4], name="Unprocessed milk 500 ml\nFresh")
    read, records = move([section, line(21, 5, 3.0, 500.0, [3]), described], 2130.0)
    document = etims_document(read, records)
    assert document["issued_at"].isoformat() == "2026-09-17T14:09:26+03:00"
    assert [entry["description"] for entry in document["lines"]] == [None, "Unprocessed milk 500 ml Fresh"]
    body = etims_sdk.compute(document)
    assert (body["taxblAmtB"], body["taxAmtB"], body["taxblAmtA"], body["totAmt"]) == (1500, 240, 390, 2130)
    assert body["custTin"] == "P000070007R"
    assert body["pmtTyCd"] == "02"
    assert etims_sdk.check(document) == []


def test_prices_that_contain_vat_with_a_discount_and_a_part_paid() -> None:
    read, records = move([line(21, 5, 2.0, 580.0, [5], discount=10.0)], 1044.0, amount_residual=544.0)
    document = etims_document(read, records)
    assert document["prices"] == "tax_inclusive"
    assert [(payment["method"], payment["amount"]) for payment in document["payments"]] == [
        ("other", Decimal("500.00")),
        ("credit", Decimal("544.00")),
    ]
    body = etims_sdk.compute(document, discount_wire="rate_before")
    assert (body["itemList"][0]["dcRt"], body["totAmt"]) == (10, 1044)


def test_a_third_that_does_not_divide() -> None:
    # 3 x 33.33 net is 99.99, 16.00 tax: Odoo's "round per line" and KRA agree on 115.99.
    read, records = move([line(21, 5, 3.0, 33.33, [3])], 115.99)
    assert etims_sdk.compute(etims_document(read, records))["totAmt"] == Decimal("115.99")


def test_dollars() -> None:
    read, records = move([line(21, 5, 10.0, 4.5, [3])], 52.2, currency_id=[2, "USD"])
    document = etims_document(read, records)
    assert (document["currency"]["code"], document["currency"]["rate"]) == ("USD", Decimal("129.25"))
    body = etims_sdk.compute(document)
    assert (body["totTaxblAmt"], body["totTaxAmt"]) == (Decimal("5816.25"), Decimal("930.6"))


def refund(
    original: dict[str, Any],
    records: dict[str, Any],
    lines: list[dict[str, Any]],
    total: float,
    name: str,
    **changes: Any,
) -> dict[str, Any]:
    records.setdefault("account.move", {})[original["id"]] = original
    records["account.move.line"] |= {entry["id"]: entry for entry in lines}
    reversed_entry = [original["id"], original["name"]]
    read, _ = move(
        lines,
        total,
        id=8,
        name=name,
        move_type="out_refund",
        invoice_date="2026-09-18",
        write_date="2026-09-18 06:00:00",
        reversed_entry_id=reversed_entry,
        ref="Reversal of: INV/2026/00042, one bag torn",
        l10n_ke_reason_code_id=[5, "03"],
        **changes,
    )
    return read


def test_refunds_against_a_kra(etims_sandbox: Sandbox, etims_device: Device) -> None:
    read, records = move([line(21, 5, 3.0, 500.0, [3]), line(22, 6, 6.0, 65.0, [4])], 2130.0)
    sale = etims_document(read, records)
    etims_sandbox.stock_up(etims_device, sale)
    etims_device.issue(sale)
    part = etims_document(refund(read, records, [line(31, 5, 1.0, 500.0, [3])], 580.0, "RINV/2026/00001"), records)
    assert part["credit"]["lines"] == [{"line": 1, "quantity": Decimal("1.0")}]
    assert part["credit"]["reason"] == "03"
    assert etims_device.issue(part).is_signed
    assert etims_device.receipt("RINV/2026/00001").total == Decimal("580.00")
    again = {**read, "id": 9, "name": "INV/2026/00043"}
    etims_device.issue(etims_document(again, records))
    everything = [line(41, 5, 3.0, 500.0, [3]), line(42, 6, 6.0, 65.0, [4])]
    whole = etims_document(refund(again, records, everything, 2130.0, "RINV/2026/00002"), records)
    assert whole["credit"]["lines"] == []
    assert etims_device.issue(whole).is_signed
    assert [row.total_cents for row in etims_sandbox.ledger()] == [213_000, 58_000, 213_000, 213_000]


def test_one_of_three_comes_back_in_dollars_with_its_discount(etims_sandbox: Sandbox, etims_device: Device) -> None:
    # 10.00 USD less 10 %: 9.00 USD net, 10.44 USD with VAT, 1,349.37 KES.
    dollars = {"currency_id": [2, "USD"]}
    read, records = move([line(21, 5, 3.0, 10.0, [3], discount=10.0)], 31.32, **dollars)
    sale = etims_document(read, records)
    etims_sandbox.stock_up(etims_device, sale)
    etims_device.issue(sale)
    back = refund(read, records, [line(31, 5, 1.0, 10.0, [3], discount=10.0)], 10.44, "RINV/2026/00001", **dollars)
    assert etims_device.issue(etims_document(back, records)).is_signed
    sold, credited = etims_sandbox.ledger()
    assert (sold.total_cents, credited.total_cents) == (404_811, 134_937)


def test_what_is_not_mapped_is_named() -> None:
    read, records = move([line(21, 5, 1.0, 100.0, [3])], 116.0)
    records["account.tax"][3]["l10n_ke_tax_type_id"] = False
    with pytest.raises(Unmapped, match="l10n_ke_tax_type_id on the tax 16%"):
        etims_document(read, records)
    read, records = move([line(21, 5, 1.0, 100.0, [3])], 116.0)
    records["product.product"][5]["l10n_ke_item_code"] = False
    with pytest.raises(Unmapped, match="Maize flour"):
        etims_document(read, records)
    read, records = move([line(21, 5, 1.0, 100.0, [3]), line(22, 6, 1.0, 100.0, [5])], 216.0)
    with pytest.raises(Unmapped, match="some are not"):
        etims_document(read, records)
    with pytest.raises(Unmapped, match="post it first"):
        etims_document({**read, "state": "draft"}, records)
    stray = refund(*move([line(21, 5, 1.0, 100.0, [3])], 116.0), [line(31, 6, 1.0, 99.0, [4])], 99.0, "RINV/1")
    with pytest.raises(Unmapped):
        etims_document(stray, records)
