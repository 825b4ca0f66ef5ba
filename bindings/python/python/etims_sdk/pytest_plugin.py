"""Fixtures for an ERP's own tests: a KRA per test, a device on it, faults as verbs.

::

    def test_a_lost_answer(etims_sandbox, etims_device):
        etims_sandbox.stock_up(etims_device, invoice)
        etims_sandbox.lose_next_answer()
        assert etims_device.issue(invoice).is_signed
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .device import Device
    from .sandbox import Sandbox


@pytest.fixture
def etims_sandbox() -> Iterator[Sandbox]:
    """A KRA of this test alone, on a free loopback port. Its methods break it: ``lose_next_answer()`` …"""
    from .sandbox import Sandbox

    with Sandbox() as kra:
        yield kra


@pytest.fixture
def etims_device(etims_sandbox: Sandbox) -> Iterator[Device]:
    """A device on the test's sandbox, initialised, with a store of its own."""
    with etims_sandbox.device() as device:
        yield device
