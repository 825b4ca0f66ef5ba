"""What the documentation shows is run as it stands."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional

import pytest
from conftest import REPOSITORY, GavaConnect

import etims_sdk
from etims_sdk import Device
from etims_sdk.sandbox import Sandbox

PAGES = [REPOSITORY / page for page in ("docs/guide/python.md", "bindings/python/README.md", "README.md")]


@pytest.fixture
def shop(gavaconnect: GavaConnect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a reader has: settings in etims.toml and secrets in the keyring, whose package is not installed here."""

    def get_password(service: str, account: str) -> Optional[str]:
        environment, name = account.split("/")
        return gavaconnect.SECRETS[name] if (service, environment) == ("etims-sdk", "sandbox") else None

    (tmp_path / "etims.toml").write_text(
        'pin = "P000070007R"\nserial = "SHOP1-TILL1"\n'
        f'[hosts]\ntoken = "{gavaconnect.url}/v1/token/generate"\ncheckers = "{gavaconnect.url}"\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=get_password))


@pytest.mark.usefixtures("shop")
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
    printed = capsys.readouterr().out
    assert "TAX INVOICE" in printed
    if "checkers" in names:
        assert "other_name - KRA has another name for this PIN" in printed
        assert "KILIMANI GROCERS LTD 1764.00" in printed


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(etims_sdk.__path__)])
def test_examples_in_docstrings(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(f"etims_sdk.{name}"))
    assert outcome.failed == 0


def test_the_front_docstring() -> None:
    outcome = doctest.testmod(etims_sdk)
    assert (outcome.failed, outcome.attempted >= 3) == (0, True)
