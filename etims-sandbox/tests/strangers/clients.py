"""Clients that strangers wrote, as published on PyPI, against a running sandbox.

Usage: clients.py URL. Prints one JSON line with what they were told.
"""

import json
import sys
from datetime import datetime

from etims import DuplicateError, Item, OscuClient, ProductType, Sale, SaleLine, TaxType
from kra_etims import API

PIN, SHOP_PIN = "P000000010C", "P000070014N"


def direct(url):
    """`etims` on the direct host: initialise, register an item, sign a sale, meet the duplicate."""
    base = url + "/etims-api"
    device = OscuClient.initialize_device(PIN, "00", "STRANGER-1", base_url=base)
    with OscuClient(PIN, "00", device.cmc_key, base_url=base) as client:
        code = "KE2NTU0000001"
        client.save_item(
            Item(
                item_code=code,
                item_class_code="5022110801",
                product_type=ProductType.FINISHED_PRODUCT,
                name="Maize flour 2kg",
                packaging_unit="NT",
                quantity_unit="U",
                tax_type=TaxType.STANDARD,
                default_price=580,
            )
        )
        assert [item.item_code for item in client.get_items()] == [code]
        line = SaleLine(
            item_code=code,
            item_class_code="5022110801",
            name="Maize flour 2kg",
            quantity=2,
            unit_price=580,
            tax_type=TaxType.STANDARD,
        )
        sale = Sale(
            trader_invoice_no="STRANGER-INV-1",
            invoice_no=1,
            lines=[line],
            confirmed_at=datetime(2026, 9, 17, 14, 9, 26),
        )
        receipt = client.save_sale(sale)
        try:
            client.save_sale(sale)
        except DuplicateError as duplicate:
            code = duplicate.code
        else:
            raise AssertionError("the second sale was signed too")
        assert client.get_notices().as_of is not None
    return {"signature": receipt.signature, "receipt": receipt.receipt_no, "duplicate": code, "qr": receipt.qr_data}


def vscu(url):
    """`kra-etims` on the VSCU's paths: posts a sale."""
    api = API(url, SHOP_PIN)
    told = api.post("initializer/selectInitInfo", {"bhfId": "00", "dvcSrlNo": "STRANGER-2"}).json()
    assert told["resultCd"] == "000", told
    bands = {f"{name}{band}": 0 for name in ("taxblAmt", "taxRt", "taxAmt") for band in "ABCDE"}
    bands.update(taxblAmtB=100, taxRtB=16, taxRtE=8, taxAmtB=16)
    who = {"regrId": "POS", "regrNm": "POS", "modrId": "POS", "modrNm": "POS"}
    line = {
        "itemSeq": 1, "itemCd": "KE2CTNU0000001", "itemClsCd": "42294957", "itemNm": "Item", "pkgUnitCd": "CTN", "pkg": 0,
        "qtyUnitCd": "U", "qty": 1, "prc": 116, "splyAmt": 116, "dcRt": 0, "dcAmt": 0, "taxTyCd": "B", "taxblAmt": 100,
        "taxAmt": 16, "totAmt": 116,
    }  # fmt: skip
    sale = {
        "bhfId": "00", "invcNo": 1, "trdInvcNo": "STRANGER-INV-2", "orgInvcNo": 0, "custTin": None, "custNm": "CASH",
        "salesTyCd": "N", "rcptTyCd": "S", "pmtTyCd": "01", "salesSttsCd": "02", "cfmDt": "20260901120000",
        "salesDt": "20260901", "stockRlsDt": None, "totItemCnt": 1, "totTaxblAmt": 100, "totTaxAmt": 16, "totAmt": 116,
        "prchrAcptcYn": "N", "remark": "", "itemList": [line], **bands, **who,
        "receipt": {"custTin": None, "custMblNo": None, "rptNo": 1, "trdeNm": "Shop", "prchrAcptcYn": "N"},
    }  # fmt: skip
    first = api.post("trnsSales/saveSales", dict(sale))
    again = api.post("trnsSales/saveSales", dict(sale)).json()
    told = first.json()
    assert first.status_code == 200 and told["resultCd"] == "000", told
    return {"signature": told["data"]["rcptSign"], "receipt": told["data"]["rcptNo"], "duplicate": again["resultCd"]}


if __name__ == "__main__":
    print(json.dumps({"direct": direct(sys.argv[1]), "vscu": vscu(sys.argv[1])}))
