"""A customer invoice of Odoo (``account.move``) as an eTIMS document.

Takes records as ``read`` and ``search_read`` of Odoo's external API give them, and nothing of Odoo itself, so that it
can be tested without a server. ``Records`` holds every record the move refers to, by model and id:

    records = {"account.move.line": {21: {…}, 22: {…}}, "product.product": {5: {…}}, "account.tax": {3: {…}}, …}

KRA's codes are where Odoo's own Kenyan modules keep them: ``l10n_ke_item_code``, ``l10n_ke_packaging_unit_id`` and
``unspsc_code_id`` of the product, ``l10n_ke_quantity_unit_id`` of the unit of measure, ``l10n_ke_tax_type_id`` of the
tax, ``l10n_ke_reason_code_id`` of a credit note.

Set "Round per Line" in Accounting: KRA computes every line by itself, and ``expected_total`` refuses a document whose
total would differ from Odoo's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Optional

Record = Mapping[str, Any]
Records = Mapping[str, Mapping[int, Record]]
NAIROBI = dt.timezone(dt.timedelta(hours=3))
UTC = dt.timezone.utc
CENT = Decimal("0.01")


class Unmapped(ValueError):
    """Something in the move has no counterpart yet: the message says what to set."""


def etims_document(move: Record, records: Records) -> dict[str, Any]:
    """The eTIMS document of a posted customer invoice or refund."""
    if move["move_type"] not in ("out_invoice", "out_refund"):
        raise Unmapped(f"{move['name']}: a {move['move_type']} is not sold to a customer")
    if move.get("state", "posted") != "posted":
        raise Unmapped(f"{move['name']}: post it first; a draft has no number that stays")
    if move["move_type"] == "out_refund":
        return _credit_note(move, records)
    lines = _product_lines(move, records)
    currency = _one(records, "res.currency", move["currency_id"])
    return {
        "reference": move["name"],
        "kind": "sale",
        "issued_at": _issued_at(move),
        "prices": "tax_inclusive" if _inclusive(lines, records) else "tax_exclusive",
        "currency": _currency(move, currency),
        "buyer": _buyer(move, records),
        "operator": {"id": f"odoo-{move['invoice_user_id'][0]}", "name": move["invoice_user_id"][1]}
        if move.get("invoice_user_id")
        else None,
        "payments": _payments(move),
        "lines": [_line(line, records) for line in lines],
        "expected_total": _money(move["amount_total"]),
    }


def _number(value: Any) -> Decimal:
    """Odoo's floats by the digits they show; False is Odoo's way to say nothing."""
    return Decimal(str(value or 0))


def _money(value: Any) -> Decimal:
    return _number(value).quantize(CENT, ROUND_HALF_UP)


def _one(records: Records, model: str, reference: Any) -> Record:
    """The record behind a many2one, which the API gives as ``[id, name]`` or False."""
    if not reference:
        raise Unmapped(f"a {model} is missing")
    number = reference if isinstance(reference, int) else reference[0]
    try:
        return records[model][number]
    except KeyError:
        raise Unmapped(f"{model} {number} was not read: add it to the records") from None


def _code(records: Records, reference: Any, field: str, of: str) -> str:
    """The code of one of KRA's tables, as the Kenyan modules keep them."""
    if not reference:
        raise Unmapped(f"set {field} on {of}")
    model = "product.unspsc.code" if field == "unspsc_code_id" else "l10n_ke_edi_oscu.code"
    return str(_one(records, model, reference)["code"])


def _issued_at(move: Record) -> dt.datetime:
    """The invoice date, at the time the move was posted when that was the same day in Nairobi."""
    day = dt.date.fromisoformat(str(move["invoice_date"]))
    written = move.get("write_date")
    if written:
        # Odoo stores moments in UTC, without an offset.
        posted = dt.datetime.fromisoformat(str(written)).replace(tzinfo=UTC, microsecond=0).astimezone(NAIROBI)
        if posted.date() == day:
            return posted
    return dt.datetime.combine(day, dt.time(12), NAIROBI)


def _product_lines(move: Record, records: Records) -> list[Record]:
    """Sections and notes are not sold."""
    lines = [_one(records, "account.move.line", number) for number in move["invoice_line_ids"]]
    sold = [line for line in lines if line.get("display_type") in (False, None, "product")]
    return sorted(sold, key=lambda line: (line.get("sequence", 0), line["id"]))


def _taxes(line: Record, records: Records) -> list[Record]:
    return [_one(records, "account.tax", number) for number in line["tax_ids"]]


def _included(tax: Record) -> bool:
    override = tax.get("price_include_override")
    return override == "tax_included" if override else bool(tax.get("price_include"))


