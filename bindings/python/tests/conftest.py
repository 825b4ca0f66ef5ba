"""Documents for the tests. All PINs are synthetic."""

from __future__ import annotations

import base64
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Optional

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
INVOICES = sorted((REPOSITORY / "examples" / "invoices").glob("*.json"))


def line(**changes: Any) -> dict[str, Any]:
    """A line without mistakes."""
    return {
        "item_code": "KE2NTNO0000001",
        "name": "Maize flour 2 kg",
        "classification": "1010150000",
        "packaging": "NT",
        "unit": "NO",
        "quantity": "2",
        "unit_price": "580.00",
        "tax": "B",
        **changes,
    }


def sale(**changes: Any) -> dict[str, Any]:
    """A sale of 1,160.00 without mistakes or warnings."""
    return {
        "reference": "INV-2026-0042",
        "kind": "sale",
        "issued_at": "2026-09-17T14:09:26+03:00",
        "buyer": {"pin": "P000070007R", "name": "Kilimani Grocers Ltd"},
        "payment": "cash",
        "lines": [line()],
        **changes,
    }


def interrupted(work: Callable[[], object]) -> str:
    """Presses Ctrl-C half a second into the work. How many seconds later it was heard, or that it was not."""
    # Whoever runs the tests in the background has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pressed = []

    def press() -> None:
        time.sleep(0.5)
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    try:
        work()
    except KeyboardInterrupt:
        return f"after {time.monotonic() - pressed[0]}"
    return "not interrupted"


@pytest.fixture(params=INVOICES, ids=[path.stem for path in INVOICES])
def example_invoice(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each of examples/invoices."""
    document: dict[str, Any] = json.loads(request.param.read_text())
    return document


class GavaConnect:
    """KRA's checkers on a loopback port: a token for the right keys, verdicts on what is asked with it."""

    SECRETS = {"app_id": "checkers", "consumer_key": "checker-key", "consumer_secret": "planted-checker-secret"}
    #: Name and state by PIN.
    TAXPAYERS = {"P000070014N": ("B***R LTD", "Active"), "P000070028W": ("CLOSED SHOP LTD", "Dormant")}
    INVOICE = {
        "controlUnitInvoiceNumber": "KRACU0100058659/5134",
        "supplierPIN": "P000070007R",
        "supplierName": "KILIMANI GROCERS LTD",
        "customerPin": "P000070014N",
        "invoiceDate": "2026-09-17",
        "totalInvoiceAmount": "1764.00",
        "totalTaxableAmount": "1520.69",
        "totalTaxAmount": "243.31",
        "totalItemCount": "3",
    }

    def __init__(self) -> None:
        #: What the checkers were asked, as path and body, and how many tokens were given.
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.tokens = 0
        #: Instead of a verdict: status and text.
        self.instead: Optional[tuple[int, str]] = None
        #: Seconds that a verdict takes.
        self.delay = 0.0
        gava = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pair = f"{gava.SECRETS['consumer_key']}:{gava.SECRETS['consumer_secret']}".encode()
                if self.headers["authorization"] != f"Basic {base64.b64encode(pair).decode()}":
                    self.tell(401, '{"errorMessage":"Client credentials are invalid"}')
                else:
                    gava.tokens += 1
                    self.tell(200, '{"access_token":"abc","expires_in":"3599"}')

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                gava.asked.append((self.path, asked))
                time.sleep(gava.delay)
                if self.headers["authorization"] != "Bearer abc":
                    self.tell(401, '{"fault":{"faultstring":"Invalid Access Token"}}')
                else:
                    self.tell(*(gava.instead or (200, json.dumps(gava.verdict(self.path, asked)))))

            def tell(self, status: int, text: str) -> None:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                try:
                    self.wfile.write(text.encode())
                except ConnectionError:
                    pass  # Whoever asked has gone away.

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def verdict(self, path: str, asked: dict[str, str]) -> dict[str, Any]:
        if path == "/checker/v1/invoice":
            if asked == {"invoiceNumber": "KRACU0100058659/5134", "invoiceDate": "2026-09-17"}:
                return {"responseCode": "40000", "responseDesc": "ok", "status": "OK", "invoiceDetails": self.INVOICE}
            return {"responseCode": "40001", "responseDesc": "Invoice not found", "status": "NOK"}
        if path == "/v1/kra-tcc/validate":
            return {"Status": "OK", "TCCData": {"KRAPIN": asked["kraPIN"]}}
        if path == "/checker/v1/pin":
            return {"TaxpayerPIN": "P000070014N", "TaxpayerName": "B***R LTD"}
        assert path == "/checker/v1/pinbypin", path
        if asked["KRAPIN"] not in self.TAXPAYERS:
            return {"ResponseCode": "19005", "Message": "Invalid PIN", "Status": "NOK"}
        name, state = self.TAXPAYERS[asked["KRAPIN"]]
        data = {"KRAPIN": asked["KRAPIN"], "TypeOfTaxpayer": "Company", "Name": name, "StatusOfPIN": state}
        return {"ResponseCode": "23000", "Message": "Valid PIN", "Status": "OK", "PINDATA": data}

    def settings(self, **changes: Any) -> dict[str, Any]:
        hosts = {"token": f"{self.url}/v1/token/generate", "checkers": self.url}
        return {"pin": "P000070007R", "serial": "SHOP1-TILL1", "hosts": hosts, "retry": {"tries": 1}, **changes}

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def gavaconnect() -> Iterator[GavaConnect]:
    """KRA's checkers, for one test."""
    gava = GavaConnect()
    yield gava
    gava.stop()
