"""The documents as frozen dataclasses. Plain dicts of the same shape do as well.

Generated from the JSON schema by generate_models.py: do not edit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Optional

CreditReason = Literal["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13"]
ItemType = Literal["raw_material", "goods", "service"]
Kind = Literal["sale", "credit_note"]
Mode = Literal["normal", "training", "proforma"]
PaymentMethod = Literal["cash", "credit", "cash_credit", "bank_cheque", "card", "mobile_money", "other"]
Prices = Literal["tax_inclusive", "tax_exclusive"]
TaxType = Literal["A", "B", "C", "D", "E"]
StockMovementType = Literal["import", "purchase", "return_in", "movement_in", "processing_in", "adjustment_in", "sale", "return_out", "movement_out", "processing_out", "discarding", "adjustment_out"]


@dataclass(frozen=True)
class Buyer:
    """The buyer as the caller gives it. Everything is optional; a PIN needs a name.

    Attributes:
        address: Postal or street address, printed only.
        exemption: Number of the exemption certificate or zero-rating letter, goes into the remark.
        id: A passport or identity card: does not fit into `custTin`, goes into the remark.
        name: Buyer's name (eTIMS `custNm`); a credit note must repeat it.
        phone: Phone (eTIMS `custMblNo`).
        pin: Buyer's PIN, given when the buyer claims the expense or input VAT (eTIMS `custTin`).
    """

    address: Optional[str] = field(default=None, repr=False)
    exemption: Optional[str] = None
    id: Optional[BuyerId] = None
    name: Optional[str] = field(default=None, repr=False)
    phone: Optional[str] = field(default=None, repr=False)
    pin: Optional[str] = field(default=None, repr=False)


@dataclass(frozen=True)
class BuyerId:
    """A document that identifies a buyer without a PIN.

    Attributes:
        type: What kind of document, for instance `passport`.
        number: Its number.
    """

    type: str
    number: str = field(repr=False)


@dataclass(frozen=True)
class Credit:
    """What a credit note credits.

    Attributes:
        original: The sale being credited.
        lines: Which lines; nothing means the whole invoice.
        note: Justification for the credit-note log (TIS specification §14).
        reason: Reason code 01–13 (eTIMS `rfdRsnCd`).
    """

    original: Original
    lines: Sequence[CreditLine] = ()
    note: Optional[str] = None
    reason: Optional[CreditReason] = None


@dataclass(frozen=True)
class CreditLine:
    """One line of the original, in part or whole.

    Attributes:
        line: Line of the original, counted from 1.
        amount: Money to credit instead of a quantity: sent as quantity 1, no goods come back.
        quantity: How many to credit; with neither quantity nor amount the rest of the line.
    """

    line: int
    amount: Optional[Decimal] = None
    quantity: Optional[Decimal] = None


@dataclass(frozen=True)
class Currency:
    """A foreign currency with the rate used. KRA takes shillings only; the receipt shows both.

    Attributes:
        code: Code such as `USD`.
        rate: Shillings for one unit of it.
        date: Day of the rate.
        source: Where the rate comes from, for instance `CBK mean rate`.
    """

    code: str
    rate: Decimal
    date: Optional[dt.date] = None
    source: Optional[str] = None


@dataclass(frozen=True)
class Discount:
    """A discount, by percent or by amount.

    Attributes:
        amount: Money off, in the document's currency and price mode.
        percent: Percent off, 0 to 100.
        reason: Why, printed.
    """

    amount: Optional[Decimal] = None
    percent: Optional[Decimal] = None
    reason: Optional[str] = None


@dataclass(frozen=True)
class Insurance:
    """An insurer's share. VAT stays on the full supply; the receipt shows both shares.

    Attributes:
        code: Insurer's code (eTIMS `isrccCd`, 10 characters).
        name: Insurer's name (eTIMS `isrccNm`, 100 characters).
        rate: Share in whole percent (eTIMS `isrcRt`).
        amount: Share in money; computed from the rate when left out (eTIMS `isrcAmt`).
    """

    code: str
    name: str
    rate: Decimal
    amount: Optional[Decimal] = None


@dataclass(frozen=True)
class Invoice:
    """A document before it is checked. Build one with `sale` or read one with `from_json`.

    Attributes:
        reference: The caller's own document number, unique per branch: the idempotency key (eTIMS
            `trdInvcNo`, 1–50 characters).
        kind: Sale or credit note.
        issued_at: When the till issued it, RFC 3339 with offset (eTIMS `cfmDt`, `salesDt`).
        buyer: Who buys; nothing for a walk-in customer.
        credit: What a credit note credits.
        currency: A foreign currency the prices are in; converted to shillings for KRA.
        discount: Discount on the whole document, spread in proportion within each tax band.
        expected_total: What the buyer pays, in the document's currency; a document that computes to another
            total is refused.
        lines: What is sold, 1 to 999 lines.
        messages: Messages that replace the seller's for this document.
        mode: Whether the document is meant for KRA.
        operator: Who works the till.
        payment: One payment of the whole, in place of `payments`.
        payments: How it is paid; nothing means cash, with a warning.
        prices: Whether prices contain VAT.
        relates_to: Reference of an earlier invoice that this one supplements: takes the place of a debit
            note.
        remark: Free text (eTIMS `remark`, 400 characters).
        supply_date: Date of supply where it differs from the date of issue; printed.
    """

    reference: str
    kind: Kind
    issued_at: dt.datetime
    buyer: Optional[Buyer] = None
    credit: Optional[Credit] = None
    currency: Optional[Currency] = None
    discount: Optional[Discount] = None
    expected_total: Optional[Decimal] = None
    lines: Sequence[Line] = ()
    messages: Optional[Messages] = None
    mode: Mode = "normal"
    operator: Optional[Operator] = None
    payment: Optional[PaymentMethod] = None
    payments: Sequence[Payment] = ()
    prices: Prices = "tax_inclusive"
    relates_to: Optional[str] = None
    remark: Optional[str] = None
    supply_date: Optional[dt.date] = None


@dataclass(frozen=True)
class Item:
    """An item before it is checked (eTIMS `saveItem`). Registering it again under its code changes it.

    Attributes:
        code: Item code, 1–20 characters (eTIMS `itemCd`); composed on the gateway: country, type,
            packaging, unit, running number. See `build`.
        item_type: Goods, service or raw material (eTIMS `itemTyCd`).
        classification: KRA item classification, 8 or 10 digits (eTIMS `itemClsCd`).
        name: Name (eTIMS `itemNm`, cut to 200 characters with a warning).
        origin: Country of origin (eTIMS `orgnNatCd`).
        packaging: Packaging unit code (eTIMS `pkgUnitCd`).
        unit: Quantity unit code (eTIMS `qtyUnitCd`).
        tax: Tax band (eTIMS `taxTyCd`).
        price: Usual price of one in shillings, VAT inside, at most two decimals (eTIMS `dftPrc`).
        barcode: Barcode (eTIMS `bcd`, 20 characters).
        operator: Who registers it (eTIMS `regrId`, `regrNm`); nothing sends `sdk`.
    """

    code: str
    item_type: ItemType
    classification: str
    name: str
    origin: str
    packaging: str
    unit: str
    tax: TaxType
    price: Decimal
    barcode: Optional[str] = None
    operator: Optional[Operator] = None


@dataclass(frozen=True)
class Line:
    """One line as the customer knows it.

    Attributes:
        item_code: Registered item code, 1–20 characters, never cut (eTIMS `itemCd`).
        quantity: How many, always positive (eTIMS `qty`).
        amount: The line's money before discount, for fuel and weights: wins over quantity × price, with a
            warning.
        barcode: Barcode (eTIMS `bcd`, 20 characters).
        classification: KRA item classification, 8 or 10 digits (eTIMS `itemClsCd`).
        description: More about it, printed below the name.
        discount: Discount on this line.
        insurance: An insurer's share of this line.
        item_type: Goods, service or raw material; read from the code when left out.
        name: Name (eTIMS `itemNm`, cut to 200 characters with a warning).
        origin: Country of origin; read from the code when left out (eTIMS `orgnNatCd`).
        packages: Number of packages; the device's setting when left out (eTIMS `pkg`).
        packaging: Packaging unit code (eTIMS `pkgUnitCd`).
        tax: Tax band (eTIMS `taxTyCd`).
        unit: Quantity unit code (eTIMS `qtyUnitCd`).
        unit_price: Price of one, in the document's currency and price mode (eTIMS `prc`).
    """

    item_code: str
    quantity: Decimal
    amount: Optional[Decimal] = None
    barcode: Optional[str] = None
    classification: Optional[str] = None
    description: Optional[str] = None
    discount: Optional[Discount] = None
    insurance: Optional[Insurance] = None
    item_type: Optional[ItemType] = None
    name: Optional[str] = None
    origin: Optional[str] = None
    packages: Optional[Decimal] = None
    packaging: Optional[str] = None
    tax: Optional[TaxType] = None
    unit: Optional[str] = None
    unit_price: Optional[Decimal] = None


@dataclass(frozen=True)
class Messages:
    """Messages printed and sent with one document.

    Attributes:
        bottom: At the foot (eTIMS `btmMsg`).
        top: Above the lines (eTIMS `topMsg`).
    """

    bottom: Optional[str] = None
    top: Optional[str] = None


@dataclass(frozen=True)
class Operator:
    """Who works the till.

    Attributes:
        id: Identifier (eTIMS `regrId`, 20 characters, never cut).
        name: Name (eTIMS `regrNm`, 60 characters).
    """

    id: Optional[str] = None
    name: Optional[str] = field(default=None, repr=False)


@dataclass(frozen=True)
class Original:
    """The sale a credit note is for: by reference, or whole when this device's store does not know it.

    Attributes:
        buyer: The buyer of the sale: the credit note must repeat name and PIN.
        cu_invoice_number: The number printed on the sale: `{SCU id}/{receipt number}`.
        invoice_number: KRA's number of the sale (eTIMS `invcNo`, sent as `orgInvcNo`).
        issued_at: When the sale was issued.
        reference: Reference of a sale issued through this device.
    """

    buyer: Optional[Buyer] = None
    cu_invoice_number: Optional[str] = None
    invoice_number: Optional[int] = None
    issued_at: Optional[dt.datetime] = None
    reference: Optional[str] = None


@dataclass(frozen=True)
class Payment:
    """One tender.

    Attributes:
        method: How (eTIMS `pmtTyCd`).
        amount: How much, in the document's currency; a single payment may leave it out and pays the whole.
        due: When a credit is due, printed.
        reference: Transaction number, printed.
    """

    method: PaymentMethod
    amount: Optional[Decimal] = None
    due: Optional[dt.date] = None
    reference: Optional[str] = None


@dataclass(frozen=True)
class StockLine:
    """One moved item.

    Attributes:
        item_code: Registered item code (eTIMS `itemCd`).
        classification: KRA item classification, 8 or 10 digits (eTIMS `itemClsCd`).
        name: Name (eTIMS `itemNm`).
        packaging: Packaging unit code (eTIMS `pkgUnitCd`).
        unit: Quantity unit code (eTIMS `qtyUnitCd`).
        quantity: How many, always positive, at most two decimals (eTIMS `qty`); the wire's packages are the
            same number.
        unit_price: Price of one in shillings, VAT inside, at most two decimals (eTIMS `prc`): the gateway
            takes an amount of zero for a missing one.
        tax: Tax band, the registered item's (eTIMS `taxTyCd`).
    """

    item_code: str
    classification: str
    name: str
    packaging: str
    unit: str
    quantity: Decimal
    unit_price: Decimal
    tax: TaxType


@dataclass(frozen=True)
class StockMovement:
    """A movement before it is checked (eTIMS `insertStockIO`).

    Attributes:
        kind: Why goods came or went; says the direction too (eTIMS `sarTyCd`).
        occurred_at: When, RFC 3339 with offset (eTIMS `ocrnDt`, a day in Nairobi, not in the future by
            KRA's clock).
        lines: What moved, 1 to 999 lines.
        operator: Who reports it (eTIMS `regrId`, `regrNm`); nothing sends `sdk`.
        original_number: KRA's number of the movement this one follows from, 0 for none (eTIMS `orgSarNo`).
        remark: Free text, 400 characters (eTIMS `remark`).
    """

    kind: StockMovementType
    occurred_at: dt.datetime
    lines: Sequence[StockLine]
    operator: Optional[Operator] = None
    original_number: Optional[int] = None
    remark: Optional[str] = None

__all__ = [
    "Buyer",
    "BuyerId",
    "Credit",
    "CreditLine",
    "CreditReason",
    "Currency",
    "Discount",
    "Insurance",
    "Invoice",
    "Item",
    "ItemType",
    "Kind",
    "Line",
    "Messages",
    "Mode",
    "Operator",
    "Original",
    "Payment",
    "PaymentMethod",
    "Prices",
    "StockLine",
    "StockMovement",
    "StockMovementType",
    "TaxType",
]
