"""The documents as plain dicts, for type checkers.

Generated from the JSON schema by generate_models.py: do not edit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Optional, TypedDict, Union

from . import models
from .models import CreditReason, ItemType, Kind, Mode, PaymentMethod, Prices, StockMovementType, TaxType

# A float is taken with the digits Python shows; Decimal or str say what they mean.
Number = Union[Decimal, int, float, str]


class BuyerDict(TypedDict, total=False):
    """The shape of :class:`etims_sdk.Buyer`."""

    address: Optional[str]
    exemption: Optional[str]
    id: Optional[Union[BuyerIdDict, models.BuyerId]]
    name: Optional[str]
    phone: Optional[str]
    pin: Optional[str]


class _BuyerIdDictRequired(TypedDict):
    type: str
    number: str


class BuyerIdDict(_BuyerIdDictRequired, total=False):
    """The shape of :class:`etims_sdk.BuyerId`."""



class _CreditDictRequired(TypedDict):
    original: Union[OriginalDict, models.Original]


class CreditDict(_CreditDictRequired, total=False):
    """The shape of :class:`etims_sdk.Credit`."""

    lines: Optional[Sequence[Union[CreditLineDict, models.CreditLine]]]
    note: Optional[str]
    reason: Optional[CreditReason]


class _CreditLineDictRequired(TypedDict):
    line: int


class CreditLineDict(_CreditLineDictRequired, total=False):
    """The shape of :class:`etims_sdk.CreditLine`."""

    amount: Optional[Number]
    quantity: Optional[Number]


class _CurrencyDictRequired(TypedDict):
    code: str
    rate: Number


class CurrencyDict(_CurrencyDictRequired, total=False):
    """The shape of :class:`etims_sdk.Currency`."""

    date: Optional[Union[dt.date, str]]
    source: Optional[str]


class DiscountDict(TypedDict, total=False):
    """The shape of :class:`etims_sdk.Discount`."""

    amount: Optional[Number]
    percent: Optional[Number]
    reason: Optional[str]


class _InsuranceDictRequired(TypedDict):
    code: str
    name: str
    rate: Number


class InsuranceDict(_InsuranceDictRequired, total=False):
    """The shape of :class:`etims_sdk.Insurance`."""

    amount: Optional[Number]


class _InvoiceDictRequired(TypedDict):
    reference: str
    kind: Kind
    issued_at: Union[dt.datetime, str]


class InvoiceDict(_InvoiceDictRequired, total=False):
    """The shape of :class:`etims_sdk.Invoice`."""

    buyer: Optional[Union[BuyerDict, models.Buyer]]
    credit: Optional[Union[CreditDict, models.Credit]]
    currency: Optional[Union[CurrencyDict, models.Currency]]
    discount: Optional[Union[DiscountDict, models.Discount]]
    expected_total: Optional[Number]
    lines: Optional[Sequence[Union[LineDict, models.Line]]]
    messages: Optional[Union[MessagesDict, models.Messages]]
    mode: Optional[Mode]
    operator: Optional[Union[OperatorDict, models.Operator]]
    payment: Optional[PaymentMethod]
    payments: Optional[Sequence[Union[PaymentDict, models.Payment]]]
    prices: Optional[Prices]
    relates_to: Optional[str]
    remark: Optional[str]
    supply_date: Optional[Union[dt.date, str]]


class _ItemDictRequired(TypedDict):
    code: str
    item_type: ItemType
    classification: str
    name: str
    origin: str
    packaging: str
    unit: str
    tax: TaxType
    price: Number


class ItemDict(_ItemDictRequired, total=False):
    """The shape of :class:`etims_sdk.Item`."""

    barcode: Optional[str]
    operator: Optional[Union[OperatorDict, models.Operator]]


class _LineDictRequired(TypedDict):
    item_code: str
    quantity: Number


class LineDict(_LineDictRequired, total=False):
    """The shape of :class:`etims_sdk.Line`."""

    amount: Optional[Number]
    barcode: Optional[str]
    classification: Optional[str]
    description: Optional[str]
    discount: Optional[Union[DiscountDict, models.Discount]]
    insurance: Optional[Union[InsuranceDict, models.Insurance]]
    item_type: Optional[ItemType]
    name: Optional[str]
    origin: Optional[str]
    packages: Optional[Number]
    packaging: Optional[str]
    tax: Optional[TaxType]
    unit: Optional[str]
    unit_price: Optional[Number]


class MessagesDict(TypedDict, total=False):
    """The shape of :class:`etims_sdk.Messages`."""

    bottom: Optional[str]
    top: Optional[str]


class OperatorDict(TypedDict, total=False):
    """The shape of :class:`etims_sdk.Operator`."""

    id: Optional[str]
    name: Optional[str]


class OriginalDict(TypedDict, total=False):
    """The shape of :class:`etims_sdk.Original`."""

    buyer: Optional[Union[BuyerDict, models.Buyer]]
    cu_invoice_number: Optional[str]
    invoice_number: Optional[int]
    issued_at: Optional[Union[dt.datetime, str]]
    reference: Optional[str]


class _PaymentDictRequired(TypedDict):
    method: PaymentMethod


class PaymentDict(_PaymentDictRequired, total=False):
    """The shape of :class:`etims_sdk.Payment`."""

    amount: Optional[Number]
    due: Optional[Union[dt.date, str]]
    reference: Optional[str]


class _StockLineDictRequired(TypedDict):
    item_code: str
    classification: str
    name: str
    packaging: str
    unit: str
    quantity: Number
    unit_price: Number
    tax: TaxType


class StockLineDict(_StockLineDictRequired, total=False):
    """The shape of :class:`etims_sdk.StockLine`."""



class _StockMovementDictRequired(TypedDict):
    kind: StockMovementType
    occurred_at: Union[dt.datetime, str]
    lines: Sequence[Union[StockLineDict, models.StockLine]]


class StockMovementDict(_StockMovementDictRequired, total=False):
    """The shape of :class:`etims_sdk.StockMovement`."""

    operator: Optional[Union[OperatorDict, models.Operator]]
    original_number: Optional[int]
    remark: Optional[str]


__all__ = [
    "BuyerDict",
    "BuyerIdDict",
    "CreditDict",
    "CreditLineDict",
    "CurrencyDict",
    "DiscountDict",
    "InsuranceDict",
    "InvoiceDict",
    "ItemDict",
    "LineDict",
    "MessagesDict",
    "Number",
    "OperatorDict",
    "OriginalDict",
    "PaymentDict",
    "StockLineDict",
    "StockMovementDict",
]
