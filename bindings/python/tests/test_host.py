"""Inside somebody else's process: threads, signals, forks, interpreters."""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Optional
from urllib.request import urlopen

import pytest
from conftest import sale

import etims_sdk
from etims_sdk import Device, _native
from etims_sdk.sandbox import SECRETS, Sandbox

TESTS = Path(__file__).parent


@pytest.fixture
def stocked(etims_sandbox: Sandbox, etims_device: Device) -> Device:
    etims_sandbox.stock_up(etims_device, sale(), quantity=1_000_000)
    return etims_device


def python(code: str, *arguments: str, timeout: float = 60, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs a program of its own."""
    command = [sys.executable, "-c", textwrap.dedent(code), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=TESTS, **options)


def test_importing_starts_nothing() -> None:
    ran = python(
        """
        import os, threading
        before = len(os.listdir("/proc/self/task")), set(os.listdir("/proc/self/fd"))
        import etims_sdk, etims_sdk.device, etims_sdk.aio, etims_sdk.sandbox, etims_sdk.pytest_plugin
        etims_sdk.check({})
        assert (len(os.listdir("/proc/self/task")), set(os.listdir("/proc/self/fd"))) == before
        assert threading.active_count() == 1
        """
    )
    assert ran.returncode == 0, ran.stderr


def test_other_threads_run_while_kra_thinks(etims_sandbox: Sandbox, stocked: Device) -> None:
    etims_sandbox.delay_next_answer(seconds=0.5)
    counted = 0
    waiting = threading.Thread(target=stocked.issue, args=(sale(),))
    waiting.start()
    started = time.monotonic()
    while time.monotonic() - started < 0.3:
        counted += 1
    waiting.join()
    assert counted > 100_000, "the waiting thread held the GIL"


def test_many_threads_on_one_device(etims_sandbox: Sandbox, stocked: Device) -> None:
    trouble: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for index in range(10):
                reference = f"INV-{worker}-{index}"
                assert stocked.issue(sale(reference=reference)).is_signed
                assert stocked.receipt(reference).total == 1160
        except BaseException as error:
            trouble.append(error)

    workers = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert trouble == []
    ledger = etims_sandbox.ledger()
    assert [row.invoice_number for row in ledger] == list(range(1, 81))
    assert len({row.trader_invoice_number for row in ledger}) == 80


CTRL_C = """
from conftest import interrupted, sale
from etims_sdk.sandbox import Sandbox
with Sandbox() as kra, kra.device() as device:
    kra.stock_up(device, sale())
    kra.delay_next_answer(seconds=3)
    def work():
        WAIT
    print(interrupted(work))
    assert device.wait("INV-2026-0042").is_signed
    print("signed", len(kra.ledger()))
"""


def heard_ctrl_c(printed: str) -> bool:
    word, seconds = printed.split()
    return word == "after" and float(seconds) < 0.3


@pytest.mark.parametrize(
    "waiting",
    [
        "device.issue(sale())",
        "device.submit(sale()); device.wait('INV-2026-0042', timeout=None)",
        "events = device.events(); device.submit(sale()); list(events)",
        "import asyncio; from etims_sdk import AsyncDevice; asyncio.run(AsyncDevice.of(device).issue(sale()))",
    ],
    ids=["issue", "wait", "events", "asyncio"],
)
def test_ctrl_c_is_heard_and_loses_nothing(waiting: str) -> None:
    ran = python(CTRL_C.replace("WAIT", waiting))
    assert ran.returncode == 0, ran.stderr
    interrupted, signed = ran.stdout.splitlines()
    assert heard_ctrl_c(interrupted), ran.stdout
    assert signed == "signed 1"


LOCKED = """
import subprocess, sys, time
from conftest import interrupted, sale
from etims_sdk import EtimsError
from etims_sdk.sandbox import Sandbox
with Sandbox() as kra, kra.device(sys.argv[1]) as device:
    kra.stock_up(device, sale())
    hold = "import sqlite3, sys; other = sqlite3.connect(sys.argv[1], isolation_level=None);"
    hold += "other.execute('BEGIN IMMEDIATE'); print('held', flush=True); input()"
    command = [sys.executable, "-c", hold, sys.argv[1] + "/store/shop.db"]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "held\\n"
    print(interrupted(lambda: device.submit(sale())))
    other.communicate("let go\\n")
    while True:
        try:
            print("signed" if device.wait("INV-2026-0042").is_signed else "not signed", len(kra.ledger()))
            break
        except EtimsError as error:
            assert error.code == "UNKNOWN_REFERENCE", error
            time.sleep(0.05)
"""


def test_ctrl_c_is_heard_while_another_process_has_the_store(tmp_path: Path) -> None:
    ran = python(LOCKED, str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    interrupted, signed = ran.stdout.splitlines()
    assert heard_ctrl_c(interrupted), ran.stdout
    assert signed == "signed 1"


SLOW_SECRETS = """
import sys, time
from conftest import interrupted
from etims_sdk import Device
from etims_sdk.sandbox import SECRETS, Sandbox
asked = []
def from_afar(environment, name):
    asked.append(name)
    time.sleep(2)
    return SECRETS[name]
with Sandbox() as kra:
    settings = kra.settings(sys.argv[1])
    print(interrupted(lambda: Device.open(secrets=from_afar, environ=False, **settings)))
    print("asked", len(asked))
"""


def test_ctrl_c_is_heard_while_a_device_is_opened(tmp_path: Path) -> None:
    ran = python(SLOW_SECRETS, str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    interrupted, asked = ran.stdout.splitlines()
    assert heard_ctrl_c(interrupted), ran.stdout
    assert asked == "asked 1"


def test_a_killed_process_loses_nothing(etims_sandbox: Sandbox, tmp_path: Path) -> None:
    """SIGKILL at any moment, eight times: what a ticket was printed for is signed in the end, once."""
    settings = etims_sandbox.settings(tmp_path)
    with Device.open(environ=False, secrets=SECRETS, **settings) as device:
        device.initialise()
        # However fast the machine is.
        etims_sandbox.stock_up(device, sale(), quantity=1_000_000)
    program = """
        import itertools, json, os
        from conftest import sale
        from etims_sdk import Device
        from etims_sdk.sandbox import SECRETS
        device = Device.open(environ=False, secrets=SECRETS, **json.loads(os.environ["SHOP"]))
        for index in itertools.count():
            print(device.submit(sale(reference=f"{os.environ['ROUND']}-{index}")).reference, flush=True)
        """
    promised = []
    for number in range(8):
        environment = {**os.environ, "SHOP": json.dumps(settings, default=str), "ROUND": f"R{number}"}
        command = [sys.executable, "-c", textwrap.dedent(program)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=TESTS, env=environment) as running:
            assert running.stdout is not None
            promised.append(running.stdout.readline().strip())
            time.sleep(0.02 * number)
            running.kill()
            promised += running.stdout.read().split()
    with Device.open(environ=False, secrets=SECRETS, **settings) as device:
        for reference in promised:
            assert device.wait(reference).is_signed
        while device.counts().get("queued", 0) + device.counts().get("in_flight", 0):
            time.sleep(0.05)
    ledger = [row.trader_invoice_number for row in etims_sandbox.ledger()]
    assert len(set(ledger)) == len(ledger)
    assert set(promised) <= set(ledger)
    assert [row.invoice_number for row in etims_sandbox.ledger()] == list(range(1, len(ledger) + 1))


def in_child(work: Any) -> int:
    """Forks, does the work in the child and gives its exit code: 0 when all went well."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("the child hangs")


def test_a_forked_child_goes_on_with_the_device(etims_sandbox: Sandbox, stocked: Device) -> None:
    stocked.issue(sale(reference="PARENT-1"))

    def child() -> None:
        assert stocked.issue(sale(reference="CHILD-1")).is_signed
        assert stocked.status("PARENT-1").is_signed
        stocked.close()

    assert in_child(child) == 0
    assert stocked.issue(sale(reference="PARENT-2")).is_signed
    assert [row.trader_invoice_number for row in etims_sandbox.ledger()] == ["PARENT-1", "CHILD-1", "PARENT-2"]


def test_parent_and_children_issue_side_by_side(etims_sandbox: Sandbox, stocked: Device) -> None:
    def issue(who: str) -> None:
        for index in range(10):
            assert stocked.issue(sale(reference=f"{who}-{index}")).is_signed

    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            try:
                issue(f"CHILD{number}")
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        children.append(child)
    issue("PARENT")
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
    ledger = etims_sandbox.ledger()
    assert [row.invoice_number for row in ledger] == list(range(1, 41))
    assert len({row.trader_invoice_number for row in ledger}) == 40


def test_a_fork_in_the_middle_of_a_call(etims_sandbox: Sandbox, stocked: Device) -> None:
    """Threads of the parent hold locks that nobody in the child will ever release."""
    stop = threading.Event()

    def busy(worker: int) -> None:
        index = 0
        while not stop.is_set():
            stocked.issue(sale(reference=f"BUSY-{worker}-{index}"))
            index += 1

    workers = [threading.Thread(target=busy, args=(worker,)) for worker in range(3)]
    for worker in workers:
        worker.start()
    try:
        for attempt in range(8):
            time.sleep(0.03)

            def child(attempt: int = attempt) -> None:
                assert stocked.issue(sale(reference=f"FORK-{attempt}")).is_signed

            assert in_child(child) == 0
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    ledger = etims_sandbox.ledger()
    assert [row.invoice_number for row in ledger] == list(range(1, len(ledger) + 1))
    assert len({row.trader_invoice_number for row in ledger}) == len(ledger)
    assert {f"FORK-{attempt}" for attempt in range(8)} <= {row.trader_invoice_number for row in ledger}


def test_a_child_that_only_exits_leaves_the_parents_device_alone() -> None:
    """The child's interpreter frees every object on its way out."""
    ran = python(
        """
        import os, sys
        from conftest import sale
        from etims_sdk.sandbox import Sandbox
        with Sandbox() as kra, kra.device() as device:
            kra.stock_up(device, sale())
            events = device.events()
            if os.fork() == 0:
                del events, device, kra
                sys.exit(0)
            assert os.wait()[1] == 0
            assert device.issue(sale()).is_signed
            assert len(kra.ledger()) == 1
        """
    )
    assert ran.returncode == 0, ran.stderr


def test_what_belongs_to_the_parent_says_so_in_the_child(etims_sandbox: Sandbox, stocked: Device) -> None:
    events = stocked.events()
    call = stocked._native.identity()

    def child() -> None:
        for use in (lambda: next(events), etims_sandbox.ledger, call.result):
            with pytest.raises(etims_sdk.MisuseError) as forked:
                use()
            assert forked.value.code == "FORKED"

    assert in_child(child) == 0
    assert call.result() is not None


def _in_pool(reference: str) -> bool:
    assert _shared is not None
    return _shared.issue(sale(reference=reference)).is_signed


_shared: Optional[Device] = None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_multiprocessing_with_an_open_device(etims_sandbox: Sandbox, stocked: Device) -> None:
    global _shared
    _shared = stocked
    stocked.issue(sale(reference="FIRST"))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert all(pool.map(_in_pool, [f"POOL-{index}" for index in range(10)]))
    assert len(etims_sandbox.ledger()) == 11
    with pytest.raises(TypeError, match=r"call Device\.open in the other process"):
        pickle.dumps(stocked)


GUNICORN = """
import os
from conftest import sale
from etims_sdk import Device
from etims_sdk.sandbox import SECRETS
import json

device = Device.open(environ=False, secrets=SECRETS, **json.loads(os.environ["SHOP"]))
device.issue(sale(reference="PRELOADED"))

def application(environ, start_response):
    reference = environ["PATH_INFO"].strip("/")
    signed = device.issue(sale(reference=reference)).is_signed
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {signed}".encode()]
"""


def test_gunicorn_with_preload(etims_sandbox: Sandbox, tmp_path: Path) -> None:
    settings = etims_sandbox.settings(tmp_path / "device")
    with Device.open(environ=False, secrets=SECRETS, **settings) as device:
        device.initialise()
        etims_sandbox.stock_up(device, sale())
    (tmp_path / "shop.py").write_text(GUNICORN)
    socket = tmp_path / "port"
    environment = {
        **os.environ,
        "SHOP": json.dumps(settings, default=str),
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{TESTS}",
    }
    config = tmp_path / "gunicorn.conf.py"
    config.write_text(
        f"def when_ready(server):\n    open({str(socket)!r}, 'w').write(str(server.LISTENERS[0].getsockname()[1]))\n"
    )
    command = [sys.executable, "-m", "gunicorn", "--preload", "-w", "3", "-b", "127.0.0.1:0", "-c", str(config), "shop"]
    log = (tmp_path / "log").open("w")
    server = subprocess.Popen([*command[:-1], "shop:application"], env=environment, stderr=log, cwd=tmp_path)
    try:
        deadline = time.monotonic() + 30
        while not (socket.exists() and socket.read_text()):
            assert server.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.05)
        port = socket.read_text()

        def call(index: int) -> list[str]:
            with urlopen(f"http://127.0.0.1:{port}/WEB-{index}", timeout=60) as answer:
                words: list[str] = answer.read().decode().split()
                return words

        with ThreadPoolExecutor(6) as callers:
            answers = list(callers.map(call, range(24)))
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()
    assert all(signed == "True" for _, signed in answers), (tmp_path / "log").read_text()
    assert str(server.pid) not in {process for process, _ in answers}
    ledger = etims_sandbox.ledger()
    assert [row.invoice_number for row in ledger] == list(range(1, 26))
    assert len({row.trader_invoice_number for row in ledger}) == 25


