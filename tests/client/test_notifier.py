"""Callbacks of the user: in order, one at a time, and none of them able to harm the others."""

from __future__ import annotations

import asyncio
import logging

import pytest

from natstui.client import notifier as module
from natstui.client.notifier import Notifier


class Calls:
    """Callbacks that write down when they start."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.gate = asyncio.Event()

    async def keep(self, what: str) -> None:
        self.seen.append(what)

    async def report(self, error: Exception) -> None:
        self.seen.append(f"error: {error}")

    async def wait(self, what: str) -> None:
        self.seen.append(what)
        await self.gate.wait()

    async def fail(self, what: str) -> None:
        self.seen.append(what)
        raise RuntimeError(what)

    async def await_something_cancelled(self) -> None:
        self.seen.append("cancelled")
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future


@pytest.fixture
async def calls() -> Calls:
    return Calls()


@pytest.fixture
def notifier(calls: Calls) -> Notifier:
    return Notifier(calls.report)


async def test_callbacks_are_called_in_order_and_one_at_a_time(
    calls: Calls, notifier: Notifier
) -> None:
    notifier.call(calls.wait, "first")
    notifier.call(calls.keep, "second")
    notifier.error(RuntimeError("third"))
    assert calls.seen == []
    for _ in range(10):
        await asyncio.sleep(0)
    assert calls.seen == ["first"]
    calls.gate.set()
    await notifier.finish(10)
    assert calls.seen == ["first", "second", "error: third"]


async def test_nobodys_callback_is_not_called(calls: Calls, notifier: Notifier) -> None:
    notifier.call(None)
    await notifier.finish(10)
    assert calls.seen == []


async def test_it_goes_on_after_having_had_nothing_to_do(calls: Calls, notifier: Notifier) -> None:
    for what in ("first", "second"):
        notifier.call(calls.keep, what)
        await notifier.finish(10)
    assert calls.seen == ["first", "second"]


async def test_a_callback_may_ask_for_others(calls: Calls, notifier: Notifier) -> None:
    async def ask() -> None:
        notifier.call(calls.keep, "asked for")

    notifier.call(ask)
    notifier.call(calls.keep, "was there")
    await notifier.finish(10)
    assert calls.seen == ["was there", "asked for"]


async def test_an_exception_in_a_callback_is_an_error_and_stops_nothing(
    calls: Calls, notifier: Notifier
) -> None:
    notifier.call(calls.fail, "fails")
    notifier.call(calls.keep, "next")
    await notifier.finish(10)
    assert calls.seen == ["fails", "next", "error: fails"]


async def test_an_exception_in_the_error_callback_is_logged_and_stops_nothing(
    calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(error: Exception) -> None:
        calls.seen.append(str(error))
        raise RuntimeError(f"no idea what to do with {error}")

    notifier = Notifier(fail)
    notifier.error(ValueError("first"))
    notifier.error(ValueError("second"))
    notifier.call(calls.keep, "next")
    await notifier.finish(10)
    assert calls.seen == ["first", "second", "next"]
    assert "no idea what to do with first" in caplog.text
    assert "no idea what to do with second" in caplog.text


async def test_a_callback_that_awaits_something_cancelled_stops_nothing(
    calls: Calls, notifier: Notifier
) -> None:
    notifier.call(calls.await_something_cancelled)
    notifier.call(calls.keep, "next")
    await notifier.finish(10)
    assert calls.seen == ["cancelled", "next"]


async def test_errors_are_logged_when_there_is_no_callback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    notifier = Notifier(None)
    notifier.error(ValueError("the reason"))
    await notifier.finish(10)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.name == "natstui.client"
    assert "the reason" in caplog.text


async def test_errors_that_pile_up_are_logged_instead(
    calls: Calls,
    notifier: Notifier,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "_MOST_WAITING", 3)
    for number in range(5):
        notifier.error(RuntimeError(str(number)))
    notifier.call(calls.keep, "not an error")
    await notifier.finish(10)
    assert calls.seen == ["error: 0", "error: 1", "error: 2", "not an error"]
    assert "lags: 3" in caplog.text
    assert "lags: 4" in caplog.text


async def test_whose_task_it_is(calls: Calls, notifier: Notifier) -> None:
    inside: list[bool] = []

    async def look() -> None:
        inside.append(notifier.is_running_in(asyncio.current_task()))

    notifier.call(look)
    await notifier.finish(10)
    assert inside == [True]
    assert not notifier.is_running_in(asyncio.current_task())
    assert not notifier.is_running_in(None)
    assert not Notifier(None).is_running_in(None)


# The end


async def test_a_callback_that_never_returns_is_given_up(calls: Calls, notifier: Notifier) -> None:
    tasks = asyncio.all_tasks()
    notifier.call(calls.wait, "stuck")
    notifier.call(calls.keep, "never")
    await notifier.finish(0.01)
    assert calls.seen == ["stuck"]
    assert asyncio.all_tasks() == tasks
