"""``manage.py etims_drain``: hands in what was missed, waits for KRA, and says what a person has to look at.

Run it from cron or a systemd timer: it is also what brings invoices home after a crash between commit and hand-in.
"""

from __future__ import annotations

from typing import Any

from billing import etims
from billing.models import Invoice
from django.core.management.base import BaseCommand, CommandError, CommandParser

from etims_sdk import EtimsError


class Command(BaseCommand):
    """See the module."""

    help = "Hands in posted invoices, waits until KRA has decided, and takes the outcomes over."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait for each invoice")

    def handle(self, *args: Any, **options: Any) -> None:
        for pk in Invoice.objects.filter(fiscal=Invoice.Fiscal.POSTED).values_list("pk", flat=True):
            etims.hand_in(pk)
        etims.device().hurry()
        waiting = Invoice.objects.filter(fiscal=Invoice.Fiscal.HANDED_IN).order_by("pk")
        for invoice in waiting:
            try:
                submission = etims.device().wait(invoice.number, timeout=options["timeout"])
            except EtimsError:
                submission = etims.device().status(invoice.number)
            etims.take_over(invoice.pk, submission)
        signed = Invoice.objects.filter(fiscal=Invoice.Fiscal.SIGNED).count()
        pending = Invoice.objects.filter(fiscal__in=[Invoice.Fiscal.POSTED, Invoice.Fiscal.HANDED_IN]).count()
        self.stdout.write(f"{signed} signed, {pending} on their way")
        stuck = Invoice.objects.filter(fiscal=Invoice.Fiscal.NEEDS_A_PERSON)
        if stuck:
            raise CommandError("\n".join(f"{invoice.number}: {invoice.problem}" for invoice in stuck))
