"""Consumers that nobody should be afraid of, over a stream of hostile messages."""

from __future__ import annotations

import json

from natstui.client import connect
from tests.e2e.raw import publish_raw
from tests.support.hostile import MESSAGES
from tests.support.server import NatsServer
from tests.support.streams import until_stored

# A stream takes subjects that are words, and headers up to 64 KiB.
STORED = [
    message._replace(subject=f"h.{number}", reply="")
    for number, message in enumerate(MESSAGES)
    if len(message.headers) < 65_536
]
ESCAPES = "\x1b[2J\x1b]52;c;aGk=\x07[/x][@click=app.quit]\u202e"
# Without what no name may have in it.
STREAM = "S\x1b[2J[b]\u202e\x9b"
CONSUMER = "c\x1b]0;x\x07[@click=quit]\u202e"


async def make_hostile(server: NatsServer) -> None:
    """A stream with every hostile message, and consumers whose every text is hostile."""
    async with await connect(server.url) as client:

        async def ask(call: str, body: dict[str, object]) -> None:
            answer = await client.request(f"$JS.API.{call}", json.dumps(body).encode(), 20)
            assert b'"error"' not in answer.data, answer.data

        await ask(f"STREAM.CREATE.{STREAM}", {"name": STREAM, "subjects": ["h.>"]})
        await publish_raw(server, STORED)
        await until_stored(client.jetstream(), STREAM, len(STORED))
        for name, config in _configs():
            call = f"CONSUMER.CREATE.{STREAM}.{name}"
            await ask(
                call,
                {"stream_name": STREAM, "config": {"name": name, "durable_name": name, **config}},
            )


def _configs() -> list[tuple[str, dict[str, object]]]:
    texts: dict[str, object] = {"description": ESCAPES, "metadata": {ESCAPES: ESCAPES}}
    push = {"deliver_subject": "d.\x1b[2J.[/x]\u202e", "deliver_group": "g\x1b[2J[/x]\u202e"}
    return [
        (CONSUMER, {"ack_policy": "explicit", **texts}),
        (f"{CONSUMER}p", {"ack_policy": "none", **texts, **push}),
    ]
