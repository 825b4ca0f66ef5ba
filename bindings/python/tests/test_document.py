"""What may stand in a document, and how it is written down."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import json
import pickle
import types
from decimal import Decimal

import pytest
from conftest import line, sale

import etims_sdk
from etims_sdk import Buyer, Invoice, Line, Payment


def written(value: object) -> object:
    """What a value becomes inside a document."""
    return json.loads(etims_sdk.document_json({"remark": value}))["remark"]


class Method(str, enum.Enum):
    CASH = "cash"


class Band(enum.Enum):
    STANDARD = "B"


class Count(enum.IntEnum):
    TWO = 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ""),
        ('a "quoted" \\ text', 'a "quoted" \\ text'),
        ("Ng'ang'a – çé 漢字 🧾", "Ng'ang'a – çé 漢字 🧾"),
        (None, None),
        (True, True),
        (0, 0),
        (-7, -7),
        (10**25, 10**25),
        (Decimal("580.00"), "580.00"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("-0.10"), "-0.10"),
        (Decimal("NaN"), "NaN"),
        (dt.date(2026, 9, 17), "2026-09-17"),
        (dt.datetime(2026, 9, 17, 14, 9, 26, tzinfo=dt.timezone(dt.timedelta(hours=3))), "2026-09-17T14:09:26+03:00"),
        (dt.datetime(2026, 9, 17, 14, 9, 26), "2026-09-17T14:09:26"),
        (Method.CASH, "cash"),
        (Band.STANDARD, "B"),
        (Count.TWO, 2),
        ([1, "a"], [1, "a"]),
        ((1, "a"), [1, "a"]),
    ],
)
def test_values_are_written_as_they_are(value: object, expected: object) -> None:
    assert written(value) == expected


def test_a_float_has_the_digits_python_shows() -> None:
    assert '"remark":0.1}' in etims_sdk.document_json({"remark": 0.1})
    assert '"remark":1160.0}' in etims_sdk.document_json({"remark": 1160.0})
    body = etims_sdk.compute(sale(lines=[line(unit_price=580.1, quantity=2.5)]))
    assert body["itemList"][0]["splyAmt"] == Decimal("1450.25")


def test_a_float_that_is_no_price_is_refused_with_its_path() -> None:
    with pytest.raises(etims_sdk.ValidationError) as caught:
        etims_sdk.compute(sale(lines=[line(unit_price=float("nan"))]))
    assert [(found.code, found.path) for found in caught.value.violations] == [
        ("ETIMS-DOC-NUMBER-01", "lines[0].unit_price")
    ]


def test_mappings_and_sequences_of_any_class() -> None:
    document = collections.OrderedDict(sale(lines=(types.MappingProxyType(line()),)))
    assert etims_sdk.compute_json(document) == etims_sdk.compute_json(sale())
    assert etims_sdk.compute_json(collections.UserDict(sale())) == etims_sdk.compute_json(sale())
    assert etims_sdk.compute_json(sale(lines=collections.UserList([line()]))) == etims_sdk.compute_json(sale())


def test_json_text_is_a_document() -> None:
    text = json.dumps(sale())
    assert etims_sdk.compute_json(text) == etims_sdk.compute_json(sale())
    assert etims_sdk.compute_json(text.encode()) == etims_sdk.compute_json(sale())


def test_dataclasses_are_the_same_documents() -> None:
    invoice = Invoice(
        reference="INV-2026-0042",
        kind="sale",
        issued_at=dt.datetime(2026, 9, 17, 14, 9, 26, tzinfo=dt.timezone(dt.timedelta(hours=3))),
        buyer=Buyer(pin="P000070007R", name="Kilimani Grocers Ltd"),
        payments=[Payment(method="cash")],
        lines=[
            Line(
                item_code="KE2NTNO0000001",
                name="Maize flour 2 kg",
                classification="1010150000",
                packaging="NT",
                unit="NO",
                quantity=Decimal(2),
                unit_price=Decimal("580.00"),
                tax="B",
            )
        ],
    )
    assert etims_sdk.compute_json(invoice) == etims_sdk.compute_json(sale())
    short = dataclasses.replace(invoice, payments=(), payment="cash")
    assert etims_sdk.compute_json(short) == etims_sdk.compute_json(sale())
    assert pickle.loads(pickle.dumps(invoice)) == invoice
    with pytest.raises(dataclasses.FrozenInstanceError):
        invoice.reference = "INV-2"  # type: ignore[misc]


def test_a_dataclass_of_ones_own_will_do() -> None:
    @dataclasses.dataclass
    class Row:
        item_code: str = "KE2NTNO0000001"
        name: str = "Maize flour 2 kg"
        classification: str = "1010150000"
        packaging: str = "NT"
        unit: str = "NO"
        quantity: int = 2
        unit_price: Decimal = Decimal("580.00")
        tax: Band = Band.STANDARD

    assert etims_sdk.compute_json(sale(lines=[Row()])) == etims_sdk.compute_json(sale())


def test_who_the_buyer_is_stays_out_of_a_repr() -> None:
    shown = repr(Buyer(pin="A000070003N", name="Wanjiku", phone="0700000001", address="Box 1"))
    assert "A000070003N" not in shown
    assert "0700000001" not in shown


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"lines": [{"quantity": object()}]}, "lines[0].quantity"),
        ({"lines": [{"quantity": {1, 2}}]}, "lines[0].quantity"),
        ({"buyer": {"name": b"bytes"}}, "buyer.name"),
        ({"buyer": {1: "a"}}, "buyer"),
        (object(), "document"),
        (lambda: None, "document"),
    ],
)
def test_what_has_no_place_in_a_document_is_named(document: object, place: str) -> None:
    with pytest.raises(TypeError, match=r"^" + place.replace("[", r"\[").replace("]", r"\]") + ": "):
        etims_sdk.compute(document)  # type: ignore[arg-type]


def test_a_document_that_holds_itself_ends() -> None:
    document: dict[str, object] = {}
    document["buyer"] = document
    with pytest.raises(TypeError, match="nested too deep"):
        etims_sdk.check(document)
    lines: list[object] = []
    lines.append(lines)
    with pytest.raises(TypeError, match="nested too deep"):
        etims_sdk.check({"lines": lines})


def test_text_that_is_no_unicode_is_refused_with_its_path() -> None:
    with pytest.raises(ValueError, match="remark"):
        etims_sdk.compute(sale(remark="\ud800"))


def test_a_failing_property_is_not_swallowed() -> None:
    class Moody(collections.UserDict):  # type: ignore[type-arg]
        def __getitem__(self, key: object) -> object:
            raise RuntimeError("mood")

    with pytest.raises((RuntimeError, ValueError), match="mood"):
        etims_sdk.compute(Moody(sale()))
