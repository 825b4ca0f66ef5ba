#!/usr/bin/env python3
"""Measures the package beside others from PyPI, in one run on one machine, each in a virtual environment of its own.

The bars stand in the table. A package that cannot be fetched is skipped, loudly.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Optional

from run_tests import HERE, REPOSITORY, WORK, environment, tools, wheel

BENCH = HERE / "bench"
DOCUMENT = REPOSITORY / "examples" / "invoices" / "06-ten-lines.json"
OTHERS = {"etims": "theirs_etims.py", "kra-etims-sdk": "theirs_kra.py"}
#: Everybody takes turns, so that a busy machine slows nobody more than the others.
ROUNDS = 5
BARE = "bare loop"
BODIES = ("to_dict", "to_bytes")
#: Outboxes start empty and keep what they get, so that a sale of the fifth day may cost more than one of the first.
DAYS = [f"day_{day}" for day in range(1, 6)]
PLACES = ("first", "second", "third", "fourth", "fifth")
#: What stands for all rounds: a body takes no less than its best, an outbox waits for disk and KRA.
MIDDLE = dict.fromkeys(BODIES, min) | dict.fromkeys((*DAYS, "one_by_one", "tills", "together"), statistics.median)
IMPORTS = {"etims-sdk": "etims_sdk", "etims": "etims", "kra-etims-sdk": "kra_etims_sdk"}


def figures(python: Path, script: str, *arguments: object) -> dict[str, float]:
    command = [str(python), str(BENCH / script), *map(str, arguments)]
    printed = subprocess.run(command, capture_output=True, text=True, cwd=BENCH)
    if printed.returncode != 0:
        sys.exit(f"{script} failed:\n{printed.stderr}")
    measured: dict[str, float] = json.loads(printed.stdout.splitlines()[-1])
    return measured


def import_cost(python: Path, module: str) -> tuple[float, float]:
    """Milliseconds and MiB over a bare interpreter: the median of alternating runs."""

    def once(statement: str) -> tuple[float, float]:
        code = f"{statement}\nimport re; print(re.search(r'VmRSS:\\s+(\\d+)', open('/proc/self/status').read())[1])"
        started = time.perf_counter()
        printed = subprocess.check_output([str(python), "-c", code])
        return (time.perf_counter() - started) * 1000, int(printed) / 1024

    once(f"import {module}")
    pairs = [(once(f"import {module}"), once("pass")) for _ in range(15)]
    milliseconds = statistics.median(with_it[0] - bare[0] for with_it, bare in pairs)
    mebibytes = statistics.median(with_it[1] - bare[1] for with_it, bare in pairs)
    return milliseconds, mebibytes


def fsync_microseconds(folder: Path) -> float:
    """What one durable write costs here: everything that commits pays it."""
    taken = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1e6


def one_round(etims: Path, pythons: dict[str, Path], body: Path) -> dict[str, dict[str, float]]:
    """Everybody makes bodies, and issues against a sandbox of the round."""
    round = {"etims-sdk": figures(pythons["etims-sdk"], "ours.py", DOCUMENT)}
    if "etims" in pythons:
        round["etims"] = figures(pythons["etims"], OTHERS["etims"], DOCUMENT)
    if "kra-etims-sdk" in pythons:
        round["kra-etims-sdk"] = figures(pythons["kra-etims-sdk"], OTHERS["kra-etims-sdk"], body)
    with tempfile.TemporaryDirectory() as place:
        command = [str(etims), "sandbox", "--port", "0"]
        sandbox = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert sandbox.stdout is not None
            url = re.search(r"http://\S+", sandbox.stdout.readline())
            assert url is not None
            round["etims-sdk"] |= figures(pythons["etims-sdk"], "ours.py", DOCUMENT, url[0], place)
            if "etims" in pythons:
                round["etims"] |= figures(pythons["etims"], OTHERS["etims"], DOCUMENT, url[0], place)
            round[BARE] = figures(pythons["etims-sdk"], "bare.py", body, url[0], place)
            return round
        finally:
            sandbox.terminate()
            sandbox.wait()


class Bars:
    """What was promised and what was measured."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def at_most(self, what: str, measured: float, bar: float, unit: str) -> None:
        self._line(what, f"{measured:,.1f} {unit}", f"≤ {bar:,.0f} {unit}", measured <= bar)

    def told(self, what: str, measured: Optional[float]) -> None:
        """Without a bar."""
        print(f"  {what:<58} " + ("SKIPPED" if measured is None else f"{measured:>12.1f} x"))

    def times(self, what: str, measured: Optional[float], bar: float) -> None:
        if measured is None:
            print(f"  {what:<58} SKIPPED")
            return
        self._line(what, f"{measured:.1f} x", f"≥ {bar:.0f} x", measured >= bar)

    def _line(self, what: str, measured: str, bar: str, held: bool) -> None:
        print(f"  {what:<58} {measured:>14}   {bar:>10}   {'holds' if held else 'MISSED'}")
        if not held:
            self.missed.append(what)


