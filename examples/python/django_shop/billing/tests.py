"""The shop against a KRA: `manage.py test`."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import StringIO
from unittest import mock

from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import TransactionTestCase

from etims_sdk.sandbox import SECRETS, Sandbox

from . import etims
from .models import Invoice, Line


class BillingTest(TransactionTestCase):
    """Real transactions, so that on_commit really waits for one."""

    def setUp(self) -> None:
        self.kra = self.enterContext(Sandbox())
        settings = self.kra.settings()
        with self.kra.device(store=settings["store"], vault=settings["vault"]) as device:
            self.kra.stock_up(device, {"lines": [self.line_fields()]})
        self.enterContext(self.settings(ETIMS={"environ": False, "secrets": SECRETS, **settings}))
        etims.device.cache_clear()
        self.addCleanup(lambda: etims.device().close())

    @staticmethod
    def line_fields(**changes: object) -> dict[str, object]:
        return {
            "item_code": "KE2NTNO0000001",
            "classification": "5022110801",
            "name": "Maize flour 2 kg",
            "packaging": "NT",
            "unit": "NO",
            "quantity": Decimal("2"),
            "unit_price": Decimal("580.00"),
            "tax": "B",
            **changes,
        }

    def invoice(self, number: str, **line: object) -> Invoice:
        at = dt.datetime(2026, 9, 17, 14, 9, 26, tzinfo=dt.timezone(dt.timedelta(hours=3)))
        invoice = Invoice.objects.create(number=number, issued_at=at)
        Line.objects.create(invoice=invoice, **self.line_fields(**line))
        return invoice

    def fiscal(self, number: str) -> str:
        return Invoice.objects.get(number=number).fiscal

    def test_an_invoice_is_posted_drained_and_printed(self) -> None:
        self.invoice("INV-1").post()
        self.assertEqual(self.fiscal("INV-1"), "handed_in")
        out = StringIO()
        call_command("etims_drain", stdout=out)
        self.assertIn("1 signed", out.getvalue())
        invoice = Invoice.objects.get(number="INV-1")
        self.assertTrue(invoice.cu_invoice_number.endswith("/1"))
        page = self.client.get("/invoices/INV-1/receipt")
        self.assertContains(page, "TAX INVOICE")
        self.assertContains(page, self.kra.ledger()[0].signature[:4])
        self.assertContains(self.client.get("/invoices/INV-1/receipt?copy"), "COPY")
        self.assertEqual(self.client.get("/invoices/INV-9/receipt").status_code, 404)

    def test_what_is_rolled_back_never_reaches_kra(self) -> None:
        invoice = self.invoice("INV-1")
        with self.assertRaises(RuntimeError), transaction.atomic():
            invoice.post()
            raise RuntimeError("the card was declined")
        call_command("etims_drain", stdout=StringIO())
        self.assertEqual(self.kra.ledger(), [])
        self.assertEqual(self.fiscal("INV-1"), "draft")

    def test_a_process_that_dies_after_the_commit_loses_nothing(self) -> None:
        with mock.patch("billing.etims.hand_in", side_effect=KeyboardInterrupt), self.assertRaises(KeyboardInterrupt):
            self.invoice("INV-1").post()
        self.assertEqual(self.fiscal("INV-1"), "posted")
        call_command("etims_drain", stdout=StringIO())
        call_command("etims_drain", stdout=StringIO())
        self.assertEqual(self.fiscal("INV-1"), "signed")
        self.assertEqual(len(self.kra.ledger()), 1)

    def test_a_lost_answer_is_found_again(self) -> None:
        self.kra.lose_next_answer()
        self.invoice("INV-1").post()
        call_command("etims_drain", stdout=StringIO())
        self.assertEqual(self.fiscal("INV-1"), "signed")
        self.assertEqual(len(self.kra.ledger()), 1)

    def test_no_receipt_before_kra_has_signed(self) -> None:
        self.kra.inject("server_error", every=1, status=503)
        self.invoice("INV-1").post()
        page = self.client.get("/invoices/INV-1/receipt")
        self.assertEqual(page.status_code, 202)
        self.assertContains(page, "not signed this invoice yet", status_code=202)
        self.assertNotContains(page, "TAX INVOICE", status_code=202)
        self.kra.heal()
        call_command("etims_drain", stdout=StringIO())
        self.assertEqual(self.client.get("/invoices/INV-1/receipt").status_code, 200)

    def test_a_refusal_is_told_with_what_to_do(self) -> None:
        self.invoice("INV-1", tax="Z").post()
        self.assertEqual(self.fiscal("INV-1"), "needs_a_person")
        with self.assertRaisesMessage(CommandError, "lines[0].tax"):
            call_command("etims_drain", stdout=StringIO())
        self.invoice("INV-2", item_code="KE2NTNO0000999").post()
        with self.assertRaisesMessage(CommandError, "INV-2"):
            call_command("etims_drain", stdout=StringIO())
        self.assertEqual(self.client.get("/invoices/INV-2/receipt").status_code, 409)
