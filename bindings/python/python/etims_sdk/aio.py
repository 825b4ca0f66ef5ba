"""The device and the checkers for event loops: their methods, to be awaited."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from types import TracebackType
from typing import Any, Generic, Optional, TypeVar, Union

from . import _native, lookups, opening
from ._native import Receipt, Ticket
from .checkers import AnyBuyer, Checkers, TaxpayerKind
from .device import PATIENCE, Device
from .errors import EtimsError
from .results import BuyerFinding, Event, Identity, JournalEntry, Listing, Submission, Verdict
from .rows import (
    Branch,
    BranchCustomer,
    CheckedInvoice,
    CodeClass,
    Customer,
    Import,
    InvoiceDetail,
    ItemClass,
    ListedItem,
    Notice,
    PinDetails,
    Purchase,
    StockMove,
    Taxpayer,
    TccDetails,
)
from .settings import Document, ItemDocument, StockMovementDocument
from .shapes import Number

Row = TypeVar("Row")
Opened = TypeVar("Opened", bound="Union[AsyncDevice, AsyncCheckers]")


async def _outcome(call: _native.Call) -> Any:
    """Awaits a call. Cancelling ends the waiting; the work goes on and loses nothing."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def settle() -> None:
        if not done.done():
            done.set_result(None)

    def tell() -> None:
        try:
            loop.call_soon_threadsafe(settle)
        except RuntimeError:
            pass  # The loop was closed; nobody waits any more.

    call.when_done(tell)
    try:
        await done
    except asyncio.CancelledError:
        call.stop_waiting()
        raise
    return call.result()


class _Opening(Generic[Opened]):
    """What ``open`` gives: to be awaited, or entered with ``async with``."""

    def __init__(self, call: _native.Call, made: Callable[[Any], Opened]) -> None:
        self._call = call
        self._made = made
        self._entered: Optional[Opened] = None

    async def _opened(self) -> Opened:
        return self._made(await _outcome(self._call))

    def __await__(self) -> Generator[Any, None, Opened]:
        return self._opened().__await__()

    async def __aenter__(self) -> Opened:
        self._entered = await self._opened()
        return self._entered

    async def __aexit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        assert self._entered is not None
        await self._entered.close()