def main() -> int:
    bin = tools()
    built = wheel(bin, release=True)
    ours_python = environment(bin, "bench-etims-sdk", built) / "python"
    pythons: dict[str, Path] = {"etims-sdk": ours_python}
    for package in OTHERS:
        try:
            pythons[package] = environment(bin, f"bench-{package}", package) / "python"
        except subprocess.CalledProcessError:
            print(f"SKIPPED {package}: it cannot be fetched from PyPI here", file=sys.stderr)

    results: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        body = folder / "body.json"
        etims = ours_python.parent / "etims"
        body.write_bytes(subprocess.check_output([str(etims), "compute", str(DOCUMENT)]))
        disk = fsync_microseconds(folder)
        rounds = [one_round(etims, pythons, body) for _ in range(ROUNDS)]
    for who in rounds[0]:
        results[who] = {key: MIDDLE[key](round[who][key] for round in rounds) for key in rounds[0][who]}
    for package, python in pythons.items():
        results[package]["import_ms"], results[package]["import_mib"] = import_cost(python, IMPORTS[package])

    machine = f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, fdatasync {disk:,.0f} µs"
    print(f"\n{ROUNDS} rounds in turn. {machine}\n")
    rows = {
        "to_dict": "dict of 10 lines → checked body, dict (µs, best)",
        "to_bytes": "dict of 10 lines → checked body, JSON (µs, best)",
        "one_by_one": "durable issues a second, one by one, 5,000 (median)",
        **{day: f"  of these the {place} 1,000" for day, place in zip(DAYS, PLACES)},
        "tills": "durable issues a second, 8 tills, 1,000 more (median)",
        "together": "durable issues a second, together, 5,000 more (median)",
        "import_ms": "import (ms over bare Python)",
        "import_mib": "import (MiB over bare Python)",
    }
    print(f"  {'':<58}" + "".join(f"{who:>16}" for who in results))
    for key, title in rows.items():
        cells = [f"{figures[key]:,.1f}" if key in figures else "-" for figures in results.values()]
        print(f"  {title:<58}" + "".join(f"{cell:>16}" for cell in cells))
    print("  kra-etims-sdk computes nothing: its figure is the check of a body the caller brings.")
    print("  The bare loop is two durable writes around one exchange, and nothing else.\n")

    ours, bars = results["etims-sdk"], Bars()

    def against(package: str, key: str, who: str = "etims-sdk") -> Optional[float]:
        if package not in results:
            return None
        ratios = [round[who][key] / round[package][key] for round in rounds]
        ratio = statistics.median(ratios)
        return 1 / ratio if key in BODIES else ratio

    bars.at_most("dict of 10 lines → checked body as dict", ours["to_dict"], 60, "µs")
    bars.at_most("dict of 10 lines → checked body as KRA gets it", ours["to_bytes"], 60, "µs")
    for package in OTHERS:
        bars.times(f"as dict, beside {package}", against(package, "to_dict"), 3)
        bars.times(f"as JSON, beside {package}", against(package, "to_bytes"), 3)
    bars.times("durable issues one by one, beside the outbox of etims", against("etims", "one_by_one"), 3)
    for day, place in zip(DAYS, PLACES):
        bars.times(f"  of these the {place} 1,000", against("etims", day), 3)
    bars.times("durable issues from 8 tills, beside the outbox of etims", against("etims", "tills"), 3)
    bars.times("durable issues together, beside the outbox of etims", against("etims", "together"), 3)
    bars.told("the bare loop, beside the first 1,000 of etims", against("etims", DAYS[0], BARE))
    bars.at_most("import", ours["import_ms"], 30, "ms")
    bars.at_most("memory of the import", ours["import_mib"], 10, "MiB")
    bars.at_most("wheel", built.stat().st_size / 1e6, 10, "MB")
    (WORK / "bench.json").write_text(json.dumps(results, indent=1))
    return 1 if bars.missed else 0


if __name__ == "__main__":
    sys.exit(main())
