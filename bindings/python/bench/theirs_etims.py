"""The package `etims` of PyPI: `python theirs_etims.py DOCUMENT` makes bodies, with `SANDBOX FOLDER` it issues.

The same ten lines; its own way from a dict to a checked body (`Sale.to_api`), its own outbox.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import etims
from timing import A_DAY, microseconds, outbox_figures, told


def sale(document: dict[str, Any], reference: str, number: int | None = None) -> etims.Sale:
    lines = [
        etims.SaleLine(
            item_code=line["item_code"],
            item_class_code=line["classification"],
            name=line["name"],
            quantity=Decimal(line["quantity"]),
            unit_price=Decimal(line["unit_price"]),
            tax_type=etims.TaxType(line["tax"]),
            packaging_unit=line["packaging"],
            quantity_unit=line["unit"],
            package_quantity=1,
        )
        for line in document["lines"]
    ]
    buyer = document.get("buyer") or {}
    return etims.Sale(
        trader_invoice_no=reference,
        invoice_no=number,
        lines=lines,
        confirmed_at=datetime.fromisoformat(document["issued_at"]),
        customer_pin=buyer.get("pin"),
        customer_name=buyer.get("name"),
    )


def bodies(document: dict[str, Any]) -> None:
    operator = etims.Operator("till1", "Asha")
    told(
        to_dict=microseconds(lambda: sale(document, "X", 1).to_api(operator)),
        to_bytes=microseconds(lambda: json.dumps(sale(document, "X", 1).to_api(operator))),
    )


def outbox(document: dict[str, Any], base: str, folder: Path) -> None:
    device = etims.OscuClient.initialize_device("P000070007R", "00", "BENCH-ETIMS", base_url=base)
    client = etims.OscuClient("P000070007R", "00", device.cmc_key, base_url=base)
    numbers = count(1)
    with etims.SaleOutbox(folder / "theirs.db", client) as sales:

        def enqueue() -> None:
            sales.enqueue(sale(document, f"THEIRS-{next(numbers)}"))

        enqueue()
        assert sales.flush().sent

        def sell() -> None:
            enqueue()
            # Another till may have sent this one too.
            assert not sales.flush().rejected

        def sell_a_day() -> None:
            for _ in range(A_DAY):
                enqueue()
            assert len(sales.flush().sent) == A_DAY

        told(**outbox_figures(sell, sell_a_day))


ten_lines = json.loads(Path(sys.argv[1]).read_text())
if len(sys.argv) == 2:
    bodies(ten_lines)
else:
    outbox(ten_lines, f"{sys.argv[2]}/etims-api", Path(sys.argv[3]))
