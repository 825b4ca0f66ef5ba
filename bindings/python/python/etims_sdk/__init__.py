"""Kenya eTIMS invoices: computed exactly, delivered durably, never doubled.

>>> import etims_sdk
>>> body = etims_sdk.compute({
...     "reference": "INV-1", "kind": "sale", "issued_at": "2026-09-17T14:09:26+03:00", "payment": "cash",
...     "lines": [{"item_code": "KE2NTNO0000001", "name": "Maize flour 2 kg", "classification": "1010150000",
...                "packaging": "NT", "unit": "NO", "quantity": "2", "unit_price": "580.00", "tax": "B"}],
... })
>>> body["totAmt"], body["totTaxAmt"]
(Decimal('1160'), Decimal('160'))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._native import interpreter as _interpreter

if _interpreter() != 0:
    raise ImportError(
        "etims_sdk keeps Python objects for the whole process and cannot be imported in a sub-interpreter: "
        "use threads or processes instead"
    )

from ._native import (  # noqa: E402
    Receipt,
    Ticket,
    __version__,
    document_json,
    setting_keys,
)
from .body import check, check_rates, compute, compute_json  # noqa: E402
from .errors import (  # noqa: E402
    ConfigError,
    DeviceError,
    EtimsError,
    InternalError,
    MisuseError,
    NumberingError,
    RefusedError,
    StoreError,
    TransportError,
    ValidationError,
    Violation,
)
from .pin import PinCheck, check_pin  # noqa: E402

if TYPE_CHECKING:
    from . import codes as codes
    from . import rows as rows
    from . import sandbox as sandbox
    from .aio import AsyncCheckers, AsyncDevice
    from .checkers import Checkers
    from .device import Device
    from .models import (
        Buyer,
        BuyerId,
        Credit,
        CreditLine,
        Currency,
        Discount,
        Insurance,
        Invoice,
        Item,
        Line,
        Messages,
        Operator,
        Original,
        Payment,
        StockLine,
        StockMovement,
    )
    from .receipts import QrAddress, render, verify_qr
    from .results import BuyerFinding, Event, Identity, JournalEntry, Listing, Submission, Verdict

#: Names that live in modules of their own, imported when they are first used: importing the package stays cheap.
_LAZY = {
    "AsyncCheckers": "aio",
    "AsyncDevice": "aio",
    "Buyer": "models",
    "BuyerFinding": "results",
    "BuyerId": "models",
    "Checkers": "checkers",
    "Credit": "models",
    "CreditLine": "models",
    "Currency": "models",
    "Device": "device",
    "Discount": "models",
    "Event": "results",
    "Identity": "results",
    "Insurance": "models",
    "Invoice": "models",
    "Item": "models",
    "JournalEntry": "results",
    "Line": "models",
    "Listing": "results",
    "Messages": "models",
    "Operator": "models",
    "Original": "models",
    "Payment": "models",
    "QrAddress": "receipts",
    "StockLine": "models",
    "StockMovement": "models",
    "Submission": "results",
    "Verdict": "results",
    "codes": "",
    "render": "receipts",
    "rows": "",
    "sandbox": "",
    "verify_qr": "receipts",
}

__all__ = [
    "AsyncCheckers",
    "AsyncDevice",
    "Buyer",
    "BuyerFinding",
    "BuyerId",
    "Checkers",
    "ConfigError",
    "Credit",
    "CreditLine",
    "Currency",
    "Device",
    "DeviceError",
    "Discount",
    "EtimsError",
    "Event",
    "Identity",
    "Insurance",
    "InternalError",
    "Invoice",
    "Item",
    "JournalEntry",
    "Line",
    "Listing",
    "Messages",
    "MisuseError",
    "NumberingError",
    "Operator",
    "Original",
    "Payment",
    "PinCheck",
    "QrAddress",
    "Receipt",
    "RefusedError",
    "StockLine",
    "StockMovement",
    "StoreError",
    "Submission",
    "Ticket",
    "TransportError",
    "ValidationError",
    "Verdict",
    "Violation",
    "__version__",
    "check",
    "check_pin",
    "check_rates",
    "codes",
    "compute",
    "compute_json",
    "document_json",
    "render",
    "rows",
    "sandbox",
    "setting_keys",
    "verify_qr",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not module:
        return import_module(f".{name}", __name__)
    value = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
