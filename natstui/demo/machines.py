"""Machines: metrics and logs of a data centre, sensors and devices in the field."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

from natstui.demo.event import Event, Stage, as_json
from natstui.demo.packing import msgpack, protobuf

HOSTS = ("web-1", "web-2", "db-1", "queue-1")
LEVELS = ("info",) * 12 + ("debug",) * 6 + ("warn",) * 2 + ("error",)
SITES = {"berlin": ("hall", "cellar"), "oslo": ("roof", "freezer")}

LOG_LINES: dict[str, tuple[str, ...]] = {
    "debug": ("cache hit key=cart:{n} took=0.{n}ms", "poll returned batch={n}"),
    "info": ("GET /cart/{n} 200 took={n}ms", "worker {n} ready", "reloaded {n} routes"),
    "warn": ("GET /checkout 200 took={n}42ms slow", "retry {n} of 5: upstream timeout"),
    "error": (
        "GET /checkout 502 upstream=pricing",
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/checkout.py", line {n}, in charge\n'
        "    receipt = provider.charge(card, amount)\n"
        "TimeoutError: no answer from provider",
    ),
}


def metrics(stage: Stage) -> Iterator[Event]:
    """Each host says how it is, all together fourteen times a second."""
    for at in stage.moments(14):
        host, kind = stage.random.choice(HOSTS), stage.random.choice(("cpu", "memory", "disk"))
        wave = 50 + 35 * math.sin(at / 20 + len(host))
        value = round(wave + stage.random.gauss(0, 4), 1)
        yield Event(at, f"ops.metrics.{host}.{kind}", as_json({"value": value, "unit": "%"}))


def logs(stage: Stage) -> Iterator[Event]:
    """Fourteen lines of text a second; some errors have several."""
    for at in stage.moments(14):
        level, service = stage.random.choice(LEVELS), stage.random.choice(("cart", "checkout"))
        line = stage.random.choice(LOG_LINES[level]).replace(
            "{n}", str(stage.random.randint(1, 99))
        )
        text = f"{stage.time(at)} {level.upper():5} [{service}] {line}"
        yield Event(at, f"ops.logs.{service}.{level}", text.encode())


def imports(stage: Stage) -> Iterator[Event]:
    """Nothing for half a minute, then four hundred rows within a second."""
    for night in count(1):
        for row in range(400):
            at = night * 30 + row / 500
            body = {"import": night, "row": row, "sku": f"s-{stage.random.randint(1, 99999):05}"}
            yield Event(at, "ops.import.rows", as_json(body))


def sensors(stage: Stage) -> Iterator[Event]:
    """Temperatures, eight a second; the freezer falls silent for ninety seconds in every 180."""
    places = [(site, room) for site, rooms in SITES.items() for room in rooms]
    for at in stage.moments(8):
        site, room = stage.random.choice(places)
        if room == "freezer" and at % 180 > 90:
            continue
        mean = -18 if room == "freezer" else 21
        value = round(mean + 2 * math.sin(at / 60) + stage.random.gauss(0, 0.2), 2)
        body = {"celsius": value, "battery": max(5, 100 - int(at / 360))}
        yield Event(at, f"iot.{site}.{room}.temperature", as_json(body))


def devices(stage: Stage) -> Iterator[Event]:
    """Binary frames, eight a second: Protocol Buffers, MessagePack, gzip of JSON lines."""
    for number, at in enumerate(stage.moments(8)):
        device = f"dev-{stage.random.randint(1, 4)}"
        kind = ("frame", "frame", "position", "batch")[number % 4]
        payload, headers = FORMATS[kind](stage.random, number)
        yield Event(at, f"iot.device.{device}.{kind}", payload, headers)


def _frame(random: Random, number: int) -> tuple[bytes, dict[str, str | list[str]] | None]:
    noise, raw = random.gauss(0, 1), random.randbytes(24)
    return protobuf({1: number, 2: random.getrandbits(32), 3: noise, 4: raw}), None


def _position(random: Random, number: int) -> tuple[bytes, dict[str, str | list[str]] | None]:
    fix = {"n": number, "lat": 52.5 + random.gauss(0, 0.01), "lon": 13.4, "ok": number % 9 != 0}
    return msgpack(fix), {"Content-Type": "application/msgpack"}


def _batch(random: Random, number: int) -> tuple[bytes, dict[str, str | list[str]] | None]:
    rows: list[Any] = [{"n": number + i, "mv": random.randint(3000, 4200)} for i in range(20)]
    text = b"\n".join(map(as_json, rows))
    return gzip.compress(text, mtime=0), {"Content-Encoding": "gzip"}


FORMATS = {"frame": _frame, "position": _position, "batch": _batch}
