"""What can be said of a document without KRA: the body it becomes, and everything that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _native
from .errors import Violation

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .settings import AnyDocument, Dialect, Settings


def compute(document: AnyDocument, dialect: Dialect = "gateway", **settings: Unpack[Settings]) -> dict[str, Any]:
    """The body KRA would get for a document, as a dict with KRA's names. Needs no network and no device.

    Args:
        document: An ``Invoice``, a dict of the same shape, or JSON text. Numbers may be ``Decimal``, ``int``, ``str``
            or ``float`` (taken with the digits Python shows); dates may be ``datetime``, ``date`` or ``str``.
        dialect: How KRA is spoken to: "gateway", "oscu" (direct) or "vscu".
        kind (str): "invoice" (sales and credit notes, the default), "item", "stock_movement" or "stock_balance".
        number (int): Number the document would be sent under (eTIMS invcNo, sarNo); 1 by default.
        rates (dict): Rates in percent that differ from the dialect's, by band: {"E": 8}.
        convention (str): What the taxable amount means: "k1", off the gateway also "k3", on the VSCU also "k2".
        discount_wire (str): How discounts travel: "price", "rate_before" or "rate_after".
        fraction_policy (str): Quantities of more than two decimals: "rounded_quantity_exact_amount", "single_unit" or
            "adjust_price".
        packages (Decimal): Packages on lines that name none (eTIMS pkg).
        walk_in_name (str): Buyer's name where the document has none.
        allow_zero_rate_e (bool): Send a line in band E although its rate is 0 %.
        vat_registered (bool): False for a seller who is not registered for VAT and sells in band D only.
        seller (dict): pin, branch, trade_name, address, city, top_message, bottom_message, environment.
        original (dict): The sale a credit note credits: document, invoice_number (eTIMS invcNo), cu_invoice_number
            (SCU id, a slash, receipt number), and credited, earlier credit notes for it in order.

    Returns:
        KRA's fields. Money is ``Decimal`` in KES, rates ``Decimal`` in percent, counters ``int``.

    Raises:
        ValidationError: The document breaks rules; ``violations`` lists all of them with path and fix. Text that is no
            JSON has the code ``UNREADABLE_DOCUMENT``, with line and column.
        MisuseError: An argument nobody can use.
        TypeError: A value in the document has a type that no document has; the message names its path.
    """
    return _native.compute(document, dialect, **settings)


def compute_json(document: AnyDocument, dialect: Dialect = "gateway", **settings: Unpack[Settings]) -> bytes:
    """The exact bytes KRA would get for a document: JSON, money in KES. Arguments and errors as for ``compute``."""
    return _native.compute_json(document, dialect, **settings)


def check(document: AnyDocument, dialect: Dialect = "gateway", **settings: Unpack[Settings]) -> list[Violation]:
    """Everything a person should know about a document before it is issued: errors first, then warnings.

    Empty for a good document. Arguments as for ``compute``; broken rules are returned and not raised.

    Raises:
        ValidationError: The text is no JSON (``UNREADABLE_DOCUMENT``).
        MisuseError: An argument nobody can use.
        TypeError: A value in the document has a type that no document has; the message names its path.
    """
    return _native.check(document, dialect, **settings)


def check_rates(
    listed: list[tuple[str, str]], dialect: Dialect = "gateway", **settings: Unpack[Settings]
) -> list[Violation]:
    """Compares the rates of a device with those KRA lists (class 04 of ``Device.codes``).

    Args:
        listed: Pairs of band and rate in percent, as KRA wrote them: [("B", "16"), …].
        dialect: As for ``compute``.
        settings: As for ``compute``.

    Returns:
        Warnings; empty when they agree.
    """
    return _native.check_rates(listed, dialect, **settings)
