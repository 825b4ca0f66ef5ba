"""etims-sdk: `python ours.py DOCUMENT` makes bodies, `python ours.py DOCUMENT SANDBOX FOLDER` issues."""

from __future__ import annotations

import json
import sys
from itertools import count
from pathlib import Path

from timing import A_DAY, at_tills, microseconds, per_second, told

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

        def one_by_one() -> int:
            for _ in range(A_DAY):
                sell()
            return A_DAY

        def together() -> int:
            batch = documents(A_DAY)
            outcomes = device.issue_many(batch)
            assert all(isinstance(one, etims_sdk.Submission) and one.is_signed for one in outcomes)
            return len(batch)

        told(
            one_by_one=per_second(one_by_one),
            tills=per_second(lambda: at_tills(sell)),
            together=per_second(together),
        )


ten_lines = json.loads(Path(sys.argv[1]).read_text())
if len(sys.argv) == 2:
    bodies(ten_lines)
else:
    outbox(ten_lines, sys.argv[2], Path(sys.argv[3]))
