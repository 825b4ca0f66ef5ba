"""etims-sdk: `python ours.py DOCUMENT` makes bodies, `python ours.py DOCUMENT SANDBOX FOLDER` issues."""

from __future__ import annotations

import json
import sys
from itertools import count
from pathlib import Path

from timing import A_DAY, microseconds, outbox_figures, told

import etims_sdk
from etims_sdk import Device


def bodies(document: dict[str, object]) -> None:
    told(
        to_dict=microseconds(lambda: etims_sdk.compute(document)),
        to_bytes=microseconds(lambda: etims_sdk.compute_json(document)),
    )


def outbox(document: dict[str, object], sandbox: str, folder: Path) -> None:
    settings = {
        "environment": "sandbox",
        "dialect": "oscu",
        "pin": "P000070014N",
        "serial": "BENCH-OURS",
        "hosts": {"base": f"{sandbox}/etims-api"},
        "store": {"path": folder / "ours" / "shop.db"},
        "vault": {"key_file": folder / "keys" / "vault.key"},
        "limits": {"per_hour": 0},
    }
    numbers = count(1)

    def documents(many: int) -> list[dict[str, object]]:
        return [{**document, "reference": f"OURS-{next(numbers)}"} for _ in range(many)]

    with Device.open(environ=False, **settings) as device:
        device.initialise()
        device.issue(documents(1)[0])

        def sell() -> None:
            assert device.issue(documents(1)[0]).is_signed

        def sell_a_day() -> None:
            outcomes = device.issue_many(documents(A_DAY))
            assert all(isinstance(one, etims_sdk.Submission) and one.is_signed for one in outcomes)

        told(**outbox_figures(sell, sell_a_day))


ten_lines = json.loads(Path(sys.argv[1]).read_text())
if len(sys.argv) == 2:
    bodies(ten_lines)
else:
    outbox(ten_lines, sys.argv[2], Path(sys.argv[3]))
