"""The inbox that all requests of a client share."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

import pytest

from natstui.client.aio.msg import Msg
from natstui.client.errors import BadTimeoutError, ConnectionClosedError, TimeoutError
from natstui.client.protocol.subjects import subject_matches
from natstui.client.requests import ReplyInbox


@pytest.fixture
async def inbox() -> ReplyInbox:
    return ReplyInbox("_INBOX.abc")


def ask(
    inbox: ReplyInbox, send: Callable[[str], None], timeout: float | None = 10
) -> asyncio.Task[Msg]:
    """Ask as the client does."""

    async def request() -> Msg:
        reply, future = inbox.expect("a", timeout)
        try:
            send(reply)
            return await future
        finally:
            inbox.forget(reply)

    return asyncio.create_task(request())


def waiting(inbox: ReplyInbox) -> int:
    return len(inbox.waiting)


def answer(inbox: ReplyInbox, subject: str, data: bytes = b"") -> None:
    inbox.deliver([Msg(None, subject, data=data)], len(data))


async def test_every_request_has_a_reply_subject_of_its_own(inbox: ReplyInbox) -> None:
    subjects: list[str] = []
    tasks = [ask(inbox, subjects.append) for _ in range(100)]
    await asyncio.sleep(0)
    assert len(set(subjects)) == 100
    assert all(subject_matches(inbox.subject, subject) for subject in subjects)
    for subject in reversed(subjects):
        answer(inbox, subject, subject.encode())
    messages = await asyncio.gather(*tasks)
    assert [message.data.decode() for message in messages] == subjects
    assert waiting(inbox) == 0


async def test_one_read_may_bring_many_replies_and_some_that_nobody_waits_for(
    inbox: ReplyInbox,
) -> None:
    subjects: list[str] = []
    tasks = [ask(inbox, subjects.append) for _ in range(3)]
    await asyncio.sleep(0)
    unknown = inbox.subject.replace("*", "unknown")
    replies = [unknown, subjects[1], subjects[0], subjects[1], subjects[2], "elsewhere"]
    inbox.deliver([Msg(None, one, data=b"%d" % at) for at, one in enumerate(replies)], 6)
    assert [(await task).data for task in tasks] == [b"2", b"1", b"4"]


async def test_a_reply_in_time_and_a_late_one(inbox: ReplyInbox) -> None:
    subjects: list[str] = []
    task = ask(inbox, subjects.append, 0.01)
    with pytest.raises(TimeoutError):
        await task
    assert waiting(inbox) == 0
    answer(inbox, subjects[0])  # dropped without a word
    task = ask(inbox, subjects.append, None)
    await asyncio.sleep(0)
    answer(inbox, subjects[0])
    await asyncio.sleep(0)
    assert not task.done()
    answer(inbox, subjects[1], b"in time")
    assert (await task).data == b"in time"


async def test_a_request_that_cannot_be_sent_waits_for_nothing(inbox: ReplyInbox) -> None:
    def send(reply: str) -> None:
        raise ValueError(reply)

    with pytest.raises(ValueError, match="_INBOX"):
        await ask(inbox, send)
    assert waiting(inbox) == 0


async def test_the_deadline_of_a_request_that_was_not_sent_is_over(
    inbox: ReplyInbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Asyncio would log an error that nobody takes."""

    def send(reply: str) -> None:
        raise ValueError(reply)

    with pytest.raises(ValueError, match="_INBOX"):
        await ask(inbox, send, 0.01)
    with pytest.raises(TimeoutError):
        await ask(inbox, lambda reply: None, 0.01)  # its deadline is behind the other one
    gc.collect()
    assert caplog.text == ""


async def test_a_request_with_an_impossible_timeout_waits_for_nothing(inbox: ReplyInbox) -> None:
    with pytest.raises(BadTimeoutError):
        await ask(inbox, lambda reply: None, float("nan"))
    assert waiting(inbox) == 0
    with pytest.raises(TimeoutError):  # timers go on
        await ask(inbox, lambda reply: None, 0.01)


@pytest.mark.parametrize("answered", [False, True])
async def test_a_request_that_is_cancelled_is_forgotten(inbox: ReplyInbox, answered: bool) -> None:
    subjects: list[str] = []
    task = ask(inbox, subjects.append)
    await asyncio.sleep(0)
    if answered:
        answer(inbox, subjects[0])
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert waiting(inbox) == 0
    answer(inbox, subjects[0])


async def test_failing_ends_every_request_that_waits(inbox: ReplyInbox) -> None:
    subjects: list[str] = []
    answered, *others = [ask(inbox, subjects.append, timeout) for timeout in (10, 10, None)]
    await asyncio.sleep(0)
    answer(inbox, subjects[0], b"just in time")
    inbox.fail(ConnectionClosedError())
    assert (await answered).data == b"just in time"
    for task in others:
        with pytest.raises(ConnectionClosedError):
            await task
    assert waiting(inbox) == 0
