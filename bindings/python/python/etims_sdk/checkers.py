"""KRA's checkers for threads. ``etims_sdk.aio`` has the same for event loops."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from typing import Any, Literal, Optional, Union

from . import _native, lookups, opening
from .models import Buyer
from .results import BuyerFinding, Verdict
from .rows import CheckedInvoice, PinDetails, TccDetails
from .shapes import BuyerDict

#: Whose identity document: by national identity card, alien card, passport, company registration number.
TaxpayerKind = Literal["kenyan", "non_kenyan_resident", "non_kenyan_non_resident", "company"]
#: A buyer in the forms a document has it in; JSON text is one of them.
AnyBuyer = Union[Buyer, BuyerDict, Mapping[str, Any], str, bytes]


class Checkers(opening.Closing[_native.Checkers]):
    """KRA's GavaConnect checkers: is this PIN, certificate or invoice genuine?

    ::

        with Checkers.open("etims.toml") as checkers:
            for finding in checkers.buyer(invoice["buyer"]):
                print(finding.sentence)

    Nothing of a device is needed but its settings, and nothing is stored. Verdicts are kept in memory (setting
    ``checkers.keep``, in hours; a "no" for five minutes at most), and asking goes no faster than KRA allows
    (``limits.per_hour``). Safe to share between threads; every call that waits releases the GIL. A process that is
    forked opens its own on its first use there.

    Every method that asks KRA raises:

    * ``MisuseError``: What is to be checked cannot be such a thing (``BAD_ARGUMENT``); KRA was not asked.
    * ``TransportError``: ``NOT_REACHABLE``, ``ANSWER_LOST``, ``UNREADABLE_ANSWER``; ``THROTTLED`` when KRA cannot check
      just now or was asked too often; ``NOT_AUTHORISED`` when the credentials are wrong or their application is not
      subscribed to this checker.
    * ``RefusedError``: KRA finds the request wrong.

    What KRA does not know is a verdict and no error.
    """

    @classmethod
    def open(
        cls,
        file: Optional[Union[str, os.PathLike[str]]] = None,
        *,
        secrets: Optional[opening.Secrets] = None,
        environ: bool = True,
        **settings: Any,
    ) -> Checkers:
        """Opens the checkers. KRA is not asked yet.

        Args:
            file: A TOML file with settings, the same as a device's.
            secrets: As for ``Device.open``. KRA issues a pair of keys for each product: the application's must be
                subscribed to the checkers, whatever the device uses.
            environ: As for ``Device.open``.
            settings: As for ``Device.open``. Of them ``environment``, ``hosts``, ``network``, ``timeouts``, ``limits``,
                ``retry`` and ``checkers`` count here; ``pin`` and ``serial`` must be there.

        Raises:
            ConfigError: Everything that is wrong with the settings, at once; credentials that cannot be had.
        """
        return cls(opening.begin(_native.Checkers, file, secrets, environ, settings).result(), settings)

    def pin(self, pin: str) -> Verdict[PinDetails]:
        """Whether KRA knows this PIN, and whose it is.

        Args:
            pin: A letter, nine digits, a letter; blanks and small letters are forgiven.

        Raises:
            EtimsError: As the class says.
        """
        return lookups.verdict(PinDetails, self._native.pin(pin).result())

    def pin_by_id(self, kind: TaxpayerKind, id: str) -> Verdict[PinDetails]:
        """Which PIN belongs to an identity document.

        Args:
            kind: ``kenyan`` (national identity card), ``non_kenyan_resident`` (alien card), ``non_kenyan_non_resident``
                (passport) or ``company`` (registration number).
            id: The document's number, up to 40 characters.

        Raises:
            EtimsError: As the class says.
        """
        return lookups.verdict(PinDetails, self._native.pin_by_id(kind, id).result())

    def tcc(self, pin: str, number: str) -> Verdict[TccDetails]:
        """Whether a tax compliance certificate is genuine.

        Args:
            pin: The owner's.
            number: The certificate's, up to 40 characters.

        Raises:
            EtimsError: As the class says.
        """
        return lookups.verdict(TccDetails, self._native.tcc(pin, number).result())

    def invoice(self, number: str, date: Union[dt.date, str]) -> Verdict[CheckedInvoice]:
        """Whether KRA has an invoice with this control unit number and date: the proof that a receipt is no forgery.

        Args:
            number: As printed: ``KRACU0100058659/5134``, or the 19 digits of a TIMS device.
            date: The invoice's date, as ``date`` or text such as ``2026-09-17``. Of a ``datetime`` with its offset the
                date in Nairobi counts.

        Raises:
            EtimsError: As the class says.
        """
        return lookups.verdict(CheckedInvoice, self._native.invoice(number, lookups.day(date)).result())

    def buyer(self, buyer: Optional[AnyBuyer]) -> list[BuyerFinding]:
        """Compares a buyer with what KRA knows about the PIN, before an invoice is made out.

        An invoice cannot be changed afterwards, and KRA refuses expense claims whose PIN is wrong. Names that have one
        word in common are taken for the same.

        Args:
            buyer: A ``Buyer``, a dict of the same shape, or JSON text. KRA is asked only when there is a PIN.

        Returns:
            Empty when all is well or when there is no PIN to compare.

        Raises:
            ValidationError: It is no buyer; ``violations`` says where.
            EtimsError: As the class says.
        """
        return lookups.findings(self._native.buyer(buyer).result())

    def close(self) -> None:
        """Gives up connections, token and kept verdicts. What is under way is finished. May be called twice."""
        self._native.close().result()
