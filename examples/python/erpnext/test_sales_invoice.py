"""Sales Invoices as ERPNext 15 writes them, computed by ERPNext's rules. All names and PINs are made up."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Optional

import pytest
from sales_invoice import Unmapped, etims_document

import etims_sdk
from etims_sdk import Device
from etims_sdk.sandbox import Sandbox

BANDS = {
    "Kenya VAT 16% - KG": "B",
    "VAT - KG": "B",
    "Kenya Exempt - KG": "A",
    "Kenya Zero Rated - KG": "C",
}
VAT = {
    "charge_type": "On Net Total",
    "account_head": "VAT - KG",
    "description": "VAT",
    "rate": 16.0,
    "included_in_print_rate": 0,
}
FLOUR = {
    "item_code": "FLR-2KG",
    "item_name": "Maize flour 2 kg",
    "description": "Maize flour 2 kg",
    "uom": "Nos",
    "item_tax_template": "Kenya VAT 16% - KG",
    "item_tax_rate": '{"VAT - KG": 16.0}',
    "custom_item_code_etims": "KE2NTNO0000001",
    "custom_item_classification": "5022110801",
    "custom_packaging_unit_code": "NT",
    "custom_unit_of_quantity_code": "NO",
}
MILK = {
    "item_code": "MLK-500",
    "item_name": "Unprocessed milk 500 ml",
    "description": "Fresh from the farm",
    "uom": "Nos",
    "item_tax_template": "Kenya Exempt - KG",
    "item_tax_rate": '{"VAT - KG": 0.0}',
    "custom_item_code_etims": "KE2NTNO0000002",
    "custom_item_classification": "1010000000",
    "custom_packaging_unit_code": "NT",
    "custom_unit_of_quantity_code": "NO",
}


def row(item: dict[str, Any], idx: int, qty: float, listed: float, **changes: Any) -> dict[str, Any]:
    return {
        **item,
        "name": f"row{idx}",
        "idx": idx,
        "qty": qty,
        "price_list_rate": listed,
        "rate": listed,
        "amount": round(qty * listed, 2),
        **changes,
    }


def sales_invoice(items: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    net = round(sum(item["amount"] for item in items), 2)
    tax = round(sum(item["amount"] * 0.16 for item in items if item["item_tax_rate"] == '{"VAT - KG": 16.0}'), 2)
    return {
        "doctype": "Sales Invoice",
        "name": "ACC-SINV-2026-00042",
        "posting_date": dt.date(2026, 9, 17),
        "posting_time": dt.timedelta(hours=14, minutes=9, seconds=26, microseconds=123456),
        "due_date": "2026-10-17",
        "customer": "Kilimani Grocers",
        "customer_name": "Kilimani Grocers Ltd",
        "customer_group": "Commercial",
        "tax_id": "P000070007R",
        "contact_mobile": "0700 000 001",
        "owner": "asha@example.com",
        "currency": "KES",
        "conversion_rate": 1.0,
        "is_pos": 0,
        "is_return": 0,
        "items": items,
        "taxes": [VAT],
        "payments": [],
        "net_total": net,
        "total": net,
        "discount_amount": 0.0,
        "grand_total": round(net + tax, 2),
        "remarks": "No Remarks",
        **changes,
    }


def test_net_prices_with_two_templates() -> None:
    doc = sales_invoice([row(FLOUR, 1, 3.0, 500.0), row(MILK, 2, 6.0, 65.0)])
    document = etims_document(doc, BANDS)
    body = etims_sdk.compute(document)
    assert (body["taxblAmtB"], body["taxAmtB"], body["taxblAmtA"]) == (1500, 240, 390)
    assert body["totAmt"] == Decimal("2130") == Decimal(str(doc["grand_total"]))
    assert body["pmtTyCd"] == "02"
    assert document["payments"] == [{"method": "credit", "amount": Decimal("2130.00"), "due": "2026-10-17"}]
    assert body["salesDt"] == "20260917"
    assert etims_sdk.check(document) == []


def test_a_till_with_prices_that_contain_vat_and_change_given_back() -> None:
    taxes = [{**VAT, "included_in_print_rate": 1}]
    payments = [
        {"mode_of_payment": "M-Pesa", "amount": 1000.0, "reference_no": "QFT1XYZ"},
        {"mode_of_payment": "Cash", "amount": 500.0},
    ]
    doc = sales_invoice(
        [row(FLOUR, 1, 2.0, 580.0)],
        taxes=taxes,
        is_pos=1,
        payments=payments,
        change_amount=340.0,
        net_total=1000.0,
        grand_total=1160.0,
        tax_id=None,
        customer_group="Walk-in",
    )
    document = etims_document(doc, BANDS)
    assert document["prices"] == "tax_inclusive"
    assert document["buyer"] is None
    assert [(payment["method"], payment["amount"]) for payment in document["payments"]] == [
        ("mobile_money", Decimal("1000.00")),
        ("cash", Decimal("160.00")),
    ]
    body = etims_sdk.compute(document)
    assert (body["taxblAmtB"], body["taxAmtB"], body["totAmt"]) == (1000, 160, 1160)


def test_a_discount_on_a_row_is_shown_and_counted_once() -> None:
    # 10 % off 580.00: ERPNext keeps the rate that is left.
    discounted = row(FLOUR, 1, 2.0, 580.0, rate=522.0, amount=1044.0, discount_percentage=10.0)
    doc = sales_invoice([discounted], taxes=[{**VAT, "included_in_print_rate": 1}], grand_total=1044.0, net_total=900.0)
    document = etims_document(doc, BANDS)
    assert document["lines"][0]["unit_price"] == 580
    assert document["lines"][0]["discount"] == {"amount": Decimal("116.00")}
    assert etims_sdk.compute(document)["totAmt"] == 1044


def test_an_additional_discount_on_net_prices() -> None:
    # 100.00 off the net total of 1,890.00, spread by ERPNext over both rows.
    items = [row(FLOUR, 1, 3.0, 500.0), row(MILK, 2, 6.0, 65.0)]
    flour, milk = Decimal(1500) - Decimal("79.37"), Decimal(390) - Decimal("20.63")
    grand = float((flour * Decimal("1.16")).quantize(Decimal("0.01")) + milk)
    doc = sales_invoice(
        items, apply_discount_on="Net Total", discount_amount=100.0, net_total=1790.0, grand_total=grand
    )
    document = etims_document(doc, BANDS)
    assert document["discount"] == {"amount": Decimal("100.00"), "reason": "additional discount"}
    body = etims_sdk.compute(document)
    assert body["totAmt"] == Decimal(str(grand))


def test_dollars_are_converted_and_shown() -> None:
    doc = sales_invoice([row(FLOUR, 1, 10.0, 4.5)], currency="USD", conversion_rate=129.25)
    document = etims_document(doc, BANDS)
    assert document["currency"] == {
        "code": "USD",
        "rate": Decimal("129.25"),
        "source": "ERPNext",
        "date": dt.date(2026, 9, 17),
    }
    body = etims_sdk.compute(document)
    # 45.00 USD and 16 % of it, in shillings.
    assert (body["totTaxblAmt"], body["totTaxAmt"]) == (Decimal("5816.25"), Decimal("930.6"))


def returned(original: dict[str, Any], quantities: dict[int, float], **changes: Any) -> dict[str, Any]:
    """A return as ERPNext makes it: quantities and amounts below zero, rows that name the rows they return."""
    rows = []
    for sold in original["items"]:
        if sold["idx"] in quantities:
            qty = -quantities[sold["idx"]]
            back = {"qty": qty, "amount": round(qty * sold["rate"], 2), "sales_invoice_item": sold["name"]}
            rows.append({**sold, **back, "name": f"return-{sold['name']}"})
    doc = sales_invoice(rows, taxes=original["taxes"])
    return {
        **doc,
        "name": "ACC-SINV-RET-2026-00007",
        "posting_date": "2026-09-18",
        "posting_time": "09:00:00.5",
        "is_return": 1,
        "return_against": original["name"],
        "remarks": "one bag torn",
        **changes,
    }


def test_a_whole_and_a_partial_return_against_a_kra(etims_sandbox: Sandbox, etims_device: Device) -> None:
    original = sales_invoice([row(FLOUR, 1, 3.0, 500.0), row(MILK, 2, 6.0, 65.0)])
    sale = etims_document(original, BANDS)
    etims_sandbox.stock_up(etims_device, sale)
    etims_device.issue(sale)

    part = etims_document(returned(original, {1: 1.0}), BANDS, original)
    assert part["credit"]["lines"] == [{"line": 1, "quantity": Decimal("1.0")}]
    assert etims_device.issue(part).is_signed
    assert etims_device.receipt(part["reference"]).total == Decimal("580.00")

    second = {**original, "name": "ACC-SINV-2026-00043"}
    etims_device.issue(etims_document(second, BANDS))
    whole = etims_document(returned(second, {1: 3.0, 2: 6.0}, name="ACC-SINV-RET-2026-00008"), BANDS, second)
    assert whole["credit"]["lines"] == []
    etims_device.issue(whole)
    assert [row.total_cents for row in etims_sandbox.ledger()] == [213_000, 58_000, 213_000, 213_000]


def test_one_of_three_comes_back_in_dollars_with_its_discount(etims_sandbox: Sandbox, etims_device: Device) -> None:
    # 10.00 USD less 10 %: 9.00 USD net, 10.44 USD with VAT, 1,349.37 KES.
    dollars = {"currency": "USD", "conversion_rate": 129.25}
    discounted = row(FLOUR, 1, 3.0, 10.0, rate=9.0, amount=27.0, discount_percentage=10.0)
    original = sales_invoice([discounted], **dollars)
    sale = etims_document(original, BANDS)
    etims_sandbox.stock_up(etims_device, sale)
    etims_device.issue(sale)
    back = returned(original, {1: 1.0}, **dollars, remarks="No Remarks")
    note = etims_document(back, BANDS, original)
    assert note["credit"]["note"] == "return"
    assert etims_device.issue(note).is_signed
    sold, credited = etims_sandbox.ledger()
    assert (sold.total_cents, credited.total_cents) == (404_811, 134_937)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"custom_item_classification": None}, "custom_item_classification on the Item FLR-2KG"),
        ({"item_tax_template": "Kenya VAT 8%", "item_tax_rate": '{"VAT 8 - KG": 8}'}, "Kenya VAT 8%"),
        ({"item_tax_template": None, "item_tax_rate": "{}", "custom_taxation_type_code": None}, None),
    ],
)
def test_what_is_not_mapped_is_named(changes: dict[str, Any], message: Optional[str]) -> None:
    doc = sales_invoice([row(FLOUR, 1, 1.0, 100.0, **changes)])
    if message is None:
        assert etims_document(doc, BANDS)["lines"][0]["tax"] == "B"
        return
    with pytest.raises(Unmapped, match=message):
        etims_document(doc, BANDS)


def test_a_total_that_kra_would_not_reach_is_refused() -> None:
    doc = sales_invoice([row(FLOUR, 1, 3.0, 33.33)], grand_total=115.98)
    with pytest.raises(etims_sdk.ValidationError) as refused:
        etims_sdk.compute({**etims_document(doc, BANDS), "payments": [], "payment": "cash"})
    assert [found.code for found in refused.value.violations] == ["ETIMS-DOC-TOTAL-01"]
