"""What a device and the checkers answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, Optional, TypeVar

from .errors import EtimsError

Row = TypeVar("Row")
Details = TypeVar("Details")


@dataclass(frozen=True)
class Identity:
    """What KRA calls a device.

    Attributes:
        serial: Serial number as KRA approved it (eTIMS dvcSrlNo).
        sdc_id: Control unit number (eTIMS sdcId).
        mrc_no: Machine registration number (eTIMS mrcNo).
        device_id: Device number at KRA (eTIMS dvcId).
        taxpayer_name: Taxpayer's registered name (eTIMS taxprNm).
        branch_name: Branch's registered name (eTIMS bhfNm).
    """

    serial: str
    sdc_id: str
    mrc_no: Optional[str]
    device_id: Optional[str]
    taxpayer_name: Optional[str]
    branch_name: Optional[str]


@dataclass(frozen=True)
class Submission:
    """Where a document stands.

    Attributes:
        id: Its number in the store.
        reference: The caller's reference.
        operation: What kind of write, such as ``save_sale``.
        state: ``queued``, ``in_flight``, ``uncertain``, ``signed``, ``recorded``, ``rejected``, ``stopped``,
            ``cancelled`` or ``paper_only``.
        number: KRA's number of it (eTIMS invcNo), bound or taken.
        adoption: How we know that KRA has it: ``answered``, ``strong``, ``weak``, ``inferred`` or ``settled``.
        is_late: KRA signed it long after it was issued: the receipt shows two different times.
        note: The last thing worth knowing, for people: KRA's words, a network error.
        waits_for: How many others must be recorded before it may be sent.
        failure: Why it will not be signed as it is; None while it may be, or is.
    """

    id: int
    reference: str
    operation: str
    state: str
    number: Optional[int]
    adoption: Optional[str]
    is_late: bool
    note: Optional[str]
    waits_for: int
    failure: Optional[EtimsError]

    @property
    def is_signed(self) -> bool:
        """KRA has signed it, and its receipt is here."""
        return self.state == "signed"

    @property
    def is_recorded(self) -> bool:
        """KRA has it, with or without a receipt."""
        return self.state in ("signed", "recorded")

    @property
    def is_pending(self) -> bool:
        """It is on its way and goes on by itself."""
        return self.state in ("queued", "in_flight", "uncertain")

    def raise_for_failure(self) -> Submission:
        """Raises what stands in ``failure``; gives itself back when there is none."""
        if self.failure is not None:
            raise self.failure
        return self


@dataclass(frozen=True)
class Event:
    """Something worth knowing, told after what it tells of is durable.

    Attributes:
        kind: ``sent``, ``signed``, ``recorded``, ``uncertain``, ``resent``, ``rejected``, ``stopped``,
            ``counter_corrected``, ``waiting``, ``resumed``, ``store_full``, ``store_restored``, ``missed`` (the
            listener was too slow; number says how many) or ``other``; of the line to KRA ``kra_slow``,
            ``kra_quick_again``, ``circuit_opened``, ``circuit_closed``, ``throttled``, ``vscu_offline``, ``vscu_back``
            or ``rate_differs``.
        reference: The caller's reference, where it is about one document.
        operation: What kind of write, such as ``save_sale``.
        number: KRA's number, in lanes that count.
        adoption: How we know that KRA has it.
        is_late: KRA signed it long after it was issued.
        note: KRA's words, what was seen, what to do.
        lane: Key of the lane, where it is about a lane.
    """

    kind: str
    reference: Optional[str]
    operation: Optional[str]
    number: Optional[int]
    adoption: Optional[str]
    is_late: bool
    note: Optional[str]
    lane: Optional[str]


@dataclass(frozen=True)
class JournalEntry:
    """One entry of a device's journal. Entries are never changed; each hash covers the one before.

    Attributes:
        place: Its place, counted from 1.
        at: When it was written, UTC.
        kind: What happened.
        submission: Number of the submission it happened to.
        detail: What is known of it.
        hash: SHA-256 of the chain up to here, hexadecimal.
    """

    place: int
    at: dt.datetime
    kind: str
    submission: Optional[int]
    detail: Any
    hash: str


@dataclass(frozen=True)
class SignedReceipt:
    """What KRA's control unit gave for a recorded invoice.

    Attributes:
        receipt_number: Receipt number of its kind (eTIMS curRcptNo).
        total_receipt_number: Counter over all kinds (eTIMS totRcptNo).
        internal_data: Encrypted internal data, 26 characters without dashes (eTIMS intrlData).
        signature: Signature, 16 characters without dashes (eTIMS rcptSign).
        signed_at: The control unit's own clock (eTIMS sdcDateTime).
        sdc_id: Control unit number (eTIMS sdcId).
        mrc_no: Machine registration number (eTIMS mrcNo).
    """

    receipt_number: int
    total_receipt_number: Optional[int]
    internal_data: str
    signature: str
    signed_at: dt.datetime
    sdc_id: Optional[str]
    mrc_no: Optional[str]

    @classmethod
    def _read(cls, told: Mapping[str, Any]) -> SignedReceipt:
        fields: dict[str, Any] = {**told, "signed_at": dt.datetime.fromisoformat(told["signed_at"])}
        return cls(**fields)


class Listing(list[Row]):
    """Rows of a list of KRA's, as a list.

    Attributes:
        next_since: Asked again from here, KRA lists only what changed since. Rows may come twice; none is missed. None
            when KRA's answer had no time.
    """

    next_since: Optional[dt.datetime] = None


@dataclass(frozen=True)
class Verdict(Generic[Details]):
    """What one of KRA's checkers says. True when it is valid.

    Attributes:
        valid: Whether KRA knows the thing and finds it good.
        code: KRA's code, such as 23000.
        message: KRA's words.
        details: What KRA tells about it; None when it is not valid.
    """

    valid: bool
    code: Optional[str]
    message: Optional[str]
    details: Optional[Details]

    def __bool__(self) -> bool:
        return self.valid


@dataclass(frozen=True)
class BuyerFinding:
    """Something about a buyer that is worth a question before the invoice is made out.

    Attributes:
        name: Stable: ``unknown`` (KRA does not know the PIN), ``inactive``, ``other_name`` (KRA has another name for
            it), ``unusual_prefix`` or ``check_letter`` (probably a typing error).
        sentence: The same for people.
    """

    name: Literal["unknown", "inactive", "other_name", "unusual_prefix", "check_letter"]
    sentence: str

    def __str__(self) -> str:
        return self.sentence
