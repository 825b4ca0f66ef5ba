import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Optional, Union, final

from typing_extensions import Unpack

from .errors import Violation
from .settings import AnyDocument, Dialect, Document, Settings

__all__ = [
    "Call",
    "Checkers",
    "Device",
    "EventStream",
    "Receipt",
    "Sandbox",
    "Ticket",
    "__version__",
    "_panic",
    "_provoke",
    "check",
    "check_pin",
    "check_rates",
    "code_tables",
    "compute",
    "compute_json",
    "document_json",
    "error_codes",
    "error_kinds",
    "interpreter",
    "item_code",
    "render_document",
    "run_command",
    "setting_keys",
    "verify_qr",
]

__version__: str

def compute(document: AnyDocument, dialect: Dialect = "gateway", **settings: Unpack[Settings]) -> dict[str, Any]: ...
def compute_json(document: AnyDocument, dialect: Dialect = "gateway", **settings: Unpack[Settings]) -> bytes: ...
def check(document: AnyDocument, dialect: Dialect = "gateway", **settings: Unpack[Settings]) -> list[Violation]: ...
def check_rates(
    listed: list[tuple[str, str]], dialect: Dialect = "gateway", **settings: Unpack[Settings]
) -> list[Violation]: ...
def document_json(document: Any) -> str: ...
def render_document(
    document: Document,
    answer: Optional[Union[Mapping[str, Any], str]],
    compute_settings: dict[str, Any],
    format: str,
    options: dict[str, Any],
) -> bytes: ...
def check_pin(text: str) -> tuple[Optional[str], Optional[str], list[str]]: ...
def verify_qr(url: str) -> tuple[Optional[tuple[str, str, str, str]], Optional[tuple[str, bool]]]: ...
def code_tables() -> list[tuple[Optional[str], str, str, list[tuple[str, str, str]]]]: ...
def setting_keys() -> list[tuple[str, str, str, str]]: ...
def item_code(origin: str, item_type: str, packaging: str, unit: str, number: int) -> str: ...
def error_codes() -> list[tuple[str, str, bool, str, str]]: ...
def error_kinds() -> list[str]: ...
def interpreter() -> int: ...
def run_command(arguments: list[str]) -> int: ...
def _provoke(code: str) -> None: ...
def _panic(at_once: bool = False) -> Call: ...

@final
class Call:
    def result(self) -> Any: ...
    def when_done(self, callback: Callable[[], object]) -> None: ...
    def stop_waiting(self) -> None: ...

@final
class Ticket:
    """The promise that a document is kept and will be sent: it is on the disk."""

    @property
    def id(self) -> int:
        """Its number in the store."""
    @property
    def reference(self) -> str:
        """The caller's reference."""
    @property
    def state(self) -> str:
        """Name of the state it was in when the ticket was given out."""
    @property
    def is_new(self) -> bool:
        """Whether it was not there before: the same document again gives the same ticket."""
    @property
    def warnings(self) -> list[Violation]:
        """What is worth a look."""

@final
class Receipt:
    """The receipt of a signed document: what KRA answered, and how it is printed."""

    @property
    def reference(self) -> str:
        """The caller's reference."""
    @property
    def kind(self) -> str:
        """Either "sale" or "credit_note"."""
    @property
    def invoice_number(self) -> int:
        """KRA's number of the document (eTIMS invcNo)."""
    @property
    def cu_invoice_number(self) -> str:
        """The number printed on it: SCU id, a slash, receipt number."""
    @property
    def receipt_number(self) -> int:
        """Receipt number of its kind (eTIMS curRcptNo)."""
    @property
    def total_receipt_number(self) -> Optional[int]:
        """Counter over all kinds (eTIMS totRcptNo); None where KRA left it out."""
    @property
    def signature(self) -> str:
        """Signature, 16 characters without dashes (eTIMS rcptSign)."""
    @property
    def internal_data(self) -> str:
        """Encrypted internal data, 26 characters without dashes (eTIMS intrlData)."""
    @property
    def signed_at(self) -> dt.datetime:
        """The control unit's own clock, as datetime with its offset (eTIMS sdcDateTime)."""
    @property
    def sdc_id(self) -> Optional[str]:
        """Control unit number (eTIMS sdcId)."""
    @property
    def mrc_no(self) -> Optional[str]:
        """Machine registration number (eTIMS mrcNo)."""
    @property
    def qr_url(self) -> str:
        """The address in its QR code: KRA's page for this receipt."""
    @property
    def total(self) -> Decimal:
        """What the buyer pays, Decimal in KES."""
    @property
    def total_tax(self) -> Decimal:
        """VAT in it, Decimal in KES."""
    def render_bytes(self, format: str = "text", **options: Any) -> bytes:
        """The receipt as bytes in any format. See `etims_sdk.render` for the options."""
    def render(self, format: str = "text", **options: Any) -> str:
        """The receipt as text, for the formats "text", "html" and "qr_svg"."""

