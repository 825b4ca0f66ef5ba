"""Receipts without a device, and the address in their QR code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Optional, Union

from . import _native
from .settings import Dialect, Document, OriginalSale

TEXT_FORMATS = ("text", "html", "qr_svg")


def render(
    document: Document,
    answer: Optional[Union[Mapping[str, Any], str]] = None,
    *,
    seller: Mapping[str, Any],
    format: str = "text",
    dialect: Dialect = "gateway",
    rates: Optional[Mapping[Any, Any]] = None,
    original: Optional[OriginalSale] = None,
    **options: Any,
) -> bytes:
    """Draws a document and KRA's answer as a receipt. Text formats are UTF-8.

    Args:
        document: As for ``compute``.
        answer: What KRA answered: curRcptNo, totRcptNo, intrlData, rcptSign, sdcDateTime, sdcId, mrcNo. None for
            training and proforma documents, which KRA does not sign.
        seller: pin, branch, trade_name, address, city, top_message, bottom_message, environment.
        format: "text", "html", "pdf", "escpos" (bytes for a thermal printer), "qr_svg" or "qr_png".
        dialect: How KRA is spoken to; decides the rates printed.
        rates: Rates that differ from the dialect's.
        original: The sale a credit note credits.
        options: columns (32, 42, 44, 48), copy, labels ("en", "sw", "regional" or a mapping), paper ("80mm", "a4"),
            kra_logo and shop_logo (PNG bytes), item_codes, machine_number, terminal, qr_as_picture, code_page
            ("ascii", "windows1252"), cut ("none", "partial", "full").

    Raises:
        ValidationError: The document breaks rules.
        MisuseError: The answer is missing or unreadable, or an option cannot be used.
    """
    settings = {"dialect": dialect, "seller": seller, "rates": rates, "original": original}
    return _native.render_document(document, answer, settings, format, options)


class QrAddress(NamedTuple):
    """What the address in a receipt's QR code says. True when it is KRA's.

    A good address says nothing about the receipt yet: KRA's page does.

    Attributes:
        environment: ``sandbox`` or ``production``.
        pin: Seller's PIN.
        branch: Seller's branch.
        signature: Receipt signature.
        refusal: Why it is not KRA's address; None when it is.
        look_alike: The host is made to look like KRA's: do not open it.
    """

    environment: Optional[str]
    pin: Optional[str]
    branch: Optional[str]
    signature: Optional[str]
    refusal: Optional[str]
    look_alike: bool

    def __bool__(self) -> bool:
        return self.refusal is None


def verify_qr(url: str) -> QrAddress:
    """Reads an address found on a receipt, strictly.

    >>> verify_qr("https://etims.kra.go.ke.example/common/link/etims/receipt/indexEtimsReceiptData?Data=x").look_alike
    True
    """
    address, refusal = _native.verify_qr(url)
    if address is not None:
        return QrAddress(*address, None, False)
    assert refusal is not None
    return QrAddress(None, None, None, None, *refusal)
