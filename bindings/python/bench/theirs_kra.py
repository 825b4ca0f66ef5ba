"""The package `kra-etims-sdk` of PyPI: `python theirs_kra.py BODY`.

It computes nothing: the caller brings KRA's finished body, and it checks that. What is measured is the check alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from kra_etims_sdk.validator import Validator
from timing import microseconds, told


def main() -> None:
    body = json.loads(Path(sys.argv[1]).read_text())
    body |= {"tin": "P000070014N", "bhfId": "00", "cmcKey": "0" * 40}
    body |= {"invcNo": str(body["invcNo"]), "orgInvcNo": str(body["orgInvcNo"])}
    for item in body["itemList"]:
        # Its rule for a line is splyAmt - dcAmt + taxAmt = totAmt.
        item["splyAmt"] = item["taxblAmt"]
    validator = Validator()
    validator.validate(body, "saveTrnsSalesOsdc")
    told(
        to_dict=microseconds(lambda: validator.validate(body, "saveTrnsSalesOsdc")),
        to_bytes=microseconds(lambda: json.dumps(validator.validate(body, "saveTrnsSalesOsdc"))),
    )


main()
