"""The device for threads. ``etims_sdk.aio`` has the same for event loops."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator
from typing import Any, Optional, Union

from . import _native, lookups, opening
from ._native import Receipt, Ticket
from .errors import EtimsError
from .results import Event, Identity, JournalEntry, Listing, Submission
from .rows import (
    Branch,
    BranchCustomer,
    CodeClass,
    Customer,
    Import,
    InvoiceDetail,
    ItemClass,
    ListedItem,
    Notice,
    Purchase,
    StockMove,
    Taxpayer,
)
from .settings import Document, ItemDocument, StockMovementDocument
from .shapes import Number

#: Seconds that ``issue`` and ``wait`` wait for KRA unless they are told otherwise.
PATIENCE = 60.0


class Device(opening.Closing[_native.Device]):
    """One control unit of one PIN and branch: durable, exactly once, in order.

    ::

        with Device.open("etims.toml") as device:
            submission = device.issue(invoice)
            print(device.receipt(submission.reference).render())

    Safe to share between threads. Every call that waits releases the GIL, and Ctrl-C ends the waiting, not the work:
    what was handed in is on the disk and goes on. A process that is forked while a device is open opens it anew on its
    first use there.
    """

    @classmethod
    def open(
        cls,
        file: Optional[Union[str, os.PathLike[str]]] = None,
        *,
        secrets: Optional[opening.Secrets] = None,
        environ: bool = True,
        **settings: Any,
    ) -> Device:
        """Opens a device on its store. Whatever was left unfinished is taken up at once.

        Args:
            file: A TOML file with settings.
            secrets: A mapping of ``app_id``, ``consumer_key``, ``consumer_secret`` (and ``vault_keys``), or a function
                of environment and name, which may give None. Without it they come from where the settings say
                (``secrets.source``).
            environ: Whether the variables ``ETIMS_…`` count; they win over the file.
            settings: Single settings; they win over both. Sections are mappings: ``store={"path": "shop.db"}``.
                ``etims_sdk.setting_keys()`` lists them all.

        Raises:
            ConfigError: Everything that is wrong with the settings, at once.
            StoreError: The store cannot be opened.
        """
        return cls(opening.begin(_native.Device, file, secrets, environ, settings).result(), settings)

    @property
    def identity(self) -> Optional[Identity]:
        """What KRA calls it; None before it is initialised."""
        found: Optional[Identity] = self._native.identity().result()
        return found

    def initialise(self, serial: Optional[str] = None) -> Identity:
        """Authenticates the device with KRA, once in its life: KRA gives the communication key out once.

        Never repeated by itself; the answer is stored, sealed, before it is read.

        Args:
            serial: The serial number KRA approved; the settings' when left out.

        Raises:
            DeviceError: KRA refuses it, it was done before, or it was interrupted.
        """
        identity: Identity = self._native.initialise(serial).result()
        return identity

    def adopt(
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
        """Takes a device over that another system initialised. That system must not issue anything any more.

        Args:
            sdc_id: Control unit number as printed on its receipts, such as KRACU0400000001 (eTIMS sdcId).
            last_invoice: Number of the last invoice or credit note recorded (eTIMS invcNo).
            last_stock_movement: Number of the last stock movement recorded (eTIMS sarNo).
            communication_key: Its key (eTIMS cmcKey): KRA does not give it out again. A VSCU keeps it to itself.
            mrc_no: Machine registration number (eTIMS mrcNo).
            serial: Serial number as KRA approved it; the settings' when left out.
            last_purchase: Number of the last purchase recorded.
            last_item: Running number of the last item registered (the last digits of eTIMS itemCd).

        Raises:
            MisuseError: The key is missing where the dialect needs one (``NOT_POSSIBLE_NOW``).
            DeviceError: The device works here already.
        """
        adopted: Identity = self._native.adopt(
            serial, sdc_id, mrc_no, communication_key, last_invoice, last_stock_movement, last_purchase, last_item
        ).result()
        return adopted

    def submit(self, document: Document) -> Ticket:
        """Checks and stores a document. It is durable when this returns, and is sent as soon as its turn comes.

        The same document again gives the same ticket: a repeated call is harmless.

        Raises:
            ValidationError: The document breaks rules; ``violations`` lists all of them.
            MisuseError: Another document was handed in under this reference (``REFERENCE_TAKEN``).
            StoreError: It could not be written. Nothing was stored then.
        """
        ticket: Ticket = self._native.submit(document).result()
        return ticket

    def submit_many(self, documents: Iterable[Document]) -> list[Union[Ticket, EtimsError]]:
        """``submit`` for many in order, sharing disk writes: a ticket or the exception for each."""
        outcomes: list[Union[Ticket, EtimsError]] = self._native.submit_many(documents).result()
        return outcomes

    def issue(self, document: Document, timeout: Optional[float] = PATIENCE) -> Submission:
        """``submit``, then waits until KRA has decided.

        Args:
            document: As for ``submit``.
            timeout: Seconds. When they run out the document goes on by itself: look at ``is_signed``, and ask again
                with ``wait`` or ``status``. None waits as long as it takes.

        Raises:
            RefusedError: KRA refused it. Its number went to the next one; ``amend`` gives it another content.
            NumberingError: The lane waits for a person: the books differ from KRA's.
            EtimsError: As ``submit``.
        """
        submission: Submission = self._native.issue(document, timeout).result()
        return submission.raise_for_failure()

    def issue_many(
        self, documents: Iterable[Document], timeout: Optional[float] = PATIENCE
    ) -> list[Union[Submission, EtimsError]]:
        """``submit`` for all, then waits for all of them together: a submission or the exception for each.

        A submission that KRA refused says so in ``failure``.
        """
        outcomes: list[Union[Submission, EtimsError]] = self._native.issue_many(documents, timeout).result()
        return outcomes

    def wait(self, what: Union[str, Ticket], timeout: Optional[float] = PATIENCE) -> Submission:
        """Waits until a document has come to rest.

        Args:
            what: The reference of an invoice or credit note, or the ticket of anything.
            timeout: Seconds; None waits as long as it takes.

        Raises:
            MisuseError: Nothing was handed in under this reference (``UNKNOWN_REFERENCE``).
            EtimsError: It was refused or stopped, as for ``issue``.
        """
        call = self._native.wait(what, timeout) if isinstance(what, str) else self._native.wait_for(what, timeout)
        submission: Submission = call.result()
        return submission.raise_for_failure()

    def status(self, reference: str) -> Submission:
        """Where an invoice or credit note stands; raises only for one that was never handed in."""
        submission: Submission = self._native.status(reference).result()
        return submission

    def receipt(self, reference: str) -> Receipt:
        """The receipt of a signed document, to be printed.

        Raises:
            MisuseError: It is not signed yet (``NOT_SIGNED_YET``): nothing may be handed out before KRA has signed.
            EtimsError: It will not be signed as it is; as for ``issue``.
        """
        receipt: Receipt = self._native.receipt(reference).result()
        return receipt

    def submissions(self, *states: str) -> Iterator[Submission]:
        """Submissions in the order they came in, of these states or of all."""
        after: Optional[int] = None
        while page := self._page(states, after):
            yield from page
            after = page[-1].id

    def _page(self, states: tuple[str, ...], after: Optional[int], most: int = 500) -> list[Submission]:
        page: list[Submission] = self._native.list(list(states), after, most).result()
        return page

    def amend(self, reference: str, document: Document) -> Submission:
        """Gives a refused document another content under the same reference, and sends it again.

        Raises:
            ValidationError: The new content breaks rules.
            MisuseError: It is not refused or waiting (``NOT_POSSIBLE_NOW``).
        """
        submission: Submission = self._native.amend(reference, document).result()
        return submission

    def cancel(self, reference: str) -> Submission:
        """Takes a document back. Only while KRA has not got it (else ``NOT_POSSIBLE_NOW``)."""
        submission: Submission = self._native.decide(reference, "cancel").result()
        return submission

    def retry(self, reference: str) -> Submission:
        """Sends a refused document again as it is, or looks again at one that waits for a person."""
        submission: Submission = self._native.decide(reference, "retry").result()
        return submission

    def release(self, reference: str) -> Submission:
        """A person has made sure that KRA has not got it: send it under a new number."""
        submission: Submission = self._native.decide(reference, "release").result()
        return submission

    def settle(self, reference: str) -> Submission:
        """A person has made sure that KRA has it: let the lane go on."""
        submission: Submission = self._native.decide(reference, "settle").result()
        return submission

    def register_item(self, reference: str, item: ItemDocument) -> Ticket:
        """Registers an item with KRA, or changes it.

        Args:
            reference: The caller's, like an invoice's.
            item: An ``Item``, a dict of the same shape, or JSON text.
        """
        ticket: Ticket = self._native.register_item(reference, item).result()
        return ticket

    def move_stock(self, reference: str, movement: StockMovementDocument) -> Ticket:
        """Reports a stock movement. It waits for the registration of its items.

        Args:
            reference: The caller's.
            movement: A ``StockMovement``, a dict of the same shape, or JSON text.
        """
        ticket: Ticket = self._native.move_stock(reference, movement).result()
        return ticket

    def report_balance(self, reference: str, item_code: str, remaining: Number) -> Ticket:
        """Reports what is left of an item. It waits for the item's movements."""
        ticket: Ticket = self._native.report_balance(reference, item_code, remaining).result()
        return ticket

    def counts(self) -> dict[str, int]:
        """How many submissions are in each state, by its name."""
        counts: dict[str, int] = self._native.counts().result()
        return counts

    def journal(self, after: int = 0) -> Iterator[JournalEntry]:
        """Everything that happened at the device, oldest first, from after a place of the journal.

        Each entry's hash covers the one before: a changed or missing entry breaks the chain.
        """
        while page := self._journal_page(after):
            yield from page
            after = page[-1].place

    def _journal_page(self, after: int, most: int = 500) -> list[JournalEntry]:
        return lookups.journal(self._native.journal(after, most).result())

    # What KRA has. Every list takes ``since``: what the last answer gave as ``next_since``.

    def codes(self, since: Optional[dt.datetime] = None) -> Listing[CodeClass]:
        """All reference codes, class by class (eTIMS selectCodeList).

        Args:
            since: With its offset: only what changed since then. ``next_since`` of the last answer; without it KRA
                lists everything. KRA asks to be asked once a day at most.

        Raises:
            DeviceError: The device is not initialised, or KRA does not know it.
            TransportError: There was no answer, or none of KRA's.
            RefusedError: KRA does not tell.
        """
        return lookups.listing(CodeClass, self._native.look_up("codes", lookups.asked(since)).result())

    def item_classes(self, since: Optional[dt.datetime] = None) -> Listing[ItemClass]:
        """The item classification: tens of thousands of rows and minutes in production. As ``codes``."""
        return lookups.listing(ItemClass, self._native.look_up("item_classes", lookups.asked(since)).result())

    def notices(self, since: Optional[dt.datetime] = None) -> Listing[Notice]:
        """KRA's announcements (eTIMS selectNoticeList). As ``codes``."""
        return lookups.listing(Notice, self._native.look_up("notices", lookups.asked(since)).result())

    def branches(self, since: Optional[dt.datetime] = None) -> Listing[Branch]:
        """Branches of the own business (eTIMS selectBhfList). As ``codes``."""
        return lookups.listing(Branch, self._native.look_up("branches", lookups.asked(since)).result())

    def items(self, since: Optional[dt.datetime] = None) -> Listing[ListedItem]:
        """The own items as KRA has registered them (eTIMS selectItemList). As ``codes``."""
        return lookups.listing(ListedItem, self._native.look_up("items", lookups.asked(since)).result())

    def imports(self, since: Optional[dt.datetime] = None) -> Listing[Import]:
        """Customs declarations waiting to be taken into stock (eTIMS selectImportItemList). As ``codes``."""
        return lookups.listing(Import, self._native.look_up("imports", lookups.asked(since)).result())

    def purchases(self, since: Optional[dt.datetime] = None) -> Listing[Purchase]:
        """Sales that others declared against this PIN (eTIMS selectTrnsPurchaseSalesList). As ``codes``."""
        return lookups.listing(Purchase, self._native.look_up("purchases", lookups.asked(since)).result())

    def stock_moves(self, since: Optional[dt.datetime] = None) -> Listing[StockMove]:
        """Stock that other branches sent to this one (eTIMS selectStockMoveList). As ``codes``."""
        return lookups.listing(StockMove, self._native.look_up("stock_moves", lookups.asked(since)).result())

    def branch_customers(self, since: Optional[dt.datetime] = None) -> Listing[BranchCustomer]:
        """Customers that this branch recorded at KRA; not on a VSCU (eTIMS selectCustomerList). As ``codes``."""
        return lookups.listing(BranchCustomer, self._native.look_up("branch_customers", lookups.asked(since)).result())

    def sales(self, since: Optional[dt.datetime] = None) -> Listing[InvoiceDetail]:
        """Own invoices as KRA has recorded them; not on a VSCU (eTIMS selectTrnsSalesList). As ``codes``."""
        return lookups.listing(InvoiceDetail, self._native.look_up("sales", lookups.asked(since)).result())

    def invoice(self, number: int) -> Optional[InvoiceDetail]:
        """One invoice as KRA has recorded it; None when it has not. Not on a VSCU (eTIMS selectInvoiceDetails)."""
        return lookups.one(InvoiceDetail, self._native.invoice(number).result())

    def customer(self, pin: str) -> Optional[Customer]:
        """The taxpayer with this PIN; None when KRA knows none: the check of a buyer before invoicing."""
        return lookups.one(Customer, self._native.customer(pin).result())

    def taxpayer(self) -> Optional[Taxpayer]:
        """The own taxpayer record. Not on a VSCU (eTIMS selectTaxpayerInfo)."""
        return lookups.one(Taxpayer, self._native.taxpayer().result())

    def hurry(self) -> None:
        """Takes up everything that waits, without waiting out a pause."""
        self._native.hurry().result()

    def resume(self) -> None:
        """Lets lanes go on that stand still because the store looked older than it had been."""
        self._native.resume().result()

    def events(self) -> Iterator[Event]:
        """What happens from now on; ends when the device is closed.

        Listening begins with this call, not with the first ``next``.
        """
        return _told(self._native.events().result())

    def close(self) -> None:
        """Stops taking up work; what is on its way is finished, what waits stays stored. May be called twice."""
        self._native.close().result()


def _told(stream: _native.EventStream) -> Iterator[Event]:
    while True:
        event: Optional[Event] = stream.next().result()
        if event is None:
            return
        yield event
