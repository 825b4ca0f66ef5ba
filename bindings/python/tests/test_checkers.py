"""KRA's checkers, against a server that answers as GavaConnect does."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import pickle
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Optional

import pytest
from conftest import GavaConnect

import etims_sdk
from etims_sdk import AsyncCheckers, Buyer, Checkers
from etims_sdk.checkers import AnyBuyer

BUYER = "P000070014N"
DORMANT = "P000070028W"
UNKNOWN = "P000070035V"
NUMBER = "KRACU0100058659/5134"
DATE = dt.date(2026, 9, 17)


def opened(gava: GavaConnect, **changes: Any) -> Checkers:
    return Checkers.open(environ=False, secrets=gava.SECRETS, **gava.settings(**changes))


@pytest.fixture
def checkers(gavaconnect: GavaConnect) -> Iterator[Checkers]:
    with opened(gavaconnect) as checkers:
        yield checkers


def test_a_valid_pin_is_asked_once_and_then_remembered(gavaconnect: GavaConnect, checkers: Checkers) -> None:
    for spelled in (BUYER, " p000070014n ", BUYER):
        verdict = checkers.pin(spelled)
        assert verdict and verdict.valid
        assert (verdict.code, verdict.message) == ("23000", "Valid PIN")
        assert verdict.details is not None
        assert (verdict.details.pin, verdict.details.name) == (BUYER, "B***R LTD")
        assert (verdict.details.taxpayer_type, verdict.details.status) == ("Company", "Active")
        assert verdict.details.is_active is True
    assert gavaconnect.asked == [("/checker/v1/pinbypin", {"KRAPIN": BUYER})]
    assert gavaconnect.tokens == 1
    dormant = checkers.pin(DORMANT).details
    assert dormant is not None and dormant.is_active is False
    assert gavaconnect.tokens == 1


def test_what_kra_does_not_know_is_a_verdict(gavaconnect: GavaConnect, checkers: Checkers) -> None:
    for _ in range(2):
        verdict = checkers.pin(UNKNOWN)
        assert not verdict
        assert verdict == etims_sdk.Verdict(False, "19005", "Invalid PIN", None)
    assert not checkers.invoice(NUMBER, "2026-09-18")
    assert len(gavaconnect.asked) == 2


def test_invoices_are_exact(gavaconnect: GavaConnect, checkers: Checkers) -> None:
    # Late in the evening of UTC it is the next day in Nairobi.
    moment = dt.datetime(2026, 9, 16, 22, 30, tzinfo=dt.timezone.utc)
    for date in (DATE, "2026-09-17", moment, moment.isoformat()):
        invoice = checkers.invoice(NUMBER, date).details
        assert invoice is not None
        assert (invoice.total, invoice.taxable, invoice.tax) == (Decimal("1764"), Decimal("1520.69"), Decimal("243.31"))
        assert isinstance(invoice.total, Decimal)
        assert (invoice.line_count, invoice.supplier_pin, invoice.buyer_pin) == (3, "P000070007R", BUYER)
        assert (invoice.invoice_date, invoice.discount) == ("2026-09-17", None)
    assert gavaconnect.asked == [("/checker/v1/invoice", {"invoiceNumber": NUMBER, "invoiceDate": "2026-09-17"})]


def test_certificates_and_identity_documents(gavaconnect: GavaConnect, checkers: Checkers) -> None:
    certificate = checkers.tcc(BUYER, "KRATCC01")
    assert certificate.details is not None and certificate.details.pin == BUYER
    found = [
        checkers.pin_by_id("kenyan", "1"),
        checkers.pin_by_id("non_kenyan_resident", "2"),
        checkers.pin_by_id("non_kenyan_non_resident", "3"),
        checkers.pin_by_id("company", "4"),
    ]
    assert {verdict.details.pin for verdict in found if verdict.details} == {BUYER}
    assert found[0].details is not None and found[0].details.is_active is None
    assert gavaconnect.asked == [
        ("/v1/kra-tcc/validate", {"kraPIN": BUYER, "tccNumber": "KRATCC01"}),
        *[
            ("/checker/v1/pin", {"TaxpayerType": kind, "TaxpayerID": str(number)})
            for number, kind in enumerate(("KE", "NKE", "NKENR", "COMP"), 1)
        ],
    ]


@pytest.mark.parametrize(
    ("buyer", "found"),
    [
        (Buyer(pin=BUYER, name="Buyer Limited"), []),
        ({"pin": BUYER, "name": "Ltd. B***R"}, []),
        ({"pin": BUYER, "name": "Somebody Else", "phone": "0700000000"}, ["other_name"]),
        (json.dumps({"pin": DORMANT, "name": "Closed Shop"}), ["inactive"]),
        (Buyer(pin=UNKNOWN), ["unknown"]),
        (Buyer(pin="P000070035A"), ["unknown", "check_letter"]),
        (Buyer(pin="X000070035V"), ["unknown", "unusual_prefix"]),
        (Buyer(name="Walk in"), []),
        (None, []),
    ],
)
def test_a_buyer_before_the_invoice(
    gavaconnect: GavaConnect, checkers: Checkers, buyer: Optional[AnyBuyer], found: list[str]
) -> None:
    findings = checkers.buyer(buyer)
    assert [finding.name for finding in findings] == found
    assert all(str(finding) == finding.sentence and len(finding.sentence) > 10 for finding in findings)


def test_what_cannot_be_such_a_thing_is_not_asked(gavaconnect: GavaConnect, checkers: Checkers) -> None:
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: checkers.pin("P0007"), "pin: .*11 characters"),
        (lambda: checkers.tcc("P0007", "1"), "pin: .*11 characters"),
        (lambda: checkers.tcc(BUYER, " "), "number: .*up to 40"),
        (lambda: checkers.pin_by_id("martian", "1"), "kind: is one of kenyan"),  # type: ignore[arg-type]
        (lambda: checkers.pin_by_id("company", "a\nb"), "id: .*up to 40"),
        (lambda: checkers.invoice("41", DATE), "number: .*KRACU0100058659/5134"),
        (lambda: checkers.invoice(NUMBER, "17.9.2026"), "date: .*2026-09-17"),
        (lambda: checkers.invoice(NUMBER, dt.datetime(2026, 9, 17, 1)), "date: .*offset"),
    ]
    for call, words in wrong:
        with pytest.raises(etims_sdk.MisuseError, match=words) as misused:
            call()
        assert misused.value.code == "BAD_ARGUMENT"
    with pytest.raises(TypeError, match="date"):
        checkers.invoice(NUMBER, 20260917)  # type: ignore[arg-type]
    with pytest.raises(etims_sdk.ValidationError) as invalid:
        checkers.buyer({"pin": "P0007", "nmae": "Buyer"})
    assert [found.path for found in invalid.value.violations] == ["pin", "nmae"]
    with pytest.raises(etims_sdk.ValidationError) as unreadable:
        checkers.buyer(BUYER)
    assert unreadable.value.code == "UNREADABLE_DOCUMENT"
    assert (gavaconnect.asked, gavaconnect.tokens) == ([], 0)


@pytest.mark.parametrize(
    ("status", "text", "code", "words"),
    [
        (400, '{"ResponseCode":"400","Message":"Parameter missing","Status":"NOK"}', "REFUSED", "Parameter missing"),
        (400, '{"ErrorCode":"90210","ErrorMessage":"Bad day"}', "REFUSED", "90210: Bad day"),
        (
            403,
            '{"fault":{"faultstring":"Invalid ApiKey","detail":{"errorcode":"x"}}}',
            "NOT_AUTHORISED",
            "subscribed",
        ),
        (503, '{"fault":{"faultstring":"The Service is unavailable"}}', "THROTTLED", "just now"),
        (200, '{"responseCode":"40005","responseDesc":"try later"}', "THROTTLED", "try later"),
        (200, "<html>portal</html>", "UNREADABLE_ANSWER", "not one of KRA's checkers"),
    ],
)
def test_answers_that_are_no_verdict(
    gavaconnect: GavaConnect, checkers: Checkers, status: int, text: str, code: str, words: str
) -> None:
    gavaconnect.instead = (status, text)
    with pytest.raises(etims_sdk.EtimsError, match=words) as failed:
        checkers.pin(BUYER)
    error = failed.value
    assert (error.code, error.delivery) == (code, "answered")
    assert isinstance(error, etims_sdk.RefusedError if code == "REFUSED" else etims_sdk.TransportError)
    gavaconnect.instead = None
    assert checkers.pin(BUYER), "no failure is remembered"


def test_refused_credentials(gavaconnect: GavaConnect) -> None:
    wrong = {**gavaconnect.SECRETS, "consumer_secret": "planted-other-secret"}
    with Checkers.open(environ=False, secrets=wrong, **gavaconnect.settings()) as checkers:
        with pytest.raises(etims_sdk.TransportError, match="consumer key and secret") as refused:
            checkers.pin(BUYER)
    assert (refused.value.code, refused.value.delivery) == ("NOT_AUTHORISED", "not_sent")
    assert not refused.value.retryable
    assert "planted" not in f"{refused.value!r} {refused.value}"
    assert gavaconnect.asked == []


def test_kra_cannot_be_reached(gavaconnect: GavaConnect) -> None:
    """Before there is a token, and with one."""
    with opened(gavaconnect) as without, opened(gavaconnect) as checkers:
        checkers.pin(BUYER)
        gavaconnect.stop()
        for asking, pin in ((without, BUYER), (checkers, DORMANT)):
            with pytest.raises(etims_sdk.TransportError) as failed:
                asking.pin(pin)
            assert (failed.value.code, failed.value.delivery) == ("NOT_REACHABLE", "not_sent")
            assert failed.value.retryable
        assert checkers.pin(BUYER), "what is remembered needs no network"


def test_an_answer_that_does_not_come(gavaconnect: GavaConnect) -> None:
    with opened(gavaconnect, timeouts={"look_up": 0.5}) as checkers:
        checkers.pin(DORMANT)
        gavaconnect.delay = 2
        with pytest.raises(etims_sdk.TransportError) as failed:
            checkers.pin(BUYER)
    assert (failed.value.code, failed.value.delivery) == ("ANSWER_LOST", "maybe_delivered")
    assert failed.value.retryable


def test_other_threads_run_while_kra_thinks(gavaconnect: GavaConnect, checkers: Checkers) -> None:
    gavaconnect.delay = 0.5
    counted = 0
    told: list[object] = []
    waiting = threading.Thread(target=lambda: told.append(checkers.pin(BUYER)))
    waiting.start()
    started = time.monotonic()
    while time.monotonic() - started < 0.3:
        counted += 1
    assert told == []
    waiting.join()
    assert counted > 100_000, "the waiting thread held the GIL"
    assert told == [checkers.pin(BUYER)]


def test_secrets_from_a_function(gavaconnect: GavaConnect) -> None:
    asked = []

    def known(environment: str, name: str) -> str:
        asked.append((environment, name))
        return gavaconnect.SECRETS[name]

    def unknown(environment: str, name: str) -> Optional[str]:
        return None

    def broken(environment: str, name: str) -> str:
        raise KeyError("planted-checker-secret")

    with Checkers.open(environ=False, secrets=known, **gavaconnect.settings()) as checkers:
        assert checkers.pin(BUYER)
    assert asked == [("sandbox", name) for name in ("app_id", "consumer_key", "consumer_secret")]
    for function, words in ((unknown, "the function gave None"), (broken, "the function raised KeyError")):
        with pytest.raises(etims_sdk.ConfigError, match=words) as missing:
            Checkers.open(environ=False, secrets=function, **gavaconnect.settings())
        assert "planted" not in str(missing.value)


def test_settings_from_a_file_and_their_mistakes(gavaconnect: GavaConnect, tmp_path: Path) -> None:
    path = tmp_path / "etims.toml"
    path.write_text(
        f'pin = "P000070007R"\nserial = "S1"\n[hosts]\n'
        f'token = "{gavaconnect.url}/v1/token/generate"\ncheckers = "{gavaconnect.url}"\n'
    )
    with Checkers.open(path, environ=False, secrets=gavaconnect.SECRETS, checkers={"keep": "0.00001"}) as checkers:
        assert checkers.pin(BUYER)
        time.sleep(0.1)
        assert checkers.pin(BUYER)
        assert len(gavaconnect.asked) == 2, "kept for 36 ms"
    with pytest.raises(etims_sdk.ConfigError, match="colour"):
        Checkers.open(path, environ=False, secrets=gavaconnect.SECRETS, colour="red")
    with pytest.raises(etims_sdk.ConfigError, match="production"):
        Checkers.open(path, environ=False, secrets=gavaconnect.SECRETS, hosts={"checkers": "https://api.kra.go.ke"})


def test_closed_checkers_say_so(gavaconnect: GavaConnect, checkers: Checkers) -> None:
    checkers.pin(BUYER)
    assert not checkers.closed
    checkers.close()
    checkers.close()
    assert checkers.closed
    with pytest.raises(etims_sdk.MisuseError, match="checkers were closed") as closed:
        checkers.pin(BUYER)
    assert closed.value.code == "CLOSED"


def test_a_repr_ends_in_logs(checkers: Checkers) -> None:
    assert repr(checkers) == "<Checkers P00*****7R>"
    assert repr(AsyncCheckers.of(checkers)) == "<AsyncCheckers P00*****7R>"
    shown = [repr(checkers.pin(BUYER)), repr(checkers.invoice(NUMBER, DATE)), repr(checkers.buyer(Buyer(pin=UNKNOWN)))]
    assert "valid=True" in shown[0] and "name='unknown'" in shown[2]
    assert not any(hidden in "".join(shown) for hidden in (BUYER, UNKNOWN, "B***R", "KILIMANI", "1764"))
    for handle in (checkers, AsyncCheckers.of(checkers)):
        with pytest.raises(TypeError, match=r"Checkers\.open in the other process"):
            pickle.dumps(handle)


def test_a_forked_child_asks_for_itself(gavaconnect: GavaConnect, checkers: Checkers) -> None:
    checkers.pin(BUYER)
    child = os.fork()
    if child == 0:
        try:
            assert checkers.pin(BUYER) and not checkers.pin(UNKNOWN)
            checkers.close()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    deadline = time.monotonic() + 30
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
        assert time.monotonic() < deadline, "the child hangs"
        time.sleep(0.02)
    assert os.waitstatus_to_exitcode(ended[1]) == 0
    assert (gavaconnect.tokens, len(gavaconnect.asked)) == (2, 3)
    assert checkers.pin(BUYER)
    assert len(gavaconnect.asked) == 3, "the parent remembers"


def test_event_loops_ask_the_same(gavaconnect: GavaConnect, checkers: Checkers) -> None:
    async def scene() -> None:
        opening = AsyncCheckers.open(environ=False, secrets=gavaconnect.SECRETS, **gavaconnect.settings())
        async with opening as own:
            for asking in (own, AsyncCheckers.of(checkers)):
                known, unknown = await asyncio.gather(asking.pin(BUYER), asking.pin(UNKNOWN))
                assert (known, unknown) == (checkers.pin(BUYER), checkers.pin(UNKNOWN))
                assert await asking.pin_by_id("kenyan", "1") == checkers.pin_by_id("kenyan", "1")
                assert await asking.tcc(BUYER, "1") == checkers.tcc(BUYER, "1")
                assert await asking.invoice(NUMBER, DATE) == checkers.invoice(NUMBER, DATE)
                assert await asking.buyer(Buyer(pin=DORMANT)) == checkers.buyer(Buyer(pin=DORMANT))
                with pytest.raises(etims_sdk.MisuseError):
                    await asking.pin("P0007")
        assert own.closed and not checkers.closed
        with pytest.raises(etims_sdk.MisuseError, match="closed"):
            await own.pin(BUYER)

    asyncio.run(scene())


def test_cancelling_keeps_the_verdict(gavaconnect: GavaConnect, checkers: Checkers) -> None:
    gavaconnect.delay = 0.4

    async def scene() -> None:
        asking = AsyncCheckers.of(checkers)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asking.pin(BUYER), 0.1)
        task = asyncio.create_task(asking.pin(UNKNOWN))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.8)
        gavaconnect.delay = 5
        assert await asyncio.wait_for(asking.pin(BUYER), 1)
        assert not await asyncio.wait_for(asking.pin(UNKNOWN), 1)

    asyncio.run(scene())
    assert len(gavaconnect.asked) == 2


def test_every_method_is_there_for_event_loops_and_documented() -> None:
    methods = {name for name in dir(Checkers) if not name.startswith("_")}
    assert methods | {"of"} == {name for name in dir(AsyncCheckers) if not name.startswith("_")}
    for name in methods:
        assert getattr(Checkers, name).__doc__, name
        assert getattr(AsyncCheckers, name).__doc__ == getattr(Checkers, name).__doc__ or name == "closed", name
