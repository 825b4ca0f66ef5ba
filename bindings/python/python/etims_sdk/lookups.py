"""What KRA and the journal tell, from the compiled half's texts to Python's objects."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Optional, TypeVar, Union

from .results import BuyerFinding, JournalEntry, Listing, Verdict
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


def day(date: Union[dt.date, str]) -> str:
    return date.isoformat() if isinstance(date, dt.date) else date


def verdict(row: type[Row], told: str) -> Verdict[Row]:
    fields = json.loads(told)
    details = fields["details"]
    read_details = None if details is None else read(row, details)
    return Verdict(fields["valid"], fields["code"], fields["message"], read_details)


def findings(told: list[tuple[Any, str]]) -> list[BuyerFinding]:
    return [BuyerFinding(name, sentence) for name, sentence in told]


def journal(told: list[tuple[int, int, str, Optional[int], str, str]]) -> list[JournalEntry]:
    return [
        JournalEntry(place, _moment(millis), kind, submission, _detail(detail), hash)
        for place, millis, kind, submission, detail, hash in told
    ]


def _moment(millis: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(millis // 1000, dt.timezone.utc).replace(microsecond=millis % 1000 * 1000)


def _detail(text: str) -> Any:
    return json.loads(text) if text else None
