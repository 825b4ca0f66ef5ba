"""The shop's control unit: one device for each process, opened on first use."""

from __future__ import annotations

from functools import lru_cache

from django.apps import apps
from django.conf import settings

from etims_sdk import Device, EtimsError, Submission


@lru_cache(maxsize=1)
def device() -> Device:
    """Safe under threads and after a fork: gunicorn may preload this."""
    return Device.open(**settings.ETIMS)


def hand_in(invoice_id: int) -> None:
    """Gives an invoice to the device. Durable when this returns; a repeated call does nothing."""
    invoice = apps.get_model("billing", "Invoice").objects.get(pk=invoice_id)
    try:
        device().submit(invoice.document())
    except EtimsError as error:
        if error.retryable:
            # It stays posted; the next drain hands it in.
            return
        invoice.fiscal, invoice.problem = invoice.Fiscal.NEEDS_A_PERSON, f"{error} {error.next_step}"
    else:
        invoice.fiscal, invoice.problem = invoice.Fiscal.HANDED_IN, ""
    invoice.save(update_fields=["fiscal", "problem"])


def take_over(invoice_id: int, submission: Submission) -> None:
    """Copies what became of an invoice."""
    invoice = apps.get_model("billing", "Invoice").objects.get(pk=invoice_id)
    if submission.is_signed:
        invoice.fiscal, invoice.problem = invoice.Fiscal.SIGNED, ""
        invoice.cu_invoice_number = device().receipt(invoice.number).cu_invoice_number
    elif submission.failure is not None:
        failure = submission.failure
        invoice.fiscal, invoice.problem = invoice.Fiscal.NEEDS_A_PERSON, f"{failure} {failure.next_step}"
    invoice.save(update_fields=["fiscal", "problem", "cu_invoice_number"])
