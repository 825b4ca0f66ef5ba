"""Every error code, brought about as a caller would meet it, and caught as its class."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import line, sale

import etims_sdk
from etims_sdk import Device, EtimsError, _native, errors
from etims_sdk.sandbox import PIN, SECRETS, Sandbox

SCENES: dict[str, Callable[[Sandbox, Path], None]] = {}
#: What no test can bring about from outside: raised by the compiled half on request.
ON_REQUEST = {
    # The VSCU has to be silent for a day.
    "OFFLINE_TOO_LONG",
    # Needs a second process that takes the lease between two statements.
    "STORE_BUSY",
    # Needs a full disk.
    "STORE_FULL",
    # Needs credentials apart from the settings, which only Rust takes.
    "WRONG_ENVIRONMENT",
}


def scene(work: Callable[[Sandbox, Path], None]) -> Callable[[Sandbox, Path], None]:
    SCENES[work.__name__.upper()] = work
    return work


@pytest.mark.parametrize("code", [row[0] for row in _native.error_codes()])
def test_every_code_is_raised_by_the_compiled_half(code: str) -> None:
    (row,) = [row for row in _native.error_codes() if row[0] == code]
    with pytest.raises(EtimsError) as raised:
        _native._provoke(code)
    error = raised.value
    assert type(error) is errors.KINDS[row[1]]
    assert (error.code, error.retryable, str(error), error.next_step) == (code, *row[2:])


def test_every_code_has_a_scene_or_a_reason() -> None:
    codes = {row[0] for row in _native.error_codes()}
    assert set(SCENES) | ON_REQUEST == codes
    assert not set(SCENES) & ON_REQUEST


def open_device(kra: Sandbox, folder: Path, **changes: Any) -> Device:
    """A device on a store of its own, not initialised."""
    return Device.open(environ=False, secrets=SECRETS, **kra.settings(folder, **changes))


def stocked(kra: Sandbox, folder: Path, **changes: Any) -> Device:
    device = kra.device(folder, **changes)
    kra.stock_up(device, sale())
    return device


@scene
def invalid_document(kra: Sandbox, folder: Path) -> None:
    etims_sdk.compute({})


@scene
def unreadable_document(kra: Sandbox, folder: Path) -> None:
    etims_sdk.compute("{'single': 'quotes'}")


@scene
def refused(kra: Sandbox, folder: Path) -> None:
    with kra.device(folder) as device:
        device.issue(sale(lines=[line(item_code="KE2NTNO0000999")]))


@scene
def server_fault(kra: Sandbox, folder: Path) -> None:
    with stocked(kra, folder, timeouts={"write": 1, "look_up": 1}) as device:
        kra.inject("server_error", every=1, operation="save_sale", status=500, recorded=False)
        device.submit(sale())
        for _ in range(60):
            device.hurry()
            if not device.wait("INV-2026-0042", timeout=0.5).is_pending:
                return


@scene
def not_initialised(kra: Sandbox, folder: Path) -> None:
    with open_device(kra, folder) as device:
        device.submit(sale())


@scene
def already_installed(kra: Sandbox, folder: Path) -> None:
    kra.device(folder / "first", serial="S1").close()
    with open_device(kra, folder / "second", serial="S1") as device:
        device.initialise()


@scene
def device_corrupted(kra: Sandbox, folder: Path) -> None:
    kra.device(folder / "first", serial="S1").close()
    for place in ("second", "third", "fourth"):
        with open_device(kra, folder / place, serial="S1") as device:
            try:
                device.initialise()
            except EtimsError as error:
                if error.code != "ALREADY_INSTALLED":
                    raise


@scene
def invalid_device(kra: Sandbox, folder: Path) -> None:
    kra.device(folder / "real", serial="S1").close()
    with open_device(kra, folder / "adopted", serial="S2") as device:
        device.adopt(sdc_id="KRACU0400000099", last_invoice=0, last_stock_movement=0, communication_key="0" * 40)
        device.codes()


@scene
def initialise_interrupted(kra: Sandbox, folder: Path) -> None:
    with open_device(kra, folder, timeouts={"write": 1, "look_up": 1}) as device:
        kra.inject("lose_answer", operation="init")
        with pytest.raises(EtimsError):
            device.initialise()
        device.initialise()


@scene
def store_restored(kra: Sandbox, folder: Path) -> None:
    stocked(kra, folder).close()
    shutil.copy(folder / "store" / "shop.db", folder / "copy")
    with kra.device(folder) as device:
        device.issue(sale())
    shutil.copy(folder / "copy", folder / "store" / "shop.db")
    with kra.device(folder) as device:
        device.issue(sale(reference="INV-2026-0043"))


@scene
def key_unreadable(kra: Sandbox, folder: Path) -> None:
    settings = kra.settings(folder, serial="S1")
    with Device.open(environ=False, secrets=SECRETS, **settings) as device:
        device.initialise()
    Path(settings["vault"]["key_file"]).unlink()
    with kra.device(folder / "other"):
        shutil.copy(folder / "other" / "keys" / "vault.key", settings["vault"]["key_file"])
    Device.open(environ=False, secrets=SECRETS, **settings)


@scene
def conflict(kra: Sandbox, folder: Path) -> None:
    """Another system on the same device takes our number while our own answer is lost."""
    with stocked(kra, folder) as device:
        kra.let_foreigner_write()
        kra.lose_next_answer()
        device.issue(sale())


@scene
def foreign_writer(kra: Sandbox, folder: Path) -> None:
    with stocked(kra, folder) as device:
        kra.call_next_a_duplicate()
        device.issue(sale())


@scene
def counter_unstable(kra: Sandbox, folder: Path) -> None:
    with stocked(kra, folder) as device:
        kra.inject("counter_drift", every=1, by=3)
        device.issue(sale())


@scene
def receipt_unknown(kra: Sandbox, folder: Path) -> None:
    """A VSCU cannot be asked what became of an invoice."""
    with stocked(kra, folder, dialect="vscu") as device:
        kra.lose_next_answer()
        device.issue(sale())


@scene
def not_reachable(kra: Sandbox, folder: Path) -> None:
    with kra.device(folder) as device:
        kra.stop()
        device.codes()


@scene
def answer_lost(kra: Sandbox, folder: Path) -> None:
    with kra.device(folder, timeouts={"write": 5, "look_up": 1}) as device:
        kra.inject("lose_answer", every=1, operation="item_list")
        device.items()


@scene
def not_authorised(kra: Sandbox, folder: Path) -> None:
    with Sandbox(credentials=("key", "secret")) as strict, open_device(strict, folder) as device:
        device.initialise()


@scene
def throttled(kra: Sandbox, folder: Path) -> None:
    with kra.device(folder) as device:
        kra.inject("too_many_requests", every=1, operation="item_list")
        device.items()


@scene
def unreadable_answer(kra: Sandbox, folder: Path) -> None:
    with kra.device(folder) as device:
        kra.inject("html_page", every=1, operation="item_list", recorded=False)
        device.items()


@scene
def store_corrupt(kra: Sandbox, folder: Path) -> None:
    with stocked(kra, folder, serial="S1") as device:
        device.issue(sale())
    path = folder / "store" / "shop.db"
    path.write_bytes(os.urandom(path.stat().st_size))
    open_device(kra, folder, serial="S1")


@scene
def store_failed(kra: Sandbox, folder: Path) -> None:
    (folder / "file").touch()
    open_device(kra, folder, store={"path": folder / "file" / "shop.db"})


@scene
def invalid_config(kra: Sandbox, folder: Path) -> None:
    Device.open(environ=False, colour="red")


@scene
def bad_argument(kra: Sandbox, folder: Path) -> None:
    etims_sdk.compute(sale(), rates={"Z": 1})  # type: ignore[dict-item]


@scene
def unsupported(kra: Sandbox, folder: Path) -> None:
    with kra.device(folder, dialect="vscu") as device:
        device.invoice(1)


@scene
def reference_taken(kra: Sandbox, folder: Path) -> None:
    with stocked(kra, folder) as device:
        device.submit(sale())
        device.submit(sale(lines=[line(quantity="3")]))


@scene
def unknown_reference(kra: Sandbox, folder: Path) -> None:
    with kra.device(folder) as device:
        device.status("INV-404")


@scene
def not_possible_now(kra: Sandbox, folder: Path) -> None:
    with stocked(kra, folder) as device:
        device.issue(sale())
        device.cancel("INV-2026-0042")


@scene
def not_signed_yet(kra: Sandbox, folder: Path) -> None:
    with stocked(kra, folder) as device:
        kra.inject("server_error", every=1, status=503)
        device.submit(sale())
        device.receipt("INV-2026-0042")


@scene
def closed(kra: Sandbox, folder: Path) -> None:
    device = kra.device(folder)
    device.close()
    device.status("INV-1")


@scene
def forked(kra: Sandbox, folder: Path) -> None:
    """In the child; its exit code says how it went."""
    with kra.device(folder) as device:
        events = device.events()
        child = os.fork()
        if child == 0:
            try:
                next(events)
            except EtimsError as error:
                os._exit(0 if error.code == "FORKED" and isinstance(error, errors.MisuseError) else 1)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    _native._provoke("FORKED")


@scene
def internal(kra: Sandbox, folder: Path) -> None:
    _native._panic().result()


@pytest.mark.parametrize("code", SCENES)
def test_a_scene_ends_with_its_error(code: str, etims_sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(EtimsError) as raised:
        SCENES[code](etims_sandbox, tmp_path)
    error = raised.value
    assert error.code == code, error
    assert type(error) is errors.KINDS[error.kind]
    assert error.next_step
    assert str(error)
    shown = f"{error!r} {error}"
    assert PIN not in shown
    assert all(secret not in shown for secret in SECRETS.values())
