"""The examples run, without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

EXAMPLES = REPOSITORY / "examples" / "python"


def run(*command: object, folder: Path = EXAMPLES) -> str:
    words = [sys.executable, *map(str, command)]
    ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=110)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def test_quickstart() -> None:
    printed = run("quickstart.py")
    assert "TAX INVOICE" in printed
    assert "CREDIT NOTE" in printed
    assert "1044.00 with 144.00 VAT" in printed
    assert printed.endswith("2 documents in KRA's books\n")


def test_asyncio_till() -> None:
    assert "20 signed at four tills; the impatient one is signed; 21 in KRA's books" in run("asyncio_till.py")


def test_queue_report() -> None:
    printed = run("queue_report.py")
    assert "8700.00" in printed
    assert "REFUSED" in printed


def test_django_shop() -> None:
    shop = EXAMPLES / "django_shop"
    assert "OK" in run("manage.py", "test", folder=shop)
    assert "No changes detected" in run("manage.py", "makemigrations", "--check", "--dry-run", folder=shop)


@pytest.mark.parametrize("erp", ["erpnext", "odoo"])
def test_mappings(erp: str) -> None:
    assert "passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", ".", folder=EXAMPLES / erp)


def test_the_list_of_examples_is_whole() -> None:
    listed = (EXAMPLES / "README.md").read_text()
    for path in EXAMPLES.iterdir():
        if not path.name.startswith((".", "_", "README")):
            assert f"`{path.name}" in listed, path.name
