"""Code tables and PINs."""

from __future__ import annotations

import pytest
from conftest import REPOSITORY

import etims_sdk
from etims_sdk import codes


def test_every_table_of_the_documentation() -> None:
    documented = (REPOSITORY / "docs" / "codes.md").read_text().lower()
    assert len(codes.tables()) == 26
    for title, table in codes.tables().items():
        assert title.lower() in documented
        assert len(table) > 0
        assert table.source


def test_a_table_is_searched_by_code_and_name() -> None:
    packaging = codes.table("packaging unit")
    assert "nt" in packaging
    assert "EA" not in packaging
    assert packaging.name("nt") == "Net"
    assert packaging.search("bottle")[0].code == "BC"
    assert packaging.search("nt")[0].code == "NT"
    assert packaging.search("") == []
    assert [row.word for row in codes.table("payment method")][0] == "cash"


def test_an_unknown_table_names_the_others() -> None:
    with pytest.raises(KeyError, match="country"):
        codes.table("fruit")


def test_item_codes_are_composed() -> None:
    assert codes.item_code(1) == "KE2NTNO0000001"
    assert codes.item_code(42, origin="UG", item_type="service", packaging="CT", unit="KG") == "UG3CTKG0000042"
    with pytest.raises(etims_sdk.MisuseError, match="origin"):
        codes.item_code(1, origin="XX")
    with pytest.raises(etims_sdk.MisuseError, match="4B, AV, BA"):
        codes.item_code(1, unit="MTR")
    with pytest.raises(etims_sdk.MisuseError, match="1 to"):
        codes.item_code(0)


def test_pins() -> None:
    good = etims_sdk.check_pin(" p000070007r ")
    assert good
    assert good.pin == "P000070007R"
    assert good.warnings == ()
    assert "P000070007R" not in repr(good)
    bad = etims_sdk.check_pin("P00007O007R")
    assert not bad
    assert bad.error is not None
    assert "digit" in bad.error
    odd = etims_sdk.check_pin("B000070007R")
    assert odd
    assert "begins with B" in odd.warnings[0]
