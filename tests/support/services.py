"""Services for tests: endpoints that do as they are told, and instances that are nobody's."""

from __future__ import annotations

import json
from typing import Any

from natstui.client import Client, micro
from natstui.client.aio.msg import Msg
from natstui.client.micro import ServiceError


async def answer(request: micro.Request) -> None:
    """What came back; "fail" is answered with an error."""
    if request.data == b"fail":
        raise ServiceError(503, "backend down")
    await request.respond(request.data)


async def stock(client: Client, *, version: str = "1.4.2", zone: str = "eu-1") -> micro.Service:
    """An instance of `stock`: `check` in a queue group, `flush` in none."""
    service = await micro.add_service(
        client,
        name="stock",
        version=version,
        description="what is in the warehouse",
        metadata={"zone": zone},
    )
    group = service.add_group(name="stock")
    await group.add_endpoint(name="check", handler=answer, metadata={"schema": "sku"})
    await group.add_endpoint(name="flush", handler=answer, queue_group=micro.NO_QUEUE_GROUP)
    await client.flush()
    return service


def endpoint_stats(**more: Any) -> dict[str, Any]:
    """What STATS says of an endpoint."""
    return {
        "name": "e",
        "subject": "fake.e",
        "queue_group": "q",
        "num_requests": 0,
        "num_errors": 0,
        "last_error": "",
        "processing_time": 0,
        "average_processing_time": 0,
        **more,
    }


class FakeService:
    """Answers to `$SRV` whatever is put into `said`, by verb: JSON, or bytes as they are."""

    def __init__(self, id: str = "fake1", name: str = "fake", **identity: Any) -> None:
        who = {"id": id, "name": name, "version": "0.1.0", "metadata": {}, **identity}
        kind = "io.nats.micro.v1.{}_response"
        self.said: dict[str, Any] = {
            "PING": {"type": kind.format("ping"), **who},
            "INFO": {"type": kind.format("info"), **who, "description": "", "endpoints": []},
            "STATS": {
                "type": kind.format("stats"),
                **who,
                "started": "2026-06-01T12:00:00Z",
                "endpoints": [endpoint_stats()],
            },
        }

    async def start(self, client: Client) -> None:
        """Answer from now on."""
        for verb in ("PING", "INFO", "STATS"):
            await client.subscribe(f"$SRV.{verb}", cb=self._answer)
        await client.flush()

    def silence(self) -> None:
        """Answer no more."""
        self.said.clear()

    def stats(self, **more: Any) -> None:
        """From now on its endpoint says so."""
        self.said["STATS"]["endpoints"] = [endpoint_stats(**more)]

    async def _answer(self, msg: Msg) -> None:
        said = self.said.get(msg.subject.removeprefix("$SRV."))
        if said is not None:
            await msg.respond(said if isinstance(said, bytes) else json.dumps(said).encode())