@final
class EventStream:
    def next(self) -> Call: ...

@final
class Device:
    @staticmethod
    def open(
        file: Optional[str],
        variables: bool,
        values: list[tuple[str, str]],
        secrets: Optional[Union[dict[str, str], Callable[[str, str], Optional[str]]]],
    ) -> Call: ...
    @property
    def closed(self) -> bool: ...
    def identity(self) -> Call: ...
    def initialise(self, serial: Optional[str] = None) -> Call: ...
    def submit(self, document: Any) -> Call: ...
    def submit_many(self, documents: Any) -> Call: ...
    def issue(self, document: Any, timeout: Optional[float]) -> Call: ...
    def issue_many(self, documents: Any, timeout: Optional[float]) -> Call: ...
    def wait(self, reference: str, timeout: Optional[float]) -> Call: ...
    def wait_for(self, ticket: Ticket, timeout: Optional[float]) -> Call: ...
    def status(self, reference: str) -> Call: ...
    def receipt(self, reference: str) -> Call: ...
    def list(self, states: list[str], after: Optional[int], most: int) -> Call: ...
    def amend(self, reference: str, document: Any) -> Call: ...
    def decide(self, reference: str, decision: str) -> Call: ...
    def register_item(self, reference: str, item: Any) -> Call: ...
    def move_stock(self, reference: str, movement: Any) -> Call: ...
    def report_balance(self, reference: str, item_code: str, remaining: Any) -> Call: ...
    def adopt(
        self,
        serial: Optional[str],
        sdc_id: str,
        mrc_no: Optional[str],
        communication_key: Optional[str],
        last_invoice: int,
        last_stock_movement: int,
        last_purchase: int,
        last_item: int,
    ) -> Call: ...
    def look_up(self, list: str, since: Optional[str]) -> Call: ...
    def invoice(self, number: int) -> Call: ...
    def customer(self, pin: str) -> Call: ...
    def taxpayer(self) -> Call: ...
    def counts(self) -> Call: ...
    def journal(self, after: int, most: int) -> Call: ...
    def hurry(self) -> Call: ...
    def resume(self) -> Call: ...
    def events(self) -> Call: ...
    def close(self) -> Call: ...

@final
class Checkers:
    @staticmethod
    def open(
        file: Optional[str],
        variables: bool,
        values: list[tuple[str, str]],
        secrets: Optional[Union[dict[str, str], Callable[[str, str], Optional[str]]]],
    ) -> Call: ...
    @property
    def closed(self) -> bool: ...
    def pin(self, pin: str) -> Call: ...
    def pin_by_id(self, kind: str, id: str) -> Call: ...
    def tcc(self, pin: str, number: str) -> Call: ...
    def invoice(self, number: str, date: str) -> Call: ...
    def buyer(self, buyer: Any) -> Call: ...
    def close(self) -> Call: ...

@final
class Sandbox:
    @staticmethod
    def start(
        port: int,
        seed: Optional[int],
        state_file: Optional[str],
        profile: Optional[str],
        credentials: Optional[tuple[str, str]],
        app_id: Optional[str],
    ) -> Call: ...
    def url(self) -> str: ...
    def base_url(self, dialect: str) -> str: ...
    def token_url(self) -> str: ...
    def ledger(self) -> str: ...
    def inject(self, fault: str) -> str: ...
    def heal(self) -> None: ...
    def stop(self) -> Call: ...
