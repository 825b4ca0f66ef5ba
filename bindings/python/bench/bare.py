"""What nobody can leave out: `python bare.py BODY SANDBOX FOLDER`.

Two durable writes around one exchange over an open connection, and nothing else: no check, no number of its own, no
recovery. No outbox can issue one invoice after another faster than this.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from timing import A_DAY, day_by_day, told

PIN = "P000070028P"


def main() -> None:
    body = json.loads(Path(sys.argv[1]).read_text())
    connection = http.client.HTTPConnection(urlsplit(sys.argv[2]).netloc)
    headers = {"Content-Type": "application/json", "tin": PIN, "bhfId": "00"}

    def exchange(path: str, request: dict[str, Any]) -> bytes:
        connection.request("POST", f"/etims-api/{path}", json.dumps(request), headers)
        return connection.getresponse().read()

    answer = json.loads(exchange("selectInitOsdcInfo", {"tin": PIN, "bhfId": "00", "dvcSrlNo": "BENCH-BARE"}))
    headers["cmcKey"] = answer["data"]["info"]["cmcKey"]
    numbers = count(1)
    with open(Path(sys.argv[3]) / "bare", "w+b") as file:
        file.write(bytes(8 << 20))
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)

        def keep(text: bytes) -> None:
            file.write(text)
            file.flush()
            os.fdatasync(file.fileno())

        def one_by_one() -> None:
            for number in [next(numbers) for _ in range(A_DAY)]:
                request = {**body, "invcNo": number, "trdInvcNo": f"BARE-{number}"}
                keep(json.dumps(request).encode())
                reply = exchange("saveTrnsSalesOsdc", request)
                assert json.loads(reply)["resultCd"] == "000", reply
                keep(reply)

        [day] = day_by_day(one_by_one, 1)
        told(day_1=A_DAY / day)


main()