class AsyncDevice(opening.Opened[_native.Device]):
    """One control unit of one PIN and branch, for event loops.

    ::

        async with AsyncDevice.open("etims.toml") as device:
            submission = await device.issue(invoice)

    Cancelling a call never loses a document: the work belongs to the store and goes on.
    """

    @classmethod
    def open(
        cls,
        file: Optional[Union[str, os.PathLike[str]]] = None,
        *,
        secrets: Optional[opening.Secrets] = None,
        environ: bool = True,
        **settings: Any,
    ) -> _Opening[AsyncDevice]:
        call = opening.begin(_native.Device, file, secrets, environ, settings)
        return _Opening(call, lambda native: cls(native, settings))

    @classmethod
    def of(cls, device: Device) -> AsyncDevice:
        """The same device for event loops: closing one closes both."""
        return cls(device._native, device._settings)

    async def identity(self) -> Optional[Identity]:
        """What KRA calls it; None before it is initialised."""
        found: Optional[Identity] = await _outcome(self._native.identity())
        return found

    async def initialise(self, serial: Optional[str] = None) -> Identity:
        identity: Identity = await _outcome(self._native.initialise(serial))
        return identity

    async def adopt(
        self,
        *,
        sdc_id: str,
        last_invoice: int,
        last_stock_movement: int,
        communication_key: Optional[str] = None,
        mrc_no: Optional[str] = None,
        serial: Optional[str] = None,
        last_purchase: int = 0,
        last_item: int = 0,
    ) -> Identity:
        call = self._native.adopt(
            serial, sdc_id, mrc_no, communication_key, last_invoice, last_stock_movement, last_purchase, last_item
        )
        adopted: Identity = await _outcome(call)
        return adopted

    async def submit(self, document: Document) -> Ticket:
        ticket: Ticket = await _outcome(self._native.submit(document))
        return ticket

    async def submit_many(self, documents: Iterable[Document]) -> list[Union[Ticket, EtimsError]]:
        outcomes: list[Union[Ticket, EtimsError]] = await _outcome(self._native.submit_many(documents))
        return outcomes

    async def issue(self, document: Document, timeout: Optional[float] = PATIENCE) -> Submission:
        submission: Submission = await _outcome(self._native.issue(document, timeout))
        return submission.raise_for_failure()

    async def issue_many(
        self, documents: Iterable[Document], timeout: Optional[float] = PATIENCE
    ) -> list[Union[Submission, EtimsError]]:
        outcomes: list[Union[Submission, EtimsError]] = await _outcome(self._native.issue_many(documents, timeout))
        return outcomes

    async def wait(self, what: Union[str, Ticket], timeout: Optional[float] = PATIENCE) -> Submission:
        call = self._native.wait(what, timeout) if isinstance(what, str) else self._native.wait_for(what, timeout)
        submission: Submission = await _outcome(call)
        return submission.raise_for_failure()

    async def status(self, reference: str) -> Submission:
        submission: Submission = await _outcome(self._native.status(reference))
        return submission

    async def receipt(self, reference: str) -> Receipt:
        receipt: Receipt = await _outcome(self._native.receipt(reference))
        return receipt

    async def submissions(self, *states: str) -> AsyncIterator[Submission]:
        after: Optional[int] = None
        while page := await self._page(states, after):
            for submission in page:
                yield submission
            after = page[-1].id

    async def _page(self, states: tuple[str, ...], after: Optional[int], most: int = 500) -> list[Submission]:
        page: list[Submission] = await _outcome(self._native.list(list(states), after, most))
        return page

    async def amend(self, reference: str, document: Document) -> Submission:
        submission: Submission = await _outcome(self._native.amend(reference, document))
        return submission

    async def cancel(self, reference: str) -> Submission:
        return await self._decided(reference, "cancel")

    async def retry(self, reference: str) -> Submission:
        return await self._decided(reference, "retry")

    async def release(self, reference: str) -> Submission:
        return await self._decided(reference, "release")

    async def settle(self, reference: str) -> Submission:
        return await self._decided(reference, "settle")

    async def _decided(self, reference: str, decision: str) -> Submission:
        submission: Submission = await _outcome(self._native.decide(reference, decision))
        return submission

    async def register_item(self, reference: str, item: ItemDocument) -> Ticket:
        ticket: Ticket = await _outcome(self._native.register_item(reference, item))
        return ticket

    async def move_stock(self, reference: str, movement: StockMovementDocument) -> Ticket:
        ticket: Ticket = await _outcome(self._native.move_stock(reference, movement))
        return ticket

    async def report_balance(self, reference: str, item_code: str, remaining: Number) -> Ticket:
        ticket: Ticket = await _outcome(self._native.report_balance(reference, item_code, remaining))
        return ticket

    async def counts(self) -> dict[str, int]:
        counts: dict[str, int] = await _outcome(self._native.counts())
        return counts

    async def journal(self, after: int = 0) -> AsyncIterator[JournalEntry]:
        while page := lookups.journal(await _outcome(self._native.journal(after, 500))):
            for entry in page:
                yield entry
            after = page[-1].place

    async def _listed(self, row: type[Row], name: str, since: Optional[dt.datetime]) -> Listing[Row]:
        return lookups.listing(row, await _outcome(self._native.look_up(name, lookups.asked(since))))

    async def codes(self, since: Optional[dt.datetime] = None) -> Listing[CodeClass]:
        return await self._listed(CodeClass, "codes", since)

    async def item_classes(self, since: Optional[dt.datetime] = None) -> Listing[ItemClass]:
        return await self._listed(ItemClass, "item_classes", since)

    async def notices(self, since: Optional[dt.datetime] = None) -> Listing[Notice]:
        return await self._listed(Notice, "notices", since)

    async def branches(self, since: Optional[dt.datetime] = None) -> Listing[Branch]:
        return await self._listed(Branch, "branches", since)

    async def items(self, since: Optional[dt.datetime] = None) -> Listing[ListedItem]:
        return await self._listed(ListedItem, "items", since)

    async def imports(self, since: Optional[dt.datetime] = None) -> Listing[Import]:
        return await self._listed(Import, "imports", since)

    async def purchases(self, since: Optional[dt.datetime] = None) -> Listing[Purchase]:
        return await self._listed(Purchase, "purchases", since)

    async def stock_moves(self, since: Optional[dt.datetime] = None) -> Listing[StockMove]:
        return await self._listed(StockMove, "stock_moves", since)

    async def branch_customers(self, since: Optional[dt.datetime] = None) -> Listing[BranchCustomer]:
        return await self._listed(BranchCustomer, "branch_customers", since)

    async def sales(self, since: Optional[dt.datetime] = None) -> Listing[InvoiceDetail]:
        return await self._listed(InvoiceDetail, "sales", since)

    async def invoice(self, number: int) -> Optional[InvoiceDetail]:
        return lookups.one(InvoiceDetail, await _outcome(self._native.invoice(number)))

    async def customer(self, pin: str) -> Optional[Customer]:
        return lookups.one(Customer, await _outcome(self._native.customer(pin)))

    async def taxpayer(self) -> Optional[Taxpayer]:
        return lookups.one(Taxpayer, await _outcome(self._native.taxpayer()))

    async def hurry(self) -> None:
        await _outcome(self._native.hurry())

    async def resume(self) -> None:
        await _outcome(self._native.resume())

    async def events(self) -> AsyncIterator[Event]:
        stream: _native.EventStream = await _outcome(self._native.events())
        while True:
            event: Optional[Event] = await _outcome(stream.next())
            if event is None:
                return
            yield event

    async def close(self) -> None:
        await _outcome(self._native.close())


