"""From nothing to a signed receipt, against the sandbox in the wheel.

python quickstart.py
"""

from __future__ import annotations

from etims_sdk.sandbox import Sandbox

INVOICE = {
    "reference": "INV-2026-0042",
    "kind": "sale",
    "issued_at": "2026-09-17T14:09:26+03:00",
    "buyer": {"pin": "P000070007R", "name": "Kilimani Grocers Ltd"},
    "payments": [{"method": "mobile_money", "amount": "1044.00", "reference": "QFT1"}],
    "lines": [
        {
            "item_code": "KE2NTNO0000001",
            "classification": "5022110801",
            "name": "Maize flour 2 kg",
            "packaging": "NT",
            "unit": "NO",
            "quantity": 2,
            "unit_price": "580.00",
            "discount": {"percent": "10"},
            "tax": "B",
        }
    ],
    "expected_total": "1044.00",
}

CREDIT_NOTE = {
    "reference": "CN-2026-0007",
    "kind": "credit_note",
    "issued_at": "2026-09-18T09:00:00+03:00",
    "credit": {
        "original": {"reference": "INV-2026-0042"},
        "reason": "06",
        "note": "one bag was torn",
        "lines": [{"line": 1, "quantity": "1"}],
    },
}


def main() -> None:
    # With KRA: Device.open("etims.toml") instead, and device.initialise() once in its life.
    with Sandbox() as kra, kra.device() as device:
        kra.stock_up(device, INVOICE)

        submission = device.issue(INVOICE)
        receipt = device.receipt(submission.reference)
        print(receipt.render())
        print(f"{receipt.cu_invoice_number}: {receipt.total} with {receipt.total_tax} VAT")

        # KRA signs the next one, and the answer is lost on the way. Nothing is lost, nothing is declared twice.
        kra.lose_next_answer()
        device.issue(CREDIT_NOTE)
        print(device.receipt("CN-2026-0007").render("text", columns=42))
        print(f"{len(kra.ledger())} documents in KRA's books")


if __name__ == "__main__":
    main()