def _inclusive(lines: list[Record], records: Records) -> bool:
    # A tax of 0 % does not tell: prices with and without it are the same.
    included = {_included(tax) for line in lines for tax in _taxes(line, records) if _number(tax["amount"])}
    if len(included) > 1:
        raise Unmapped("some taxes are included in the prices and some are not")
    return included == {True}


def _currency(move: Record, currency: Record) -> Optional[dict[str, Any]]:
    if currency["name"] == "KES":
        return None
    return {
        "code": currency["name"],
        # Shillings for one unit, as Odoo shows it on the currency.
        "rate": _number(currency["inverse_rate"]),
        "source": "Odoo",
        "date": move["invoice_date"],
    }


def _buyer(move: Record, records: Records) -> dict[str, Any]:
    partner = _one(records, "res.partner", move["partner_id"])
    return {
        "pin": partner.get("vat") or None,
        "name": partner["name"],
        "phone": str(partner.get("mobile") or partner.get("phone") or "").replace(" ", "") or None,
    }


def _payments(move: Record) -> list[dict[str, Any]]:
    """Odoo registers payments after the invoice: what is not paid yet is on credit."""
    total, open_amount = _money(move["amount_total"]), _money(move.get("amount_residual"))
    payments = []
    if total - open_amount > 0:
        payments.append({"method": "other", "amount": total - open_amount})
    if open_amount > 0:
        payments.append({"method": "credit", "amount": open_amount, "due": move.get("invoice_date_due") or None})
    return payments


def _line(line: Record, records: Records) -> dict[str, Any]:
    product = _one(records, "product.product", line["product_id"])
    unit = _one(records, "uom.uom", line["product_uom_id"])
    bands = {_band(tax, records) for tax in _taxes(line, records)}
    if len(bands) != 1:
        raise Unmapped(f"line {line['name']!r}: it needs exactly one tax with a KRA tax type, found {len(bands)}")
    discount = _number(line.get("discount"))
    if not product.get("l10n_ke_item_code"):
        raise Unmapped(f"register {product['name']!r} with KRA: it has no l10n_ke_item_code")
    label = str(line["name"]).replace("\n", " ")
    return {
        "item_code": product["l10n_ke_item_code"],
        "classification": _code(records, product.get("unspsc_code_id"), "unspsc_code_id", product["name"]),
        "name": product["name"],
        "description": None if label == product["name"] else label,
        "packaging": _code(
            records, product.get("l10n_ke_packaging_unit_id"), "l10n_ke_packaging_unit_id", product["name"]
        ),
        "unit": _code(records, unit.get("l10n_ke_quantity_unit_id"), "l10n_ke_quantity_unit_id", unit["name"]),
        "quantity": _number(line["quantity"]),
        "unit_price": _number(line["price_unit"]),
        "discount": {"percent": discount} if discount else None,
        "tax": bands.pop(),
        "barcode": product.get("barcode") or None,
    }


def _band(tax: Record, records: Records) -> str:
    return _code(records, tax.get("l10n_ke_tax_type_id"), "l10n_ke_tax_type_id", f"the tax {tax['name']}")


def _credit_note(move: Record, records: Records) -> dict[str, Any]:
    """A refund of one invoice: the whole of it, or lines of the same products with fewer of each."""
    if not move.get("reversed_entry_id"):
        raise Unmapped(f"{move['name']}: reverse an invoice instead of writing a refund by hand")
    original = _one(records, "account.move", move["reversed_entry_id"])
    sold = _product_lines(original, records)
    places = {line["id"]: place for place, line in enumerate(sold, 1)}
    lines: list[dict[str, Any]] = []
    for line in _product_lines(move, records):
        place = next((places.pop(sale["id"]) for sale in sold if sale["id"] in places and _same(sale, line)), None)
        if place is None:
            raise Unmapped(f"{move['name']}: {line['name']!r} is not on {original['name']} at this price")
        lines.append({"line": place, "quantity": _number(line["quantity"])})
    whole = not places and all(line["quantity"] == _number(sold[line["line"] - 1]["quantity"]) for line in lines)
    reason = move.get("l10n_ke_reason_code_id")
    # What came in dollars is credited in the shillings of its sale, which Odoo does not know.
    foreign = _currency(move, _one(records, "res.currency", move["currency_id"]))
    return {
        "reference": move["name"],
        "kind": "credit_note",
        "issued_at": _issued_at(move),
        "credit": {
            "original": {"reference": original["name"]},
            "reason": _code(records, reason, "l10n_ke_reason_code_id", move["name"]) if reason else "06",
            "note": str(move.get("ref") or "refund")[:200],
            "lines": [] if whole else lines,
        },
        "expected_total": None if foreign else _money(move["amount_total"]),
    }


def _same(sale: Record, line: Record) -> bool:
    return all(sale[field] == line[field] for field in ("product_id", "price_unit", "discount", "tax_ids"))
