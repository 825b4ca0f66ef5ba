"""A device on a sandbox: issue, recover, credit, amend, list, events."""

from __future__ import annotations

import os
import shutil
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import line, sale

import etims_sdk
from etims_sdk import Device
from etims_sdk.sandbox import SECRETS, Sandbox


@pytest.fixture
def stocked(etims_sandbox: Sandbox, etims_device: Device) -> Device:
    etims_sandbox.stock_up(etims_device, sale())
    return etims_device


def test_an_invoice_is_signed_and_printed(etims_sandbox: Sandbox, stocked: Device) -> None:
    submission = stocked.issue(sale())
    assert (submission.state, submission.number, submission.adoption) == ("signed", 1, "answered")
    assert submission.is_signed
    receipt = stocked.receipt("INV-2026-0042")
    (row,) = etims_sandbox.ledger()
    assert (row.trader_invoice_number, row.signature, row.total_cents) == (
        "INV-2026-0042",
        receipt.signature,
        116_000,
    )
    assert (receipt.total, receipt.total_tax) == (Decimal(1160), Decimal(160))
    assert receipt.invoice_number == 1
    assert receipt.cu_invoice_number == f"{receipt.sdc_id}/1"
    assert receipt.signed_at.utcoffset() is not None
    assert receipt.qr_url.endswith(receipt.signature)
    assert etims_sdk.verify_qr(receipt.qr_url).signature == receipt.signature
    assert "TAX INVOICE" in receipt.render()
    assert "COPY" in receipt.render(copy=True)
    assert receipt.render("html", labels="sw").startswith("<!doctype html>")
    assert receipt.render_bytes("pdf").startswith(b"%PDF")
    assert receipt.render_bytes("qr_png").startswith(b"\x89PNG")
    assert receipt.render_bytes("escpos", columns=32).startswith(b"\x1b@")
    with pytest.raises(ValueError, match="render_bytes"):
        receipt.render("pdf")
    with pytest.raises(etims_sdk.MisuseError, match="32 to 120"):
        receipt.render(columns=5)


def test_a_lost_answer_costs_nothing(etims_sandbox: Sandbox, stocked: Device) -> None:
    etims_sandbox.lose_next_answer()
    submission = stocked.issue(sale())
    assert submission.is_signed
    assert submission.adoption in ("strong", "weak")
    assert len(etims_sandbox.ledger()) == 1


def test_the_same_document_again_is_the_same_ticket(etims_sandbox: Sandbox, stocked: Device) -> None:
    first = stocked.submit(sale())
    again = stocked.submit(sale())
    assert (first.is_new, again.is_new) == (True, False)
    assert first.id == again.id
    assert stocked.wait(again).is_signed
    assert len(etims_sandbox.ledger()) == 1
    with pytest.raises(etims_sdk.MisuseError) as taken:
        stocked.submit(sale(lines=[line(quantity="3")]))
    assert taken.value.code == "REFERENCE_TAKEN"


def test_a_refusal_names_kra_and_can_be_amended(etims_sandbox: Sandbox, stocked: Device) -> None:
    unknown = line(item_code="KE2NTNO0000999")
    with pytest.raises(etims_sdk.RefusedError) as refused:
        stocked.issue(sale(lines=[unknown]))
    assert refused.value.code == "REFUSED"
    assert refused.value.delivery == "answered"
    assert refused.value.next_step
    standing = stocked.status("INV-2026-0042")
    assert standing.state == "rejected"
    assert isinstance(standing.failure, etims_sdk.RefusedError)
    stocked.amend("INV-2026-0042", sale())
    assert stocked.wait("INV-2026-0042").is_signed
    assert len(etims_sandbox.ledger()) == 1


def test_a_credit_note_names_its_sale_by_reference(stocked: Device) -> None:
    stocked.issue(sale())
    note = {
        "reference": "CN-1",
        "kind": "credit_note",
        "issued_at": "2026-09-18T09:00:00+03:00",
        "credit": {"original": {"reference": "INV-2026-0042"}, "reason": "06", "note": "bag torn"},
    }
    assert stocked.issue(note).is_signed
    receipt = stocked.receipt("CN-1")
    assert (receipt.kind, receipt.total) == ("credit_note", Decimal(1160))
    with pytest.raises(etims_sdk.ValidationError) as twice:
        stocked.issue({**note, "reference": "CN-2"})
    assert "ETIMS-CREDIT" in twice.value.violations[0].code


def test_many_at_once_with_a_bad_one_among_them(etims_sandbox: Sandbox, stocked: Device) -> None:
    documents = [sale(reference=f"INV-{index}") for index in range(20)]
    documents[7] = sale(reference="INV-7", lines=[line(tax="Z")])
    outcomes = stocked.issue_many(documents)
    assert isinstance(outcomes[7], etims_sdk.ValidationError)
    signed = [outcome for outcome in outcomes if isinstance(outcome, etims_sdk.Submission)]
    assert len(signed) == 19
    assert all(outcome.is_signed for outcome in signed)
    assert [row.invoice_number for row in etims_sandbox.ledger()] == list(range(1, 20))
    tickets = stocked.submit_many([sale(reference="INV-1"), {"reference": ""}])
    assert isinstance(tickets[0], etims_sdk.Ticket)
    assert isinstance(tickets[1], etims_sdk.ValidationError)


