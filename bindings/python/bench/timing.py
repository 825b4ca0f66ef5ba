"""How every side measures: the best of several rounds, so that a busy machine slows nobody more than the others."""

from __future__ import annotations

import json
import sys
import time
import timeit
from collections.abc import Callable
from typing import Any

#: Short enough to fall between the others on a busy machine.
ROUND_SECONDS = 0.01
ROUNDS = 150


def microseconds(work: Callable[[], object]) -> float:
    """One call, best of the rounds."""
    timer = timeit.Timer(work)
    number = max(1, round(ROUND_SECONDS / (timer.timeit(20) / 20)))
    return min(timer.repeat(ROUNDS, number)) / number * 1e6


def per_second(work: Callable[[], int]) -> float:
    """Things done a second; ``work`` says how many it did."""
    started = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - started)


def told(**figures: Any) -> None:
    """The last line a script prints: its figures."""
    json.dump(figures, sys.stdout)
