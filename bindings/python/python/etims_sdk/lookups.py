"""What KRA and the journal tell, from the compiled half's texts to Python's objects."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Optional, TypeVar

from .results import JournalEntry, Listing
from .rows import read

Row = TypeVar("Row")


def asked(since: Optional[dt.datetime]) -> Optional[str]:
    return None if since is None else since.isoformat()


def listing(row: type[Row], told: tuple[str, Optional[str]]) -> Listing[Row]:
    rows, next_since = told
    listed = Listing(read(row, one) for one in json.loads(rows))
    listed.next_since = None if next_since is None else dt.datetime.fromisoformat(next_since)
    return listed


def one(row: type[Row], told: Optional[str]) -> Optional[Row]:
    return None if told is None else read(row, json.loads(told))


def journal(told: list[tuple[int, int, str, Optional[int], str, str]]) -> list[JournalEntry]:
    return [
        JournalEntry(place, _moment(millis), kind, submission, _detail(detail), hash)
        for place, millis, kind, submission, detail, hash in told
    ]


def _moment(millis: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(millis // 1000, dt.timezone.utc).replace(microsecond=millis % 1000 * 1000)


def _detail(text: str) -> Any:
    return json.loads(text) if text else None