def test_one_document_is_no_list_of_documents(stocked: Device) -> None:
    one: Any = sale()
    for call in (stocked.submit_many, stocked.issue_many):
        with pytest.raises(TypeError, match="give a list"):
            call(one)
    assert list(stocked.submissions("queued")) == []


def test_the_queue_is_listed_in_order(stocked: Device) -> None:
    stocked.issue_many([sale(reference=f"INV-{index}") for index in range(5)])
    assert [one.reference for one in stocked.submissions("signed")] == [f"INV-{index}" for index in range(5)]
    assert list(stocked.submissions("rejected")) == []
    with pytest.raises(etims_sdk.MisuseError, match="queued, in_flight"):
        list(stocked.submissions("lost"))


def test_training_and_proforma_are_never_sent(etims_sandbox: Sandbox, stocked: Device) -> None:
    assert stocked.submit(sale(mode="training")).state == "paper_only"
    assert etims_sandbox.ledger() == []


def test_a_document_waits_while_kra_is_away(etims_sandbox: Sandbox, stocked: Device) -> None:
    etims_sandbox.inject("server_error", every=1, status=503)
    submission = stocked.issue(sale(), timeout=0.5)
    assert submission.is_pending
    assert submission.failure is None
    with pytest.raises(etims_sdk.MisuseError) as unsigned:
        stocked.receipt("INV-2026-0042")
    assert unsigned.value.code == "NOT_SIGNED_YET"
    assert unsigned.value.retryable
    etims_sandbox.heal()
    stocked.hurry()
    assert stocked.wait("INV-2026-0042").is_signed


def test_events_are_told_until_the_device_is_closed(etims_sandbox: Sandbox, stocked: Device) -> None:
    events = stocked.events()
    etims_sandbox.lose_next_answer()
    stocked.issue(sale())
    stocked.close()
    told = [(event.kind, event.reference) for event in events]
    assert told == [(kind, "INV-2026-0042") for kind in ("sent", "uncertain", "signed")]
    assert stocked.closed
    with pytest.raises(etims_sdk.MisuseError) as closed:
        stocked.issue(sale())
    assert closed.value.code == "CLOSED"
    stocked.close()


def test_a_listener_in_a_thread_sees_everything(stocked: Device) -> None:
    told: list[Any] = []
    events = stocked.events()
    listener = threading.Thread(target=lambda: told.extend(events))
    listener.start()
    stocked.issue_many([sale(reference=f"INV-{index}") for index in range(10)])
    stocked.close()
    listener.join(timeout=10)
    assert [event.reference for event in told if event.kind == "signed"] == [f"INV-{index}" for index in range(10)]


def test_a_store_outlives_its_device(etims_sandbox: Sandbox, tmp_path: Path) -> None:
    with etims_sandbox.device(tmp_path, serial="S1") as device:
        etims_sandbox.stock_up(device, sale())
        first = device.issue(sale())
    settings = etims_sandbox.settings(tmp_path, serial="S1")
    with Device.open(environ=False, secrets=SECRETS, **settings) as device:
        assert device.identity is not None
        assert device.identity.serial == "S1"
        assert device.status("INV-2026-0042") == first
        assert not device.submit(sale()).is_new


