"""The demo's key-value buckets: settings in a tree, sessions that expire, and what is no text."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from itertools import count
from random import Random
from typing import Any

from natstui.client.errors import Error
from natstui.client.js import JetStreamContext
from natstui.client.js.api import KeyValueConfig
from natstui.client.js.errors import KeyWrongLastSequenceError
from natstui.client.js.kv import KeyValue
from natstui.demo.event import as_json
from natstui.demo.packing import msgpack, protobuf

MAX_BYTES = 64 * 1024 * 1024
# Seconds; the server keeps the mark of an expired value for as long as the shortest.
LIVES = (15, 45, 180)

BUCKETS = (
    KeyValueConfig(bucket="config", description="settings of the shop", history=10),
    KeyValueConfig(
        bucket="sessions", description="who is in the shop", history=4, limit_marker_ttl=LIVES[0]
    ),
    KeyValueConfig(bucket="devices", description="state of the devices in the field", history=3),
)

CONFIG: dict[str, Any] = {
    "shop.currency": "EUR",
    "shop.banner": "Free shipping on teapots\nuntil Sunday",
    "shop.checkout": {"retries": 3, "timeout_ms": 2500, "providers": ["stripe", "adyen"]},
    "shop.flags.new-cart": True,
    "shop.flags.dark-mode": False,
    "svc.pricing.discount": {"percent": 5, "from": 100},
    "svc.pricing.rounding": "half-even",
    "svc.inventory.threshold": 10,
    "ops.alerts.oncall": "Ada",
    "ops.alerts.rules": {"cpu": {"warn": 80, "critical": 95}, "silent_s": 60},
}


async def create(js: JetStreamContext, random: Random) -> None:
    config, sessions, devices = [
        await js.create_key_value(bucket, max_bytes=MAX_BYTES) for bucket in BUCKETS
    ]
    for key, value in CONFIG.items():
        await _put(config, key, value)
    for _ in range(12):
        await _visit(sessions, random)
    for number in range(1, 5):
        for key, value in _device(f"dev-{number}", random).items():
            await devices.put(key, value)


def at_work(js: JetStreamContext, seed: int) -> Iterator[Coroutine[Any, Any, None]]:
    config, sessions, devices = [_opened(js, bucket.bucket) for bucket in BUCKETS]
    yield _change_config(config)
    yield _keep_sessions(sessions, Random(f"{seed} sessions"))
    yield _move_devices(devices, Random(f"{seed} devices"))


def _opened(js: JetStreamContext, bucket: str) -> KeyValue:
    return KeyValue(bucket, f"KV_{bucket}", f"$KV.{bucket}.", js, direct=True)


async def _change_config(config: KeyValue) -> None:
    """Two keys change every four seconds; the banner comes and goes."""
    for number in count(1):
        await asyncio.sleep(4)
        with suppress(Error):  # whoever looks may delete the bucket; the show goes on
            await _put(config, "svc.pricing.discount", {"percent": number % 20, "from": 100})
            await _put(config, "shop.flags.dark-mode", number % 2 == 0)
            if number % 15 == 0:
                await config.delete("shop.banner")
            elif number % 15 == 5:
                await _put(config, "shop.banner", f"Sale number {number // 15 + 1}")


async def _put(bucket: KeyValue, key: str, value: Any) -> None:
    await bucket.put(key, value.encode() if isinstance(value, str) else as_json(value))


async def _keep_sessions(sessions: KeyValue, random: Random) -> None:
    while True:
        with suppress(Error):
            await _visit(sessions, random)
        await asyncio.sleep(1)


async def _visit(sessions: KeyValue, random: Random) -> None:
    """Somebody comes in, and is forgotten after a while, or leaves; some leave no history."""
    key = f"user-{random.randint(1, 40):03}"
    cart = [random.randint(1, 9) for _ in range(random.randint(0, 4))]
    session = {"cart": cart, "ip": f"10.0.0.{random.randint(1, 250)}"}
    try:
        await sessions.create(key, as_json(session), msg_ttl=random.choice(LIVES))
    except KeyWrongLastSequenceError:
        if random.random() < 0.5:
            await sessions.delete(key)
        else:
            await sessions.purge(key, msg_ttl=LIVES[0])


async def _move_devices(devices: KeyValue, random: Random) -> None:
    """A device says where it is, every three seconds."""
    while True:
        with suppress(Error):
            device = f"dev-{random.randint(1, 4)}"
            await devices.put(f"{device}.position", _device(device, random)[f"{device}.position"])
        await asyncio.sleep(3)


def _device(name: str, random: Random) -> dict[str, bytes]:
    """What is known of one, in the formats that such things come in."""
    fix = {"lat": 52.5 + random.gauss(0, 0.01), "lon": 13.4, "ok": random.random() > 0.1}
    log = "\n".join(f"boot {number}: ok" for number in range(40))
    return {
        f"{name}.position": msgpack(fix),
        f"{name}.state": protobuf({1: random.getrandbits(16), 3: random.gauss(20, 4)}),
        f"{name}.log": gzip.compress(log.encode(), mtime=0),
        f"{name}.key": random.randbytes(32),
    }