class AsyncCheckers(opening.Opened[_native.Checkers]):
    """KRA's GavaConnect checkers for event loops. What they are and raise is said of :class:`etims_sdk.Checkers`.

    ::

        async with AsyncCheckers.open("etims.toml") as checkers:
            verdict = await checkers.pin("P000070007R")

    A cancelled call stops waiting; the verdict is kept when it comes.
    """

    @classmethod
    def open(
        cls,
        file: Optional[Union[str, os.PathLike[str]]] = None,
        *,
        secrets: Optional[opening.Secrets] = None,
        environ: bool = True,
        **settings: Any,
    ) -> _Opening[AsyncCheckers]:
        call = opening.begin(_native.Checkers, file, secrets, environ, settings)
        return _Opening(call, lambda native: cls(native, settings))

    @classmethod
    def of(cls, checkers: Checkers) -> AsyncCheckers:
        """The same checkers for event loops: closing one closes both."""
        return cls(checkers._native, checkers._settings)

    async def pin(self, pin: str) -> Verdict[PinDetails]:
        return lookups.verdict(PinDetails, await _outcome(self._native.pin(pin)))

    async def pin_by_id(self, kind: TaxpayerKind, id: str) -> Verdict[PinDetails]:
        return lookups.verdict(PinDetails, await _outcome(self._native.pin_by_id(kind, id)))

    async def tcc(self, pin: str, number: str) -> Verdict[TccDetails]:
        return lookups.verdict(TccDetails, await _outcome(self._native.tcc(pin, number)))

    async def invoice(self, number: str, date: Union[dt.date, str]) -> Verdict[CheckedInvoice]:
        return lookups.verdict(CheckedInvoice, await _outcome(self._native.invoice(number, lookups.day(date))))

    async def buyer(self, buyer: Optional[AnyBuyer]) -> list[BuyerFinding]:
        return lookups.findings(await _outcome(self._native.buyer(buyer)))

    async def close(self) -> None:
        await _outcome(self._native.close())


# What the methods do is said once, where most people look.
for _class, _said in ((AsyncDevice, Device), (AsyncCheckers, Checkers)):
    for _name, _method in vars(_class).items():
        if not _name.startswith("_") and getattr(_method, "__doc__", None) is None:
            _of = _method.__func__ if isinstance(_method, classmethod) else _method
            _of.__doc__ = getattr(_said, _name).__doc__
