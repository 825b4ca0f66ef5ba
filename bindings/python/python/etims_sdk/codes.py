"""KRA's code tables.

>>> from etims_sdk import codes
>>> codes.table("packaging unit").name("NT")
'Net'
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, Optional

from . import _native


class Code(NamedTuple):
    """One row of a table.

    Attributes:
        code: What goes over the wire.
        word: How documents write it: the code itself, or a word where the code says little.
        name: What it stands for, in KRA's words.
    """

    code: str
    word: str
    name: str


class CodeTable:
    """A code table as KRA publishes it. Iterates over its rows, sorted by code."""

    def __init__(self, title: str, class_number: Optional[str], source: str, rows: tuple[Code, ...]) -> None:
        self.title = title
        #: KRA's number of the table (eTIMS ``cdCls``); None for lists outside ``selectCodeList``.
        self.class_number = class_number
        #: The document the table was taken from.
        self.source = source
        self.rows = rows
        self._by_code = {row.code: row for row in rows}

    def __iter__(self) -> Iterator[Code]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and code.upper() in self._by_code

    def __repr__(self) -> str:
        return f"<CodeTable {self.title!r}, {len(self.rows)} rows>"

    def name(self, code: str) -> str:
        """What a code stands for. Raises KeyError for one KRA does not have."""
        return self._by_code[code.upper()].name

    def search(self, text: str) -> list[Code]:
        """What a person may mean, best first: the code itself, names that begin with the text, names that hold it."""
        wanted = text.strip().lower()
        if not wanted:
            return []

        def rank(row: Code) -> int:
            if row.code.lower() == wanted:
                return 0
            place = row.name.lower().find(wanted)
            return 3 if place < 0 else min(place, 1) + 1

        ranked = sorted(((rank(row), index, row) for index, row in enumerate(self.rows)))
        return [row for place, _, row in ranked if place < 3]


@lru_cache(maxsize=1)
def tables() -> dict[str, CodeTable]:
    """Every table by its title, in the order of KRA's class numbers."""
    return {
        title: CodeTable(title, class_number, source, tuple(Code(*row) for row in rows))
        for class_number, title, source, rows in _native.code_tables()
    }


def table(title: str) -> CodeTable:
    """One table by its title, such as ``"country"``. Raises KeyError with the titles there are."""
    try:
        return tables()[title]
    except KeyError:
        raise KeyError(f"no table {title!r}; there are: {', '.join(tables())}") from None


def item_code(
    number: int, *, origin: str = "KE", item_type: str = "goods", packaging: str = "NT", unit: str = "NO"
) -> str:
    """Composes a code under which an item can be registered in every dialect (eTIMS itemCd).

    Args:
        number: Running number of the taxpayer, from 1: KRA counts over all items together.
        origin: Country of origin.
        item_type: "raw_material", "goods" or "service".
        packaging: Packaging unit of two letters.
        unit: Quantity unit of two letters.

    Raises:
        MisuseError: A code KRA does not have, or one that the gateway cannot find again inside the item code.

    >>> item_code(1)
    'KE2NTNO0000001'
    """
    return _native.item_code(origin, item_type, packaging, unit, number)
