"""Every example of the API that this client stands in for runs; only its import is changed.

`tests/data/spec_examples.json` has them as they were published (see tests/client/spec/extract.py).
Some presume what the text around them says, or what was so obvious that nobody said it: PRESUMED.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import gc
import io
import json
import re
import socket
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import natstui.client as nats
from natstui.client import dialer
from tests.support.server import NatsServer
from tests.support.waiting import eventually

ADDRESSES = {("demo.nats.io", 4222), ("localhost", 4222)}


@dataclass(frozen=True)
class Example:
    """`name` is what it belongs to, a `+` behind it for each one before it."""

    name: str
    code: str

    @property
    def is_program(self) -> bool:
        return "asyncio.run(" in self.code


def read_examples() -> list[Example]:
    path = Path(__file__).parents[1] / "data" / "spec_examples.json"
    found: dict[str, Example] = {}
    for entry in json.loads(path.read_text(encoding="utf-8")):
        name = entry["of"]
        while name in found:
            name += "+"
        found[name] = Example(name, "\n".join(entry["code"]))
    return list(found.values())


EXAMPLES = read_examples()


@dataclass(frozen=True)
class Presumed:
    """What is there before an example begins, and what goes on while it runs.

    `names` that it does not define; a `subject` that somebody publishes to meanwhile; `endless`
    ones are over when they have shown something.
    """

    names: tuple[str, ...] = ()
    subject: str = ""
    endless: bool = False


PRESUMED = {
    "nats.aio.client.Client.new_inbox": Presumed(names=("nc",)),
    "nats.aio.subscription.Subscription": Presumed(subject="foo"),
    "nats.aio.subscription.Subscription.messages": Presumed(subject="foo", endless=True),
    "nats.aio.subscription.Subscription.next_msg": Presumed(names=("nc",), subject="hello"),
    "nats.js.client.JetStreamContext.PullSubscription.fetch": Presumed(names=("sub",)),
}

# What no Python could run, and no client with a coroutine `subscribe`, as it was printed.
MISPRINTS = {
    "print('Received a message on '{subject} {reply}': {data}'.format(": (
        "print(\"Received a message on '{subject} {reply}': {data}\".format("
    ),
    "sub = nc.subscribe('foo')": "sub = await nc.subscribe('foo')",
}

# What they print; the others print nothing.
SHOWS = {
    "nats.aio.client.Client.connect": r"Received a message on help\.please _INBOX\.\S+: b'help'\n"
    r"Response: Msg\(.*\)\n(.*\n)*Connection is closed\n",
    "nats.aio.client.Client.connect+": r"Connected to NATS at (.*)\.\.\.\n"
    r"(Received a message on 'discover ': hello world\n){10}Connection to NATS is closed\.\n",
    "nats.aio.client.Client.publish": r"(?s)(-+\nSubject: hello\nReply  : .*Data   : b'.*){3}"
    r"Headers: Headers\(\{'Foo': 'Bar'\}\)\n",
    "nats.aio.subscription.Subscription": r"(Received Msg\(.*\)\n)+",
    "nats.aio.subscription.Subscription.messages": r"(Received Msg\(.*\)\n)+",
    "nats.aio.client.Client.jetstream": r"Ack: stream=hello, sequence=1\n",
    # It ends whether something has come or not.
    "nats.js.client.JetStreamContext.subscribe": r"(Received: Msg\(.*\)\n)*",
    "nats.js.kv.KeyValue": r"KeyValue\.Entry: key=hello, value=b'world'\n",
}


@pytest.fixture
def their_server(js_server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> NatsServer:
    """What the examples think is `localhost:4222` or `demo.nats.io`."""
    connect_socket = dialer._connect_socket

    async def connect(host: str, port: int, deadline: float) -> socket.socket:
        assert (host, port) in ADDRESSES
        return await connect_socket("127.0.0.1", js_server.port, deadline)

    monkeypatch.setattr(dialer, "_connect_socket", connect)
    return js_server


def test_all_are_here() -> None:
    names = [example.name for example in EXAMPLES]
    assert len(names) == 13
    assert PRESUMED.keys() | SHOWS.keys() <= set(names)
    for misprint in MISPRINTS:
        assert sum(misprint in example.code for example in EXAMPLES) == 1


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example(example: Example, their_server: NatsServer) -> None:
    presumed = PRESUMED.get(example.name, Presumed())
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), warnings.catch_warnings():
        # They leave things open and forget an `await` here and there.
        warnings.simplefilter("ignore")
        if example.is_program and not presumed.names:
            exec(_compiled(example), {"__name__": "__main__"})
        else:
            asyncio.run(_in_company(example, presumed, shown.getvalue))
        gc.collect()
    assert re.fullmatch(SHOWS.get(example.name, ""), shown.getvalue())


async def _in_company(example: Example, presumed: Presumed, shown: Callable[[], str]) -> None:
    """Run a piece of a program among what it presumes."""
    async with await nats.connect("localhost") as nc:
        names: dict[str, Any] = {"__name__": example.name, "nats": nats}
        if "nc" in presumed.names:
            names["nc"] = nc
        if "sub" in presumed.names:
            js = nc.jetstream()
            await js.add_stream(name="mystream", subjects=["foo"])
            names["sub"] = await js.pull_subscribe("foo", "mine")
        async with _publishing(nc, presumed.subject):
            running = asyncio.create_task(_run(example, names))
            if presumed.endless:
                await eventually(shown, f"{example.name} shows something")
                running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
        if "nc" not in presumed.names and "nc" in names:
            await names["nc"].close()


async def _run(example: Example, names: dict[str, Any]) -> None:
    running = eval(_compiled(example), names)
    if running is not None:
        await running
    if example.is_program:
        await names["main"]()


def _compiled(example: Example) -> Any:
    code = example.code.replace("import nats\n", "import natstui.client as nats\n")
    for misprint, meant in MISPRINTS.items():
        code = code.replace(misprint, meant)
    return compile(code, example.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@asynccontextmanager
async def _publishing(nc: nats.Client, subject: str) -> AsyncIterator[None]:
    """Somebody publishes there all the time."""

    async def publish() -> None:
        while True:
            await nc.publish(subject, b"news")
            await asyncio.sleep(0.01)

    if not subject:
        yield
        return
    publishing = asyncio.create_task(publish())
    yield
    publishing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await publishing
