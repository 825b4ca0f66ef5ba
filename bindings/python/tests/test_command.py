"""The `etims` command in the wheel."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import INVOICES

import etims_sdk

ETIMS = Path(sys.executable).parent / "etims"


def etims(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [str(ETIMS), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("path", INVOICES, ids=lambda path: path.stem)
def test_compute_is_the_commands(path: Path) -> None:
    printed = etims("compute", path)
    assert printed.returncode == 0, printed.stderr
    document = json.loads(path.read_text())
    assert printed.stdout.encode() == etims_sdk.compute_json(document)
    assert json.loads(printed.stdout, parse_float=Decimal, parse_int=Decimal) == etims_sdk.compute(document)


def test_exit_codes_are_the_commands(tmp_path: Path) -> None:
    assert etims("--version").stdout.strip().endswith(etims_sdk.__version__)
    assert etims("no-such-command").returncode == 1
    bad = tmp_path / "bad.json"
    bad.write_text('{"reference": "X", "kind": "sale"}')
    refused = etims("compute", bad)
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["violations"]


def test_ctrl_c_ends_the_sandbox() -> None:
    running = subprocess.Popen([str(ETIMS), "sandbox", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert running.stdout is not None
        assert running.stdout.readline()
        running.send_signal(signal.SIGINT)
        started = time.monotonic()
        running.wait(timeout=10)
        assert time.monotonic() - started < 3
    finally:
        running.kill()
        running.wait()
