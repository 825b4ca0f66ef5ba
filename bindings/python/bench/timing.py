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

#: What a busy shop sells in a day, and its days in a week. Every outbox starts empty and keeps all it gets, as the law
#: wants it for five years.
A_DAY = 1000
A_WEEK = 5
TILLS = 8


def microseconds(work: Callable[[], object]) -> float:
    """One call, best of the rounds."""
    timer = timeit.Timer(work)
    number = max(1, round(ROUND_SECONDS / (timer.timeit(20) / 20)))
    return min(timer.repeat(ROUNDS, number)) / number * 1e6


def day_by_day(a_day: Callable[[], object], days: int) -> list[float]:
    """Seconds of each."""
    taken = []
    for _ in range(days):
        started = time.perf_counter()
        a_day()
        taken.append(time.perf_counter() - started)
    return taken


def outbox_figures(sell: Callable[[], None], sell_a_day: Callable[[], None]) -> dict[str, float]:
    """Sales a second. All in one outbox and in this order: what it has got before stays in it."""

    def one_by_one() -> None:
        for _ in range(A_DAY):
            sell()

    def at_tills() -> None:
        with ThreadPoolExecutor(TILLS) as tills:
            for sold in [tills.submit(sell) for _ in range(A_DAY)]:
                sold.result()

    week = day_by_day(one_by_one, A_WEEK)
    [tills] = day_by_day(at_tills, 1)
    together = day_by_day(sell_a_day, A_WEEK)
    return {
        **{f"day_{day}": A_DAY / seconds for day, seconds in enumerate(week, start=1)},
        "one_by_one": A_DAY * A_WEEK / sum(week),
        "tills": A_DAY / tills,
        "together": A_DAY * A_WEEK / sum(together),
    }


def told(**figures: Any) -> None:
    """The last line a script prints: its figures."""
    json.dump(figures, sys.stdout)
