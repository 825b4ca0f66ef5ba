"""What KRA tells when it is asked, the journal, and a device that another system initialised."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from conftest import line, sale

import etims_sdk
from etims_sdk import AsyncDevice, Device
from etims_sdk.sandbox import PIN, SECRETS, Sandbox

LISTS = [
    "codes",
    "item_classes",
    "notices",
    "branches",
    "items",
    "imports",
    "purchases",
    "stock_moves",
    "branch_customers",
    "sales",
]


@pytest.fixture
def traded(etims_sandbox: Sandbox, etims_device: Device) -> Device:
    etims_sandbox.stock_up(etims_device, sale())
    etims_device.issue(sale())
    return etims_device


def test_codes_and_what_changed_since(etims_device: Device) -> None:
    codes = etims_device.codes()
    (taxes,) = [one for one in codes if one.class_number == "04"]
    rates = {entry.code: entry.first_extra for entry in taxes.entries}
    assert rates["B"] == "16"
    (warned,) = etims_sdk.check_rates([(band, rate or "") for band, rate in rates.items()])
    assert warned.path == "settings.rates.E", "the gateway's constant is 0, KRA's list says 8"
    assert codes.next_since is not None
    assert codes.next_since.utcoffset() == dt.timedelta(hours=3)
    assert etims_device.codes(since=codes.next_since) == []
    assert "class_number='04'" in repr(taxes)


def test_own_items_and_invoices_as_kra_has_them(traded: Device) -> None:
    (item,) = traded.items()
    assert (item.code, item.name, item.price) == ("KE2NTNO0000001", "Maize flour 2 kg", Decimal(580))
    invoice = traded.invoice(1)
    assert invoice is not None
    assert (invoice.reference, invoice.total, invoice.total_tax) == ("INV-2026-0042", Decimal(1160), Decimal(160))
    assert invoice.receipt is not None
    assert invoice.receipt.signature == traded.receipt("INV-2026-0042").signature
    assert invoice.receipt.signed_at.tzinfo is not None
    assert invoice.sold_on == dt.date(2026, 9, 17)
    assert invoice.taxable[1] == Decimal(1000)
    assert invoice.lines[0].quantity == Decimal(2)
    assert [one.invoice_number for one in traded.sales()] == [1]
    assert traded.invoice(2) is None
    # Names, phones and prices stay out of logs.
    assert "Kilimani" not in repr(invoice)


def test_a_buyer_is_looked_up(etims_device: Device) -> None:
    found = etims_device.customer("P000070007R")
    assert found is not None
    assert found.pin == "P000070007R"
    assert "P000070007R" not in repr(found)
    with pytest.raises(etims_sdk.MisuseError, match="11 characters"):
        etims_device.customer("P0007")


def test_every_list_has_rows_of_its_class_or_none(traded: Device) -> None:
    for name in LISTS:
        rows = getattr(traded, name)()
        kinds = {type(row).__name__ for row in rows}
        assert len(kinds) <= 1, name
        assert type(rows) is etims_sdk.Listing
    taxpayer = traded.taxpayer()
    assert taxpayer is None or taxpayer.name


def test_event_loops_ask_the_same(traded: Device) -> None:
    async def scene() -> None:
        device = AsyncDevice.of(traded)
        for name in LISTS:
            assert await getattr(device, name)() == getattr(traded, name)()
        assert await device.invoice(1) == traded.invoice(1)
        assert await device.customer("P000070007R") == traded.customer("P000070007R")
        assert await device.taxpayer() == traded.taxpayer()
        assert await device.counts() == traded.counts()
        assert [entry async for entry in device.journal()] == list(traded.journal())

    asyncio.run(scene())


def test_what_cannot_be_asked(etims_sandbox: Sandbox, etims_device: Device) -> None:
    with pytest.raises(etims_sdk.MisuseError, match="offset"):
        etims_device.codes(since=dt.datetime(2026, 9, 17))
    with Device.open(environ=False, secrets=SECRETS, **etims_sandbox.settings()) as fresh:
        with pytest.raises(etims_sdk.DeviceError) as unready:
            fresh.codes()
        assert unready.value.code == "NOT_INITIALISED"
    with etims_sandbox.device(dialect="vscu") as vscu, pytest.raises(etims_sdk.MisuseError) as unsupported:
        vscu.invoice(1)
    assert unsupported.value.code == "UNSUPPORTED"


def test_the_journal_is_chained(traded: Device) -> None:
    entries = list(traded.journal())
    assert [entry.place for entry in entries] == list(range(1, len(entries) + 1))
    assert len({entry.hash for entry in entries}) == len(entries)
    assert all(len(entry.hash) == 64 for entry in entries)
    assert all(entry.at.tzinfo is not None for entry in entries)
    assert list(traded.journal(after=entries[2].place)) == entries[3:]
    assert traded.counts() == {"recorded": 3, "signed": 1}


def test_a_device_moves_here_with_its_key_and_counters(etims_sandbox: Sandbox, tmp_path: Path) -> None:
    """Another system sells one invoice over plain HTTP; this one goes on with number two."""
    settings = etims_sandbox.settings(tmp_path, dialect="oscu", serial="OTHER-1")

    def kra(path: str, body: object, **headers: str) -> dict[str, object]:
        asked = Request(
            f"{etims_sandbox.base_url('oscu')}/{path}",
            json.dumps(body, default=float).encode(),
            {"Content-Type": "application/json", **headers},
        )
        with urlopen(asked) as answer:
            told: dict[str, object] = json.load(answer)
        return told

    begun = kra("selectInitOsdcInfo", {"tin": PIN, "bhfId": "00", "dvcSrlNo": "OTHER-1"})
    info = begun["data"]["info"]  # type: ignore[index]
    body = etims_sdk.compute(sale(reference="THEIRS"), "oscu", number=1)
    sold = kra("saveTrnsSalesOsdc", body, tin=PIN, bhfId="00", cmcKey=info["cmcKey"])
    assert sold["resultCd"] == "000", sold

    with Device.open(environ=False, **settings) as device:
        working: dict[str, Any] = {"sdc_id": info["sdcId"], "last_invoice": 1, "last_stock_movement": 0}
        with pytest.raises(etims_sdk.MisuseError, match="cmcKey"):
            device.adopt(**working)
        adopted = device.adopt(**working, communication_key=info["cmcKey"])
        assert (adopted.serial, adopted.sdc_id) == ("OTHER-1", info["sdcId"])
        submission = device.issue(sale(reference="OURS", lines=[line()]))
        assert (submission.state, submission.number) == ("signed", 2)
        with pytest.raises(etims_sdk.EtimsError):
            device.adopt(**working, communication_key=info["cmcKey"])
    assert [row.trader_invoice_number for row in etims_sandbox.ledger()] == ["THEIRS", "OURS"]
