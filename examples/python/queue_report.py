"""The queue as a pandas table: what was sold, what waits, what a person has to look at.

pip install etims-sdk pandas
python queue_report.py
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from etims_sdk import Device
from etims_sdk.sandbox import Sandbox


def queue(device: Device) -> pd.DataFrame:
    """Every invoice and credit note of a device, one a row. Money stays decimal: the columns hold ``Decimal``."""
    rows = []
    for submission in device.submissions():
        if submission.operation != "save_sale":
            continue
        row: dict[str, Any] = {
            "reference": submission.reference,
            "state": submission.state,
            "number": submission.number,
            "failure": submission.failure.code if submission.failure else None,
            "next_step": submission.failure.next_step if submission.failure else None,
        }
        if submission.is_signed:
            receipt = device.receipt(submission.reference)
            row |= {
                "kind": receipt.kind,
                "signed_at": receipt.signed_at,
                "total": receipt.total,
                "tax": receipt.total_tax,
                "cu_invoice_number": receipt.cu_invoice_number,
            }
        rows.append(row)
    columns = ["reference", "kind", "state", "number", "signed_at", "total", "tax", "cu_invoice_number", "failure"]
    return pd.DataFrame(rows).reindex(columns=[*columns, "next_step"])


def sales_by_day(table: pd.DataFrame) -> pd.DataFrame:
    """Signed sales less credit notes, by the control unit's own day."""
    signed = table[table["state"] == "signed"].copy()
    sign = signed["kind"].map({"sale": 1, "credit_note": -1})
    signed["day"] = signed["signed_at"].map(lambda moment: moment.date())
    for column in ("total", "tax"):
        signed[column] = signed[column] * sign
    return signed.groupby("day")[["total", "tax"]].sum()


def to_look_at(table: pd.DataFrame) -> pd.DataFrame:
    """What will not be signed by itself, with what to do."""
    return table[table["failure"].notna()][["reference", "state", "failure", "next_step"]]


def main() -> None:
    line = {
        "item_code": "KE2NTNO0000001",
        "classification": "5022110801",
        "name": "Maize flour 2 kg",
        "packaging": "NT",
        "unit": "NO",
        "unit_price": "580.00",
        "tax": "B",
    }
    head = {"kind": "sale", "issued_at": "2026-09-17T14:09:26+03:00", "payment": "cash"}
    sales = [{**head, "reference": f"INV-{n}", "lines": [{**line, "quantity": n}]} for n in range(1, 6)]
    unknown = {**head, "reference": "INV-6", "lines": [{**line, "item_code": "KE2NTNO0000999", "quantity": 1}]}
    with Sandbox() as kra, kra.device() as device:
        kra.stock_up(device, sales[0])
        device.issue_many([*sales, unknown])
        table = queue(device)
        print(table[["reference", "state", "total", "tax", "cu_invoice_number"]].to_string(index=False))
        print(sales_by_day(table))
        print(to_look_at(table).to_string(index=False))


if __name__ == "__main__":
    main()
