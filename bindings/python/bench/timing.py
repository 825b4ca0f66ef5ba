"""How every side measures: the best of several rounds, so that a busy machine slows nobody more than the others."""

from __future__ import annotations

import json
import sys
import time
import timeit
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

#: Short enough to fall between the others on a busy machine.
ROUND_SECONDS = 0.01
ROUNDS = 50

#: A day of a busy till. Every outbox starts empty and gets as many.
A_DAY = 1000
TILLS = 8


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


def at_tills(sell: Callable[[], None]) -> int:
    """A day's sales, each till one after the other, all tills at once."""
    with ThreadPoolExecutor(TILLS) as tills:
        for sold in [tills.submit(sell) for _ in range(A_DAY)]:
            sold.result()
    return A_DAY


def told(**figures: Any) -> None:
    """The last line a script prints: its figures."""
    json.dump(figures, sys.stdout)
