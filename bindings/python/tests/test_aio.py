"""The device in event loops."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from conftest import sale

import etims_sdk
from etims_sdk import AsyncDevice, Device
from etims_sdk.sandbox import SECRETS, Sandbox


def test_issue_receipt_and_errors(etims_sandbox: Sandbox) -> None:
    async def scene() -> None:
        settings = etims_sandbox.settings()
        async with AsyncDevice.open(environ=False, secrets=SECRETS, **settings) as device:
            assert await device.identity() is None
            with pytest.raises(etims_sdk.DeviceError) as unready:
                await device.submit(sale())
            assert unready.value.code == "NOT_INITIALISED"
            assert (await device.initialise()).sdc_id
            await asyncio.to_thread(_stock_up, etims_sandbox, settings)
            submission = await device.issue(sale())
            assert submission.is_signed
            receipt = await device.receipt(submission.reference)
            assert receipt.total == 1160
            with pytest.raises(etims_sdk.ValidationError):
                await device.issue({"reference": ""})
            assert [one.reference async for one in device.submissions("signed")][-1] == "INV-2026-0042"
        assert device.closed

    asyncio.run(scene())


def _stock_up(kra: Sandbox, settings: dict[str, Any]) -> None:
    with Device.open(environ=False, secrets=SECRETS, **settings) as device:
        kra.stock_up(device, sale())


def test_many_calls_at_once(etims_sandbox: Sandbox, etims_device: Device) -> None:
    etims_sandbox.stock_up(etims_device, sale())

    async def scene() -> None:
        device = AsyncDevice.of(etims_device)
        documents = [sale(reference=f"INV-{index}") for index in range(30)]
        submissions = await asyncio.gather(*(device.issue(document) for document in documents))
        assert all(submission.is_signed for submission in submissions)

    asyncio.run(scene())
    assert [row.invoice_number for row in etims_sandbox.ledger()] == list(range(1, 31))


def test_cancelling_loses_no_document(etims_sandbox: Sandbox, etims_device: Device) -> None:
    """What was handed in before its task was cancelled is declared, once; what was not is not."""
    etims_sandbox.stock_up(etims_device, sale())
    handed_in: list[str] = []

    async def issue(device: AsyncDevice, reference: str) -> None:
        handed_in.append(reference)
        await device.issue(sale(reference=reference))

    async def scene() -> None:
        device = AsyncDevice.of(etims_device)
        etims_sandbox.inject("delay_answer", every=3, milliseconds=20)
        outcomes: list[object] = []
        for start in range(40):
            task = asyncio.create_task(issue(device, f"INV-{start}"))
            # From "not begun" over "on the way to the disk" and "KRA thinks" to "answered and not yet told".
            for _ in range(start % 4):
                await asyncio.sleep(0)
            if start % 4 == 3:
                await asyncio.sleep(start / 1000)
            task.cancel()
            outcomes += await asyncio.gather(task, return_exceptions=True)
        assert sum(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes) >= 30
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []

    asyncio.run(scene())
    etims_sandbox.heal()
    assert 20 <= len(handed_in) < 40, "some were cancelled before they began"
    for reference in handed_in:
        assert etims_device.wait(reference).is_signed
    ledger = [row.trader_invoice_number for row in etims_sandbox.ledger()]
    assert sorted(ledger) == sorted(handed_in), "each is declared once"


def test_a_timeout_of_the_loop_is_a_cancellation(etims_sandbox: Sandbox, etims_device: Device) -> None:
    etims_sandbox.stock_up(etims_device, sale())
    etims_sandbox.delay_next_answer(seconds=1)

    async def scene() -> None:
        device = AsyncDevice.of(etims_device)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(device.issue(sale()), 0.1)
        assert (await device.wait("INV-2026-0042")).is_signed

    asyncio.run(scene())
    assert len(etims_sandbox.ledger()) == 1


def test_events_to_the_end(etims_sandbox: Sandbox, etims_device: Device) -> None:
    etims_sandbox.stock_up(etims_device, sale())

    async def scene() -> list[str]:
        device = AsyncDevice.of(etims_device)
        told: list[str] = []
        listening = asyncio.Event()

        async def listen() -> None:
            stream = device.events()
            first = asyncio.ensure_future(stream.__anext__())
            await asyncio.sleep(0.05)
            listening.set()
            told.append((await first).kind)
            async for event in stream:
                told.append(event.kind)

        listener = asyncio.create_task(listen())
        await listening.wait()
        await device.issue(sale())
        await device.close()
        await asyncio.wait_for(listener, 10)
        return told

    assert asyncio.run(scene()) == ["sent", "signed"]


def test_a_loop_that_ends_first_is_no_trouble(etims_sandbox: Sandbox, etims_device: Device) -> None:
    etims_sandbox.stock_up(etims_device, sale())
    etims_sandbox.delay_next_answer(seconds=0.3)

    async def scene() -> None:
        device = AsyncDevice.of(etims_device)
        asyncio.ensure_future(device.issue(sale()))
        await asyncio.sleep(0.1)

    asyncio.run(scene())
    assert etims_device.wait("INV-2026-0042").is_signed


def test_every_method_of_the_device_is_here_and_documented() -> None:
    methods = {name for name in dir(Device) if not name.startswith("_")}
    assert methods | {"of"} == {name for name in dir(AsyncDevice) if not name.startswith("_")}
    for name in methods:
        assert getattr(AsyncDevice, name).__doc__, name
        assert getattr(Device, name).__doc__, name
