"""Many tills on one event loop. A customer who walks away cancels the waiting, never the invoice.

python asyncio_till.py
"""

from __future__ import annotations

import asyncio
from typing import Any

from etims_sdk import AsyncDevice
from etims_sdk.sandbox import SECRETS, Sandbox


def invoice(till: int, number: int) -> dict[str, Any]:
    return {
        "reference": f"TILL{till}-{number}",
        "kind": "sale",
        "issued_at": "2026-09-17T14:09:26+03:00",
        "payment": "cash",
        "operator": {"id": f"till{till}"},
        "lines": [
            {
                "item_code": "KE2NTNO0000001",
                "classification": "5022110801",
                "name": "Maize flour 2 kg",
                "packaging": "NT",
                "unit": "NO",
                "quantity": number,
                "unit_price": "580.00",
                "tax": "B",
            }
        ],
    }


async def till(device: AsyncDevice, number: int) -> int:
    signed = 0
    for sale in range(1, 6):
        submission = await device.issue(invoice(number, sale))
        signed += submission.is_signed
    return signed


async def trade(settings: dict[str, Any]) -> tuple[int, str]:
    async with AsyncDevice.open(environ=False, secrets=SECRETS, **settings) as device:
        signed = sum(await asyncio.gather(*(till(device, number) for number in range(1, 5))))
        # This customer does not wait. The document is in the store and goes on.
        impatient = asyncio.create_task(device.issue(invoice(9, 1)))
        await asyncio.sleep(0.05)
        impatient.cancel()
        return signed, (await device.wait("TILL9-1")).state


def main() -> None:
    with Sandbox() as kra:
        settings = kra.settings()
        with kra.device(**{"store": settings["store"], "vault": settings["vault"]}) as device:
            kra.stock_up(device, invoice(1, 1))
        signed, state = asyncio.run(trade(settings))
        print(f"{signed} signed at four tills; the impatient one is {state}; {len(kra.ledger())} in KRA's books")


if __name__ == "__main__":
    main()
