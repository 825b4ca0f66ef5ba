"""What the documentation shows is run as it stands."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY

import etims_sdk
from etims_sdk import Device
from etims_sdk.sandbox import Sandbox

PAGES = [REPOSITORY / page for page in ("docs/guide/python.md", "bindings/python/README.md", "README.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_the_blocks_of_a_page_run_in_order(
    page: Path, capsys: pytest.CaptureFixture[str], etims_sandbox: Sandbox, etims_device: Device
) -> None:
    text = page.read_text()
    names: dict[str, Any] = {"__name__": "guide"}
    blocks = list(re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    assert blocks
    for block in blocks:
        lines = text[: block.start(1)].count("\n")
        exec(compile("\n" * lines + block[1], str(page), "exec"), names)
    for name, shown in names.items():
        if name.startswith("test_"):
            shown(etims_sandbox, etims_device)
    assert "TAX INVOICE" in capsys.readouterr().out


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(etims_sdk.__path__)])
def test_examples_in_docstrings(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(f"etims_sdk.{name}"))
    assert outcome.failed == 0


def test_the_front_docstring() -> None:
    outcome = doctest.testmod(etims_sdk)
    assert (outcome.failed, outcome.attempted >= 3) == (0, True)