@pytest.mark.parametrize("at_once", [True, False])
def test_no_panic_gets_out(at_once: bool) -> None:
    with pytest.raises(etims_sdk.InternalError) as caught:
        _native._panic(at_once).result()
    assert caught.value.code == "INTERNAL"
    assert "provoked" in str(caught.value)


@pytest.mark.parametrize("kind", ["legacy", "isolated"])
def test_a_sub_interpreter_is_refused_with_words(kind: str) -> None:
    """Before Python 3.12 there is one kind, under another name."""
    modern = importlib.util.find_spec("_interpreters") is not None
    if not modern and importlib.util.find_spec("_xxsubinterpreters") is None:
        pytest.skip("this Python has no sub-interpreters")
    script = """if True:
        try:
            import etims_sdk
            print("imported", flush=True)
        except ImportError as error:
            print("refused:", error, flush=True)
        """
    module, create = ("_interpreters", f"create({kind!r})") if modern else ("_xxsubinterpreters", "create()")
    ran = python(
        f"import {module} as interpreters, etims_sdk\ninterpreters.run_string(interpreters.{create}, {script!r})\n"
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("refused:"), ran.stdout + ran.stderr
    assert "interpreter" in ran.stdout


def test_an_open_device_does_not_keep_the_process_alive(etims_sandbox: Sandbox) -> None:
    started = time.monotonic()
    ran = python(
        """
        from conftest import sale
        from etims_sdk.sandbox import Sandbox
        kra = Sandbox()
        device = kra.device()
        kra.stock_up(device, sale())
        device.submit(sale())
        events = device.events()
        """
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert time.monotonic() - started < 20


def test_callbacks_after_the_interpreter_began_to_end() -> None:
    ran = python(
        """
        import asyncio
        from conftest import sale
        from etims_sdk import AsyncDevice
        from etims_sdk.sandbox import Sandbox
        kra = Sandbox()
        device = kra.device()
        kra.stock_up(device, sale())
        kra.delay_next_answer(seconds=0.2)
        async def scene():
            asyncio.ensure_future(AsyncDevice.of(device).issue(sale()))
            await asyncio.sleep(0.05)
        asyncio.run(scene())
        """
    )
    assert ran.returncode == 0, ran.stderr
