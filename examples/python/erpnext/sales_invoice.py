"""A Sales Invoice of ERPNext (Frappe) as an eTIMS document.

Takes what ``frappe.get_doc("Sales Invoice", name).as_dict()`` gives, and nothing of Frappe itself, so that it can be
tested without a site. In a Frappe app, call it in the ``on_submit`` hook and hand the result in after the commit:

    def on_submit(doc, method):
        original = frappe.get_doc("Sales Invoice", doc.return_against).as_dict() if doc.is_return else None
        document = etims_document(doc.as_dict(), BANDS, original)
        frappe.db.after_commit.add(lambda: device().submit(document))

Round taxes by row in Accounts Settings ("Round Tax Amount Row-wise"): KRA computes every line by itself, and
``expected_total`` refuses a document whose total would differ from ERPNext's.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Optional

Doc = Mapping[str, Any]
NAIROBI = dt.timezone(dt.timedelta(hours=3))
CENT = Decimal("0.01")

#: Modes of payment by name. One that is not listed goes as "other".
METHODS = {
    "Cash": "cash",
    "M-Pesa": "mobile_money",
    "Mpesa": "mobile_money",
    "Airtel Money": "mobile_money",
    "Credit Card": "card",
    "Debit Card": "card",
    "Cheque": "bank_cheque",
    "Bank Draft": "bank_cheque",
}


class Unmapped(ValueError):
    """Something in the Sales Invoice has no counterpart yet: the message says what to set."""


def etims_document(doc: Doc, bands: Mapping[str, str], original: Optional[Doc] = None) -> dict[str, Any]:
    """The eTIMS document of a Sales Invoice.

    Args:
        doc: The Sales Invoice as a dict.
        bands: KRA's tax band by the name of the Item Tax Template, or by the account of the tax row.
        original: For a return, the Sales Invoice named in ``return_against``.
    """
    document: dict[str, Any] = {
        "reference": doc["name"],
        "issued_at": _issued_at(doc),
        "prices": "tax_inclusive" if _inclusive(doc) else "tax_exclusive",
        "buyer": _buyer(doc),
        "operator": {"id": str(doc.get("owner") or "")[:20] or None},
        "remark": _remark(doc),
    }
    if doc.get("is_return"):
        return {**document, **_credit(doc, original)}
    document |= {
        "kind": "sale",
        "currency": _currency(doc),
        "payments": _payments(doc),
        "discount": _basket(doc),
        "lines": [_line(doc, row, bands) for row in doc["items"]],
        "expected_total": _money(doc["grand_total"]),
    }
    return document


def _number(value: Any) -> Decimal:
    """Frappe's floats by the digits they show."""
    return Decimal(str(value or 0))


def _money(value: Any) -> Decimal:
    return _number(value).quantize(CENT, ROUND_HALF_UP)


def _remark(doc: Doc) -> Optional[str]:
    """ERPNext writes "No Remarks" where there are none."""
    remark = doc.get("remarks")
    return None if remark in (None, "", "No Remarks") else str(remark)


def _issued_at(doc: Doc) -> dt.datetime:
    day = doc["posting_date"]
    day = dt.date.fromisoformat(day) if isinstance(day, str) else day
    time = doc.get("posting_time") or "00:00:00"
    if isinstance(time, str):
        hours, minutes, seconds = time.split(":")
        time = dt.timedelta(hours=int(hours), minutes=int(minutes), seconds=int(float(seconds)))
    moment = dt.datetime.combine(day, dt.time(), NAIROBI) + time
    return moment.replace(microsecond=0)


def _inclusive(doc: Doc) -> bool:
    included = {bool(row.get("included_in_print_rate")) for row in doc.get("taxes") or []}
    if len(included) > 1:
        raise Unmapped(f"{doc['name']}: some taxes are included in the rates and some are not")
    return included == {True}


def _buyer(doc: Doc) -> Optional[dict[str, Any]]:
    if not doc.get("tax_id") and doc.get("customer_group") == "Walk-in":
        return None
    return {
        "pin": (doc.get("tax_id") or "").strip() or None,
        "name": doc["customer_name"],
        "phone": (doc.get("contact_mobile") or "").replace(" ", "") or None,
    }


def _currency(doc: Doc) -> Optional[dict[str, Any]]:
    if doc.get("currency", "KES") == "KES":
        return None
    return {
        "code": doc["currency"],
        "rate": _number(doc["conversion_rate"]),
        "source": "ERPNext",
        "date": doc["posting_date"],
    }


