"""Servers and clients that nobody should be afraid of: names and answers from anybody."""

from __future__ import annotations

import json
from typing import Any

from natstui.client import Client, connect
from natstui.client.aio.msg import Msg
from tests.support.hostile_consumers import ESCAPES
from tests.support.server import NatsServer
from tests.support.system import SYSTEM

_WHO = {"name": ESCAPES, "host": ESCAPES, "id": "N" + ESCAPES, "cluster": ESCAPES, "ver": ESCAPES}
_LINK = {
    "cid": 7,
    "rid": 7,
    "id": 7,
    "remote_name": ESCAPES,
    "name": ESCAPES,
    "account": ESCAPES,
    "ip": ESCAPES,
    "rtt": ESCAPES,
    "in_msgs": 10**400,
    "out_bytes": -1,
    "pending_bytes": "many",
}
_CONNECTION = {
    **_LINK,
    "lang": ESCAPES,
    "version": ESCAPES,
    "authorized_user": ESCAPES,
    "name_tag": ESCAPES,
    "reason": ESCAPES,
    "stop": ESCAPES,
    "subscriptions_list_detail": [{"subject": ESCAPES, "qgroup": ESCAPES, "msgs": ESCAPES}],
}
_STREAM = {
    "name": ESCAPES,
    "cluster": {"leader": ESCAPES, "replicas": [{"name": ESCAPES, "lag": 10**400, "offline": 1}]},
    "state": {"messages": "x", "bytes": 10**400, "active": 10**400},
}
_ANSWERS: dict[str, dict[str, Any]] = {
    "PING": {"start": ESCAPES, "mem": "much", "routes": [{"name": ESCAPES, "pending": 1}]},
    "VARZ": {ESCAPES: {ESCAPES: [ESCAPES]}, "jetstream": {ESCAPES: ESCAPES}},
    "HEALTHZ": {"status": ESCAPES, "error": ESCAPES, "errors": [{"type": ESCAPES}]},
    "CONNZ": {"total": 1, "connections": [_CONNECTION, {}, 7]},
    "ROUTEZ": {"routes": [_LINK, 7]},
    "GATEWAYZ": {"outbound_gateways": {ESCAPES: {"connection": _LINK}}, "inbound_gateways": []},
    "LEAFZ": {"leafs": [_LINK]},
    "STATZ": {"account_statz": [{"acc": ESCAPES, "name": ESCAPES, "conns": []}]},
    "JSZ": {
        "storage": ESCAPES,
        "meta_cluster": {"leader": ESCAPES, "replicas": [{"name": ESCAPES}]},
        "account_details": [{"id": ESCAPES, "name": ESCAPES, "stream_detail": [_STREAM]}],
    },
    "INFO": {
        "user": ESCAPES,
        "account": ESCAPES,
        "permissions": {"publish": {"allow": [ESCAPES, 7]}, "subscribe": {"deny": [ESCAPES]}},
    },
}


async def make_hostile(server: NatsServer) -> tuple[Client, Client]:
    """A client with the worst of names, and one that answers as a server; close both."""
    named = await connect(server.url, name=ESCAPES)
    liar = await connect(server.url, **SYSTEM)
    await liar.subscribe("$SYS.REQ.>", cb=_answer)
    await liar.flush()
    return named, liar


async def advise(liar: Client) -> None:
    """Events with the worst of words."""
    said = {
        "server": _WHO,
        "client": {"name": ESCAPES, "user": ESCAPES, "acc": ESCAPES, "host": ESCAPES},
        "reason": ESCAPES,
        "stream": ESCAPES,
        "timestamp": ESCAPES,
    }
    data = json.dumps(said).encode()
    for subject in ("$SYS.ACCOUNT.\x1b[2J[b].CONNECT", "$JS.EVENT.ADVISORY.STREAM.\x1b[31m.x"):
        await liar.publish(subject, data)
    await liar.publish("$SYS.ACCOUNT.A.DISCONNECT", b"\x1b[2J{")
    await liar.flush()


async def _answer(msg: Msg) -> None:
    data = _ANSWERS.get(msg.subject.rpartition(".")[2])
    if data is None or not msg.reply:
        return
    name = "statsz" if msg.subject.endswith("PING") else "data"
    await msg.respond(json.dumps({"server": _WHO, name: data}).encode())
    await msg.respond(b"\x1b[2J{" if name == "data" else b"[" * 10_000)
