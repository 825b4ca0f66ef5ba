"""A KRA to test against: its rules, its texts, and faults at will. It runs in this process, on a loopback port.

::

    with Sandbox() as kra, kra.device() as device:
        kra.stock_up(device, invoice)
        kra.lose_next_answer()
        assert device.issue(invoice).is_signed
        assert len(kra.ledger()) == 1
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Optional, Union

from . import _native
from ._native import Ticket
from .device import Device
from .settings import Dialect, Document

#: A synthetic PIN that belongs to nobody.
PIN = "P000070014N"
#: What the sandbox takes for credentials when it was given none: anything.
SECRETS = {
    "app_id": "6f1c2d1e-7f0a-4c3b-9a55-0123456789ab",
    "consumer_key": "sandbox-consumer-key",
    "consumer_secret": "sandbox-consumer-secret",
}


class LedgerRow(NamedTuple):
    """One sale or credit note as the sandbox has recorded it. Amounts are in cents."""

    pin: str
    branch: str
    invoice_number: int
    trader_invoice_number: str
    original_invoice_number: int
    is_credit_note: bool
    receipt_number: int
    total_receipt_number: int
    sdc_id: str
    signature: str
    internal_data: str
    signed_at: str
    total_cents: int
    tax_cents: int


class Sandbox:
    """A running KRA. Making one starts it; ``stop`` or leaving the ``with`` block stops it.

    Args:
        port: The port; 0 takes a free one.
        seed: Signatures and keys follow from it.
        state_file: Remembers everything in this file, which is on the disk before each answer goes out.
        profile: "strict" or "lenient" for every dialect; without it the gateway is strict, the others lenient.
        credentials: The only consumer key and secret it takes; without them any pair will do.
        app_id: The only application id it takes.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: Optional[int] = None,
        state_file: Optional[Union[str, Path]] = None,
        profile: Optional[str] = None,
        credentials: Optional[tuple[str, str]] = None,
        app_id: Optional[str] = None,
    ) -> None:
        path = None if state_file is None else str(state_file)
        self._native: _native.Sandbox = _native.Sandbox.start(port, seed, path, profile, credentials, app_id).result()
        self._process = os.getpid()
        self._url = self._native.url()
        self._folder: Optional[str] = None
        self._serials = 0

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Sandbox {self._url}>"

    def stop(self) -> None:
        """Stops listening, closes every connection and removes the folder of its devices. May be called twice.

        In a forked child this does nothing: the sandbox is the parent's.
        """
        if self._process == os.getpid():
            self._native.stop().result()
            if self._folder is not None:
                _remove(self._folder, self._process)

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``; the control API is below ``/sandbox``."""
        return self._native.url()

    def base_url(self, dialect: Dialect = "gateway") -> str:
        """Base address of a dialect's calls."""
        return self._native.base_url(dialect)

    @property
    def token_url(self) -> str:
        """Address of the gateway's token call."""
        return self._native.token_url()

    def ledger(self) -> list[LedgerRow]:
        """Every recorded sale and credit note, in order."""
        return [LedgerRow(**row) for row in json.loads(self._native.ledger())]

    # A device on this sandbox

    def settings(self, folder: Optional[Union[str, Path]] = None, **changes: Any) -> dict[str, Any]:
        """Settings of a device on this sandbox, for ``Device.open(environ=False, secrets=SECRETS, **settings)``.

        Args:
            folder: Where store and keys are; without it a temporary one that goes with the sandbox.
            changes: Settings that differ.
        """
        if folder is None:
            if self._folder is None:
                self._folder = tempfile.mkdtemp(prefix="etims-sandbox-")
                weakref.finalize(self, _remove, self._folder, self._process)
            folder = Path(self._folder) / f"device-{self._serials}"
        folder = Path(folder)
        settings: dict[str, Any] = {
            "environment": "sandbox",
            "dialect": "gateway",
            "pin": PIN,
            "branch": "00",
            "serial": f"SANDBOX-{self._serials}",
            "seller": {"trade_name": "Mwangaza Stores", "address": "Moi Avenue", "city": "Nairobi"},
            "store": {"path": folder / "store" / "shop.db"},
            "vault": {"key_file": folder / "keys" / "vault.key"},
            "timeouts": {"write": 5, "look_up": 5},
            "limits": {"per_hour": 0},
            **changes,
        }
        hosts = {"base": self.base_url(settings["dialect"]), "token": self.token_url}
        settings["hosts"] = {**hosts, **settings.get("hosts", {})}
        self._serials += 1
        return settings

    def device(self, folder: Optional[Union[str, Path]] = None, **changes: Any) -> Device:
        """A device on this sandbox, opened and initialised. Arguments as for ``settings``."""
        device = Device.open(environ=False, secrets=SECRETS, **self.settings(folder, **changes))
        if device.identity is None:
            device.initialise()
        return device

    def stock_up(self, device: Device, *documents: Document, quantity: int = 1000) -> None:
        """Registers every item of the documents' lines with KRA and puts so many of each on the shelf.

        A strict KRA refuses the sale of an item it does not know or that is not in stock.
        """
        items: dict[str, dict[str, Any]] = {}
        for document in documents:
            for line in json.loads(_native.document_json(document)).get("lines", []):
                items.setdefault(line["item_code"], line)
        tickets: list[Ticket] = []
        for code, line in items.items():
            item = _item(line)
            tickets.append(device.register_item(f"item {code}", item))
            if item["item_type"] != "service":
                moved = {"kind": "adjustment_in", "occurred_at": "2026-01-02T08:00:00+03:00"}
                tickets.append(device.move_stock(f"stock {code}", {**moved, "lines": [_moved(line, quantity)]}))
                tickets.append(device.report_balance(f"balance {code}", code, quantity))
        for ticket in tickets:
            device.wait(ticket)

    # Faults

    def inject(
        self, kind: str, *, every: Optional[int] = None, operation: Optional[str] = None, **parameters: Any
    ) -> str:
        """Arms a fault: on the next call that it is about, once, unless told otherwise. Returns its number.

        Args:
            kind: ``lose_answer``, ``server_error`` … A wrong one gets an error with all of them.
            every: On every n-th call instead of once; 1 is always.
            operation: On this operation (``save_sale`` …) instead of the one it is about.
            parameters: Of the fault: ``milliseconds``, ``status``, ``recorded``, ``count``, ``code`` …
        """
        given = {"every": every, "operation": operation, **parameters}
        parts = [f"{name}={_word(value)}" for name, value in given.items() if value is not None]
        return self._native.inject(kind + (":" + ",".join(parts) if parts else ""))

    def heal(self) -> None:
        """Disarms every fault."""
        self._native.heal()

    def lose_next_answer(self) -> str:
        """KRA records and signs the next sale; its answer never arrives."""
        return self.inject("lose_answer")

    def lose_next_request(self) -> str:
        """The next sale never reaches KRA."""
        return self.inject("lose_request")

    def delay_next_answer(self, seconds: float) -> str:
        """The next answer comes late; KRA has recorded at once."""
        return self.inject("delay_answer", milliseconds=round(seconds * 1000))

    def delay_next_request(self, seconds: float) -> str:
        """The next request reaches KRA late, even when the client has hung up."""
        return self.inject("delay_request", milliseconds=round(seconds * 1000))

    def reset_next_answer(self) -> str:
        """The connection is reset in the middle of the next answer."""
        return self.inject("reset_mid_body")

    def truncate_next_answer(self) -> str:
        """The next answer's JSON breaks off."""
        return self.inject("truncate_json")

    def answer_next_with_html(self, recorded: bool) -> str:
        """The next answer is an HTML page, after KRA has recorded or instead of it."""
        return self.inject("html_page", recorded=recorded)

    def expire_token(self) -> str:
        """The token of the next call counts as expired."""
        return self.inject("expire_token")

    def throttle_next(self) -> str:
        """The next call is one too many: HTTP 429."""
        return self.inject("too_many_requests")

    def fail_next(self, status: int = 500, recorded: bool = False) -> str:
        """The next call fails with HTTP 500, 502, 503 or 504, after KRA has recorded or instead of it."""
        return self.inject("server_error", status=status, recorded=recorded)

    def lag_details(self, look_ups: int = 0, seconds: float = 0) -> str:
        """From now on an invoice is unknown for its first look-ups, or for a time after signing."""
        return self.inject("lag_detail", look_ups=look_ups, milliseconds=round(seconds * 1000))

    def check_stock_before_sequence(self) -> str:
        """The next sale is checked for its stock before its number."""
        return self.inject("stock_before_sequence")

    def let_foreigner_write(self) -> str:
        """Somebody else's sale takes the number of the next one."""
        return self.inject("foreign_writer")

    def misnumber_next_receipt(self) -> str:
        """The next sale's answer carries another receipt number than was recorded."""
        return self.inject("wrong_receipt_number")

    def skew_clock(self, seconds: int) -> str:
        """From now on times in answers are off by this much."""
        return self.inject("clock_skew", seconds=seconds)

    def drift_counter(self, by: int) -> str:
        """The sales counter moves without an invoice, before the next sale."""
        return self.inject("counter_drift", by=by)

    def drip_next_answer(self, seconds: float) -> str:
        """The next answer drips, with this pause between pieces."""
        return self.inject("slow_drip", milliseconds=round(seconds * 1000))

    def return_many_results(self, count: int = 2) -> str:
        """The next call meets KRA's duplicate rows: "N results were returned"."""
        return self.inject("many_results", count=count)

    def withhold_next_signature(self) -> str:
        """KRA records the next sale and says so without a signature."""
        return self.inject("no_signature")

    def call_next_a_duplicate(self, code: str = "994") -> str:
        """The next sale is refused as a duplicate although it is new: 994, 921, 899 or "unique"."""
        return self.inject("duplicate", code=code)


def _remove(folder: str, process: int) -> None:
    if process == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _item(line: Mapping[str, Any]) -> dict[str, Any]:
    # The third character of a composed code is the kind: 1 raw material, 2 goods, 3 service.
    kinds = {"1": "raw_material", "2": "goods", "3": "service"}
    code = line["item_code"]
    return {
        "code": code,
        "item_type": line.get("item_type") or kinds.get(code[2:3], "goods"),
        "classification": line["classification"],
        "name": line["name"],
        "origin": line.get("origin") or code[:2],
        "packaging": line["packaging"],
        "unit": line["unit"],
        "tax": line["tax"],
        "price": line.get("unit_price") or "1",
    }


def _moved(line: Mapping[str, Any], quantity: int) -> dict[str, Any]:
    copied = {key: line[key] for key in ("item_code", "classification", "name", "packaging", "unit", "tax")}
    return {**copied, "quantity": str(quantity), "unit_price": line.get("unit_price") or "1"}
