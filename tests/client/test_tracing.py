"""A client that tells of its questions and their answers, and is otherwise like any other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from natstui.client import Client, Msg, connect
from natstui.client.errors import NoRespondersError, PublishRefusedError
from natstui.client.errors import TimeoutError as NatsTimeoutError
from natstui.client.tracing import TracingClient
from tests.support.server import NatsServer


class Heard:
    """What a tracer was told, without the times; those must be plausible."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def asked(self, number: int, subject: str, payload: bytes) -> None:
        self.told.append((number, subject, payload))

    def answered(self, number: int, answer: Msg, seconds: float) -> None:
        assert 0 <= seconds < 60
        self.told.append((number, answer.data, answer.status))

    def unanswered(self, number: int, seconds: float) -> None:
        assert 0 <= seconds < 60
        self.told.append((number, "unanswered"))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def client(server: NatsServer, heard: Heard) -> AsyncIterator[Client]:
    client = TracingClient(heard)
    await client.connect(server.url)
    yield client
    await client.close()


async def answering(client: Client) -> None:
    async def answer(message: Msg) -> None:
        await message.respond(message.data[::-1])

    await client.subscribe("question", cb=answer)


async def test_question_and_answer_have_the_same_number(client: Client, heard: Heard) -> None:
    await answering(client)
    await client.publish("question")
    for text in (b"abc", b"def"):
        assert (await client.request("question", text, timeout=20)).data == text[::-1]
    assert heard.told == [
        (1, "question", b"abc"),
        (1, b"cba", None),
        (2, "question", b"def"),
        (2, b"fed", None),
    ], "and nothing of what wants no answer"


async def test_many_at_once_are_told_apart(client: Client, heard: Heard) -> None:
    await answering(client)
    texts = [b"%d0" % number for number in range(1, 51)]
    asking = (client.request("question", text, timeout=20) for text in texts)
    await asyncio.gather(*asking)
    questions = {number: payload for number, _, payload in heard.told[:50]}
    answers = {number: data for number, data, _ in heard.told[50:]}
    assert len(questions) == 50
    assert {number: text[::-1] for number, text in answers.items()} == questions  # type: ignore[index]


async def test_that_nobody_answered_is_told(
    client: Client, server: NatsServer, heard: Heard
) -> None:
    with pytest.raises(NoRespondersError):
        await client.request("nobody", timeout=20)
    async with await connect(server.url) as other:
        await other.subscribe("silent")
        await other.flush()
        with pytest.raises(NatsTimeoutError):
            await client.request("silent", timeout=0.05)
    assert heard.told == [
        (1, "nobody", b""),
        (1, b"", 503),
        (2, "silent", b""),
        (2, "unanswered"),
    ]


async def test_of_what_has_many_answers_the_question_is_told(client: Client, heard: Heard) -> None:
    await answering(client)
    answers = client.request_many("question", b"abc", timeout=20, max_messages=1)
    assert [answer.data async for answer in answers] == [b"cba"]
    assert heard.told == [(1, "question", b"abc")]


async def test_what_the_guard_refuses_was_not_asked(server: NatsServer, heard: Heard) -> None:
    def refuse(subject: str) -> None:
        raise PublishRefusedError

    client = TracingClient(heard)
    await client.connect(server.url, publish_guard=refuse)
    with pytest.raises(PublishRefusedError):
        await client.request("question", timeout=20)
    await client.close()
    assert heard.told == [(1, "unanswered")]