def _payments(doc: Doc) -> list[dict[str, Any]]:
    """What was tendered, less the change, and the rest on credit."""
    total = _money(doc["grand_total"])
    change = _money(doc.get("change_amount"))
    payments: list[dict[str, Any]] = []
    for row in doc.get("payments") or []:
        method = METHODS.get(row["mode_of_payment"], "other")
        amount = _money(row["amount"])
        if method == "cash":
            back = min(change, amount)
            amount, change = amount - back, change - back
        if amount > 0:
            payments.append({"method": method, "amount": amount, "reference": row.get("reference_no")})
    rest = total - sum((payment["amount"] for payment in payments), Decimal())
    if rest > 0:
        due = doc.get("due_date")
        payments.append({"method": "credit", "amount": rest, "due": due})
    return payments


def _basket(doc: Doc) -> Optional[dict[str, Any]]:
    """The additional discount, in the price mode of the document: what the lines lose by it."""
    if not _number(doc.get("discount_amount")):
        return None
    before = sum((_money(row["amount"]) for row in doc["items"]), Decimal())
    after = _money(doc["grand_total"]) if _inclusive(doc) else _money(doc["net_total"])
    return {"amount": before - after, "reason": "additional discount"}


def _line(doc: Doc, row: Doc, bands: Mapping[str, str]) -> dict[str, Any]:
    quantity = _number(row["qty"])
    listed, rate = _number(row.get("price_list_rate")), _number(row["rate"])
    amount = _money(row["amount"])
    discount = None
    # ERPNext's rate is what is left after the row's discount; paper shows both.
    if listed > rate:
        before = (listed * quantity).quantize(CENT, ROUND_HALF_UP)
        discount = {"amount": before - amount}
    else:
        listed = rate
    return {
        "item_code": _required(row, "custom_item_code_etims"),
        "classification": _required(row, "custom_item_classification"),
        "name": row["item_name"],
        "description": None if row.get("description") in (None, "", row["item_name"]) else row["description"],
        "packaging": _required(row, "custom_packaging_unit_code"),
        "unit": _required(row, "custom_unit_of_quantity_code"),
        "quantity": quantity,
        "unit_price": listed,
        "discount": discount,
        "tax": _band(doc, row, bands),
        "barcode": row.get("barcode"),
    }


def _required(row: Doc, field: str) -> str:
    value = row.get(field)
    if not value:
        raise Unmapped(f"row {row.get('idx')}: set {field} on the Item {row.get('item_code')}")
    return str(value)


def _band(doc: Doc, row: Doc, bands: Mapping[str, str]) -> str:
    """By the row's own code, its template, or the accounts that tax it; a rate alone does not tell A from C from D."""
    own = row.get("custom_taxation_type_code")
    if own:
        return str(own)
    template = str(row.get("item_tax_template") or "")
    if template in bands:
        return bands[template]
    rates = json.loads(row.get("item_tax_rate") or "{}") or {
        tax["account_head"]: tax.get("rate") for tax in doc.get("taxes") or []
    }
    found = {bands[account] for account, rate in rates.items() if account in bands and _number(rate)}
    if len(found) != 1:
        wanted = template or ", ".join(rates) or "no tax at all"
        raise Unmapped(f"row {row.get('idx')}: which band is {wanted}? Add it to the mapping of bands")
    return found.pop()


def _credit(doc: Doc, original: Optional[Doc]) -> dict[str, Any]:
    if original is None or original["name"] != doc["return_against"]:
        raise Unmapped(f"{doc['name']}: give the Sales Invoice {doc['return_against']} that it returns")
    places = {row["name"]: place for place, row in enumerate(original["items"], 1)}
    lines: list[dict[str, Any]] = []
    for row in doc["items"]:
        place = places.get(row.get("sales_invoice_item"))
        if place is None:
            raise Unmapped(f"row {row.get('idx')}: it returns no row of {original['name']}")
        lines.append({"line": place, "quantity": -_number(row["qty"])})
    return {
        "kind": "credit_note",
        "credit": {
            "original": {"reference": original["name"]},
            "reason": doc.get("custom_kra_reason_code") or "06",
            "note": _remark(doc) or "return",
            "lines": [] if _whole(lines, original["items"]) else lines,
        },
        # A return is negative in ERPNext and positive at KRA. What came in dollars is credited in the shillings of its
        # sale, which ERPNext does not know.
        "expected_total": None if _currency(doc) else -_money(doc["grand_total"]),
        "payments": [],
        # The original's buyer, prices and currency are repeated by the SDK.
        "buyer": None,
        "prices": "tax_inclusive",
    }


def _whole(lines: Sequence[Doc], rows: Sequence[Doc]) -> bool:
    """Everything comes back: then nothing needs to be named."""
    returned = {line["line"]: line["quantity"] for line in lines}
    return returned == {place: _number(row["qty"]) for place, row in enumerate(rows, 1)}
