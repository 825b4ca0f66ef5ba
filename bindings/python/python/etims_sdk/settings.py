"""The settings that decide amounts and wire bodies, as keyword arguments of ``compute`` and ``check``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, TypedDict, Union

from .models import Invoice, Item, StockMovement
from .shapes import InvoiceDict, ItemDict, Number, StockMovementDict

Dialect = Literal["gateway", "oscu", "vscu"]
Band = Literal["A", "B", "C", "D", "E"]

#: What is taken for a document: a dataclass, a dict of the same shape, or JSON text.
Document = Union[Invoice, InvoiceDict, Mapping[str, Any], str, bytes]


#: An item to be registered, in the same forms.
ItemDocument = Union[Item, ItemDict, Mapping[str, Any], str, bytes]
#: A stock movement, in the same forms.
StockMovementDocument = Union[StockMovement, StockMovementDict, Mapping[str, Any], str, bytes]
AnyDocument = Union[Document, ItemDocument, StockMovementDocument]


class _OriginalSaleRequired(TypedDict):
    document: Document
    invoice_number: int
    cu_invoice_number: str


class OriginalSale(_OriginalSaleRequired, total=False):
    """The signed sale that a credit note credits."""

    #: Earlier credit notes for it, in order.
    credited: Sequence[Document]


class Settings(TypedDict, total=False):
    """Settings of a device. What is left out is the dialect's safe default."""

    #: What the document is.
    kind: Literal["invoice", "item", "stock_movement", "stock_balance"]
    #: Number the document would be sent under (eTIMS ``invcNo``, ``sarNo``); 1 by default.
    number: int
    #: Rates in percent that differ from the dialect's, by band.
    rates: Mapping[Band, Union[Decimal, int, str]]
    #: What the taxable amount means.
    convention: Literal["k1", "k2", "k3"]
    #: How discounts travel.
    discount_wire: Literal["price", "rate_before", "rate_after"]
    #: What becomes of quantities with more than two decimals.
    fraction_policy: Literal["rounded_quantity_exact_amount", "single_unit", "adjust_price"]
    #: Packages on lines that name none (eTIMS ``pkg``).
    packages: Number
    #: Buyer's name where the document has none.
    walk_in_name: str
    #: Send a line in band E although its rate is 0 %.
    allow_zero_rate_e: bool
    #: False: the seller is not registered for VAT and sells in band D only.
    vat_registered: bool
    #: pin, branch, trade_name, address, city, top_message, bottom_message, environment.
    seller: Mapping[str, Any]
    #: The sale that a credit note credits.
    original: OriginalSale
