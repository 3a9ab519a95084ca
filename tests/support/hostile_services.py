"""Services that nobody should be afraid of: whatever anybody may answer to `$SRV`."""

from __future__ import annotations

import json
from itertools import cycle

from natstui.client import Client
from natstui.client.aio.msg import Msg
from tests.support.hostile import MESSAGES, TOWER
from tests.support.hostile_consumers import ESCAPES
from tests.support.services import FakeService

NAMES = (ESCAPES, "[/x]", "", "\x9b2J", "中文字", TOWER, "n" * 5_000)
SUBJECT = "call.me"


def hostile_services() -> list[FakeService]:
    """One for each name; everything that they say is as bad."""
    return [_service(name, number) for number, name in enumerate(NAMES)]


def _service(name: str, number: int) -> FakeService:
    metadata = {ESCAPES: ESCAPES, TOWER: "v" * 10_000, "": ""}
    service = FakeService(f"{number}{name}", name, version=ESCAPES, metadata=metadata)
    endpoint = {"name": ESCAPES, "subject": SUBJECT, "queue_group": ESCAPES, "metadata": metadata}
    service.said["INFO"] |= {"description": ESCAPES, "endpoints": [endpoint]}
    service.stats(
        name=ESCAPES,
        subject=SUBJECT,
        queue_group=ESCAPES,
        num_requests=10**400,
        num_errors=-(10**400),
        processing_time=10**400,
        last_error=ESCAPES * 100,
        data={ESCAPES: [ESCAPES]},
    )
    return service


async def make_hostile(client: Client) -> None:
    """Services with the worst of names, one whose answers are none, an endpoint with hostile
    answers, one after another."""
    for service in hostile_services():
        await service.start(client)
    broken = FakeService("broken")
    for verb, said in zip(broken.said, (b"[" * 50_000, b"\x1b[2J{", b"null"), strict=True):
        broken.said[verb] = said
    broken.said["PING"] = json.dumps({"id": [ESCAPES], "name": {}, "version": 1}).encode()
    await broken.start(client)
    payloads = cycle(message.payload for message in MESSAGES if len(message.payload) < 1_000_000)

    async def answer(msg: Msg) -> None:
        error = {"Nats-Service-Error": "\x9b2J[/x]\u202e", "Nats-Service-Error-Code": "5"}
        await msg.respond(next(payloads), headers=error)

    await client.subscribe(SUBJECT, cb=answer)
    await client.flush()
