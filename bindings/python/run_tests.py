#!/usr/bin/env python3
"""Builds the debug extension, installs its wheel in a fresh virtual environment and runs every check there.

Arguments go to pytest. Everything lands in target/python/; only the tools and the package cache are kept between runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
EXAMPLES = REPOSITORY / "examples" / "python"
WORK = REPOSITORY / "target" / "python"
TOOLS = ["maturin==1.16.0", "uv"]


def run(*command: str | Path, **options: object) -> None:
    print("+", *command, flush=True)
    subprocess.run([str(part) for part in command], check=True, **options)  # type: ignore[call-overload]


def tools() -> Path:
    """A virtual environment with what builds and installs; made once."""
    home = WORK / "tools"
    stamp = home / "stamp"
    if not stamp.exists() or stamp.read_text() != repr(TOOLS):
        venv.create(home, with_pip=True, clear=True)
        run(home / "bin" / "python", "-m", "pip", "install", "-q", *TOOLS)
        stamp.write_text(repr(TOOLS))
    return home / "bin"


def wheel(bin: Path, *, release: bool = False) -> Path:
    out = WORK / ("release" if release else "debug")
    shutil.rmtree(out, ignore_errors=True)
    profile = ["--release", "--strip"] if release else ["--compression-level", "1", "--profile", "dev"]
    environment = {**os.environ, "CARGO_TARGET_DIR": str(REPOSITORY / "target")}
    run(bin / "maturin", "build", "-q", "--locked", *profile, "--out", out, cwd=HERE, env=environment)
    (built,) = out.glob("*.whl")
    return built


def environment(bin: Path, name: str, *requirements: str | Path) -> Path:
    """A fresh virtual environment; packages come from the cache when they can."""
    home = WORK / name
    cache = ["--cache-dir", WORK / "cache"]
    run(bin / "uv", "venv", "-q", "--clear", "--python", sys.executable, *cache, home)
    install = [bin / "uv", "pip", "install", "-q", *cache, "--python", home / "bin" / "python"]
    run(*install, *requirements)
    return home / "bin"


def main() -> int:
    WORK.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    run(sys.executable, HERE / "generate_models.py", "--check")
    bin = tools()
    built = wheel(bin)
    python = environment(bin, "venv", "-r", HERE / "requirements-test.txt", built) / "python"
    # From the test folder, so that the installed package is tested and not the source tree.
    tests = HERE / "tests"
    package = subprocess.check_output([python, "-c", "import etims_sdk; print(etims_sdk.__path__[0])"], cwd=tests)
    assert str(WORK) in package.decode(), package
    # The list of vectors that pass in Rust, which ours must equal. The same features as `make test`: nothing is built
    # a second time.
    conformance = ["cargo", "test", "-q", "--workspace", "--all-features", "--test", "conformance"]
    run(*conformance, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    for folder in (HERE, EXAMPLES):
        run(python.parent / "ruff", "check", "-q", "--config", HERE / "pyproject.toml", folder)
        run(python.parent / "ruff", "format", "-q", "--check", "--config", HERE / "pyproject.toml", folder)
    run(python, "-m", "pytest", "-q", *sys.argv[1:], cwd=tests)
    run(python, "-m", "mypy", "--strict", "-p", "etims_sdk", cwd=tests)
    run(python, "-m", "mypy", "--config-file", HERE / "pyproject.toml", tests, cwd=tests)
    for folder in ("", "erpnext", "odoo"):
        typed = [path for path in (EXAMPLES / folder).glob("*.py") if path.name != "queue_report.py"]
        run(python, "-m", "mypy", "--config-file", HERE / "pyproject.toml", *typed, cwd=tests)
    run(python, "-m", "mypy.stubtest", "etims_sdk._native", cwd=tests)
    pyright(python, tests)
    print(f"python: everything passed in {time.monotonic() - started:.0f} s")
    return 0


def pyright(python: Path, tests: Path) -> None:
    """pyright fetches its own JavaScript once; without that it is skipped, loudly."""
    probe = subprocess.run([str(python), "-m", "pyright", "--version"], capture_output=True, text=True)
    if probe.returncode != 0:
        print("SKIPPED pyright: it cannot be fetched here:", probe.stderr.strip().splitlines()[-1:], file=sys.stderr)
        return
    run(python, "-m", "pyright", "--pythonpath", python, "-p", HERE / "pyrightconfig.json")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"failed: {' '.join(error.cmd)}")
