from typing import Any, Optional

from typing_extensions import Unpack

from .errors import Violation
from .settings import Dialect, Document, Settings

__all__ = [
    "__version__",
    "check",
    "check_pin",
    "code_tables",
    "compute",
    "compute_json",
    "document_json",
    "error_codes",
    "error_kinds",
    "invoice_schema",
]

__version__: str

def compute(document: Document, dialect: Dialect = "gateway", **settings: Unpack[Settings]) -> dict[str, Any]: ...
def compute_json(document: Document, dialect: Dialect = "gateway", **settings: Unpack[Settings]) -> bytes: ...
def check(document: Document, dialect: Dialect = "gateway", **settings: Unpack[Settings]) -> list[Violation]: ...
def document_json(document: Document) -> str: ...
def check_pin(text: str) -> tuple[Optional[str], Optional[str], list[str]]: ...
def code_tables() -> list[tuple[Optional[str], str, str, list[tuple[str, str, str]]]]: ...
def invoice_schema() -> str: ...
def error_codes() -> list[tuple[str, str, bool, str, str]]: ...
def error_kinds() -> list[str]: ...
