"""The sandbox in the wheel, and its fixtures in an ERP's own tests."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from conftest import sale

import etims_sdk
from etims_sdk import Device
from etims_sdk.sandbox import Sandbox

pytest_plugins = ["pytester"]


def test_it_stops_with_its_block(tmp_path: Path) -> None:
    with Sandbox(seed=7) as kra:
        with urlopen(f"{kra.url}/sandbox/health") as answer:
            assert json.load(answer)["seed"] == 7
        url = kra.url
    with pytest.raises(OSError):
        urlopen(f"{url}/sandbox/health", timeout=2)
    with pytest.raises(etims_sdk.MisuseError) as stopped:
        kra.ledger()
    assert stopped.value.code == "CLOSED"
    kra.stop()


def test_it_remembers_in_a_file(tmp_path: Path) -> None:
    books = tmp_path / "kra.state"
    for number in (1, 2):
        with Sandbox(state_file=books) as kra, kra.device(tmp_path / f"till{number}", serial=f"S{number}") as device:
            if number == 1:
                kra.stock_up(device, sale())
            assert device.issue(sale(reference=f"INV-{number}")).is_signed
            assert len(kra.ledger()) == number


def test_wrong_faults_are_named() -> None:
    with Sandbox() as kra:
        with pytest.raises(etims_sdk.MisuseError, match="known are lose_answer"):
            kra.inject("earthquake")
        with pytest.raises(etims_sdk.MisuseError, match="has no"):
            kra.inject("lose_answer", colour="red")
        with pytest.raises(etims_sdk.MisuseError, match="strict or lenient"):
            Sandbox(profile="mild")


VERBS: dict[str, dict[str, Any]] = {
    "answer_next_with_html": {"recorded": True},
    "delay_next_answer": {"seconds": 0.1},
    "delay_next_request": {"seconds": 0.1},
    "drift_counter": {"by": 2},
    "drip_next_answer": {"seconds": 0.001},
    "lag_details": {"look_ups": 1},
    "skew_clock": {"seconds": 60},
}


def verbs() -> list[str]:
    """Methods that arm a fault: those that say so by their answer."""
    found = inspect.getmembers(Sandbox, inspect.isfunction)
    return [
        name
        for name, method in found
        if method.__annotations__.get("return") == "str" and name[0] != "_" and name not in ("inject", "base_url")
    ]


def test_there_are_twenty_verbs() -> None:
    assert len(verbs()) == 20


@pytest.mark.parametrize("verb", verbs())
def test_whatever_goes_wrong_nothing_is_doubled(verb: str, etims_sandbox: Sandbox, etims_device: Device) -> None:
    etims_sandbox.stock_up(etims_device, sale())
    getattr(etims_sandbox, verb)(**VERBS.get(verb, {}))
    submission = etims_device._native.issue(sale(), 30.0).result()
    rows = [row for row in etims_sandbox.ledger() if row.trader_invoice_number == "INV-2026-0042"]
    assert len(rows) <= 1
    if submission.is_signed:
        assert etims_device.receipt("INV-2026-0042").signature == rows[0].signature
    else:
        # Somebody else writes on the device, or the answer is lost for good: a person is told.
        assert isinstance(submission.failure, etims_sdk.EtimsError), submission
        assert submission.failure.next_step


def test_the_plugin_serves_an_erps_own_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        INVOICE = {
            "reference": "INV-1", "kind": "sale", "issued_at": "2026-09-17T14:09:26+03:00", "payment": "cash",
            "lines": [{"item_code": "KE2NTNO0000001", "name": "Maize flour 2 kg", "classification": "1010150000",
                       "packaging": "NT", "unit": "NO", "quantity": 2, "unit_price": "580.00", "tax": "B"}],
        }

        def test_a_lost_answer(etims_sandbox, etims_device):
            etims_sandbox.stock_up(etims_device, INVOICE)
            etims_sandbox.lose_next_answer()
            assert etims_device.issue(INVOICE).is_signed
            assert len(etims_sandbox.ledger()) == 1

        def test_every_test_has_a_kra_of_its_own(etims_sandbox):
            assert etims_sandbox.ledger() == []
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=2)