def test_closing_closes_the_files(etims_sandbox: Sandbox, tmp_path: Path) -> None:
    def held() -> list[str]:
        links = [Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd")]
        return [os.readlink(link) for link in links if link.is_symlink() and str(tmp_path) in os.readlink(link)]

    device = etims_sandbox.device(tmp_path)
    assert held()
    device.close()
    assert held() == []
    assert device.closed


def test_a_backup_that_was_put_back_reuses_no_number(etims_sandbox: Sandbox, tmp_path: Path) -> None:
    settings = etims_sandbox.settings(tmp_path, serial="S1")

    def opened() -> Device:
        return Device.open(environ=False, secrets=SECRETS, **settings)

    with opened() as device:
        device.initialise()
        etims_sandbox.stock_up(device, sale())
        assert device.issue(sale(reference="BEFORE")).number == 1
    shutil.copytree(tmp_path / "store", tmp_path / "backup")
    with opened() as device:
        assert [device.issue(sale(reference=f"LOST-{index}")).number for index in range(3)] == [2, 3, 4]
    shutil.rmtree(tmp_path / "store")
    shutil.copytree(tmp_path / "backup", tmp_path / "store")
    with opened() as device:
        assert device.issue(sale(reference="AFTER")).number == 5
    assert [row.invoice_number for row in etims_sandbox.ledger()] == [1, 2, 3, 4, 5]


def test_settings_come_from_a_file_and_variables(
    etims_sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = tmp_path / "etims.toml"
    toml.write_text(
        f"""
        pin = "P000070014N"
        serial = "S1"
        [hosts]
        base = "{etims_sandbox.base_url()}"
        token = "{etims_sandbox.token_url}"
        [store]
        path = "{tmp_path}/store/shop.db"
        [vault]
        key_file = "{tmp_path}/keys/vault.key"
        """
    )
    monkeypatch.setenv("ETIMS_BRANCH", "07")
    for name, secret in SECRETS.items():
        monkeypatch.setenv(f"ETIMS_SANDBOX_{name.upper()}", secret)
    with Device.open(toml, seller={"trade_name": "Mwangaza"}) as device:
        assert device.identity is None
        assert device.initialise().serial == "S1"
    with pytest.raises(etims_sdk.ConfigError, match="two digits"):
        Device.open(toml, branch="7")


def test_everything_wrong_with_the_settings_is_told_at_once() -> None:
    with pytest.raises(etims_sdk.ConfigError) as wrong:
        Device.open(environ=False, dialect="tims", branch="7", colour="red", timeouts={"write": "soon"})
    text = str(wrong.value)
    for part in ("dialect", "branch", "colour", "timeouts.write", "pin", "serial"):
        assert part in text, part
    assert wrong.value.code == "INVALID_CONFIG"
    keys = {key for key, *_ in etims_sdk.setting_keys()}
    assert {"pin", "timeouts.write", "store.path"} <= keys


def test_secrets_from_a_function(etims_sandbox: Sandbox) -> None:
    asked: list[tuple[str, str]] = []

    def secrets(environment: str, name: str) -> str:
        asked.append((environment, name))
        return SECRETS[name]

    with Device.open(environ=False, secrets=secrets, **etims_sandbox.settings()) as device:
        device.initialise()
    assert ("sandbox", "consumer_key") in asked


def test_secrets_of_another_shape_are_refused_at_once(etims_sandbox: Sandbox) -> None:
    secrets: Any = "hunter2"
    with pytest.raises(TypeError, match="a mapping or a function, not str"):
        Device.open(environ=False, secrets=secrets, **etims_sandbox.settings())


def test_a_function_that_fails_tells_no_secret(etims_sandbox: Sandbox) -> None:
    def secrets(environment: str, name: str) -> str:
        raise RuntimeError("hunter2 is the password")

    with pytest.raises(etims_sdk.ConfigError) as failed:
        Device.open(environ=False, secrets=secrets, **etims_sandbox.settings())
    assert "RuntimeError" in str(failed.value)
    assert "hunter2" not in str(failed.value)


def test_a_repr_shows_neither_pin_nor_secret(etims_sandbox: Sandbox, etims_device: Device) -> None:
    assert "P000070014N" not in repr(etims_device)
    assert "sandbox" in repr(etims_device)
    etims_device.close()
    assert "closed" in repr(etims_device)


def test_timeouts_are_seconds(stocked: Device) -> None:
    with pytest.raises(ValueError, match="seconds"):
        stocked.issue(sale(), timeout=-1)
    with pytest.raises(ValueError, match="seconds"):
        stocked.issue(sale(), timeout=float("nan"))
    assert stocked.issue(sale(), timeout=float("inf")).is_signed
    started = time.monotonic()
    assert stocked.wait("INV-2026-0042", timeout=None).is_signed
    assert time.monotonic() - started < 5


def test_receipts_without_a_device() -> None:
    answer = {
        "curRcptNo": 10,
        "totRcptNo": 10,
        "intrlData": "A" * 26,
        "rcptSign": "V249J39CFJ48HE2W".replace("9", "7").replace("8", "6"),
        "sdcDateTime": "20260917141000",
        "sdcId": "KRACU0400000001",
        "mrcNo": "WIS00000001",
    }
    seller = {"pin": "P000070014N", "trade_name": "Mwangaza"}
    text = etims_sdk.render(sale(), answer, seller=seller).decode()
    assert "KRACU0400000001/10" in text
    page = etims_sdk.render(sale(mode="proforma"), seller=seller, format="html").decode()
    assert "PROFORMA" in page
    with pytest.raises(etims_sdk.MisuseError, match="signed"):
        etims_sdk.render(sale(), seller=seller)
    with pytest.raises(etims_sdk.MisuseError, match="no option"):
        etims_sdk.render(sale(), answer, seller=seller, colour="red")


def test_addresses_of_others_are_read_strictly() -> None:
    good = "https://etims.kra.go.ke/common/link/etims/receipt/indexEtimsReceiptData?Data=P600004555A00FIYMCYL335SBB4U3"
    address = etims_sdk.verify_qr(good)
    assert address
    assert (address.environment, address.pin, address.branch) == ("production", "P600004555A", "00")
    bad = etims_sdk.verify_qr(good.replace("kra.go.ke", "kra.go.ke.example"))
    assert not bad
    assert bad.look_alike
    assert bad.refusal is not None
    assert "not KRA's" in bad.refusal
