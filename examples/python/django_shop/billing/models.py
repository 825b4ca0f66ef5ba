"""Invoices as the shop keeps them. Their fiscal life is the device's; here stands only what pages and reports show."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import models, transaction

from . import etims


class Invoice(models.Model):
    """A sale. Once posted it does not change."""

    class Fiscal(models.TextChoices):
        """Where it stands with KRA."""

        DRAFT = "draft"
        POSTED = "posted"
        HANDED_IN = "handed_in"
        SIGNED = "signed"
        NEEDS_A_PERSON = "needs_a_person"

    number = models.CharField(max_length=50, unique=True)
    issued_at = models.DateTimeField()
    customer_name = models.CharField(max_length=60, blank=True)
    customer_pin = models.CharField(max_length=11, blank=True)
    paid_by = models.CharField(max_length=20, default="cash")
    fiscal = models.CharField(max_length=20, choices=Fiscal.choices, default=Fiscal.DRAFT)
    cu_invoice_number = models.CharField(max_length=40, blank=True)
    problem = models.TextField(blank=True)

    def post(self) -> None:
        """Makes the invoice final. It is handed to the device once the database has committed: never an invoice at KRA
        that was rolled back here. Should the process die in between, ``etims_drain`` hands it in."""
        with transaction.atomic():
            self.fiscal = self.Fiscal.POSTED
            self.save(update_fields=["fiscal"])
            transaction.on_commit(partial(etims.hand_in, self.pk))

    def document(self) -> dict[str, Any]:
        """What KRA is told."""
        buyer = {"name": self.customer_name, "pin": self.customer_pin or None} if self.customer_name else None
        return {
            "reference": self.number,
            "kind": "sale",
            "issued_at": self.issued_at,
            "buyer": buyer,
            "payment": self.paid_by,
            "lines": [line.document() for line in self.lines.order_by("pk")],
        }


class Line(models.Model):
    """One line of an invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    item_code = models.CharField(max_length=20)
    classification = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    packaging = models.CharField(max_length=5, default="NT")
    unit = models.CharField(max_length=5, default="NO")
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    unit_price = models.DecimalField(max_digits=14, decimal_places=2)
    tax = models.CharField(max_length=1)

    def document(self) -> dict[str, Any]:
        """The line as KRA is told."""
        fields = ("item_code", "classification", "name", "packaging", "unit", "quantity", "unit_price", "tax")
        return {field: getattr(self, field) for field in fields}
