"""The messages that a receiving client is fed: bytes of the protocol, encoded beforehand."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from itertools import islice

from bench.client.cases import Case

REQUEST_ID = "Request-Id"
CONTENT_TYPE = "Content-Type"

WINDOW = 32
"""Blocks that the feeder may be ahead of the receiver."""

_BLOCK_BYTES = 64 * 1024
_TEXT = (string.ascii_letters + string.digits + ' {}":,').encode()
_MIXED_SUBJECTS = 1000
_MIXED_MESSAGES = 64 * 1024
_HEADER_BLOCKS = 16


def subject(case: Case) -> str:
    """What the receiver subscribes to, the requester asks and the publisher publishes on."""
    return "bench.orders.>" if case.mixed else "bench.orders.created"


def block_messages(case: Case) -> int:
    """Messages in a block: about 64 KiB."""
    return 128 if case.mixed else _BLOCK_BYTES // (case.size + 64)


def blocks(case: Case) -> list[bytes]:
    """PUB or HPUB commands, a block an item; the feeder sends the list over and over.

    The mixed list is long (65,536 messages, no two alike), so that it does not repeat within
    what a client would remember. The request ids differ within a list for the same reason.
    """
    rng = random.Random(2)
    if case.mixed:
        messages, count = _mixed(rng), _MIXED_MESSAGES // block_messages(case)
    elif case.headers:
        messages, count = _with_headers(case, rng), _HEADER_BLOCKS
    else:
        messages, count = _plain(case, rng), 1
    return [b"".join(islice(messages, block_messages(case))) for _ in range(count)]


def payload(size: int, rng: random.Random) -> bytes:
    """`size` bytes of printable text."""
    return bytes(rng.choices(_TEXT, k=size))


def request_headers(rng: random.Random) -> dict[str, str]:
    """Two headers, one of them different every time."""
    return {REQUEST_ID: f"{rng.getrandbits(64):016x}", CONTENT_TYPE: "application/json"}


def _plain(case: Case, rng: random.Random) -> Iterator[bytes]:
    data = payload(case.size, rng)
    while True:
        yield b"PUB %s %d\r\n%s\r\n" % (subject(case).encode(), len(data), data)


def _with_headers(case: Case, rng: random.Random) -> Iterator[bytes]:
    data = payload(case.size, rng)
    while True:
        fields = "".join(f"{key}: {value}\r\n" for key, value in request_headers(rng).items())
        block = b"NATS/1.0\r\n%s\r\n" % fields.encode()
        sizes = b"%d %d" % (len(block), len(block) + len(data))
        yield b"HPUB %s %s\r\n%s%s\r\n" % (subject(case).encode(), sizes, block, data)


def _mixed(rng: random.Random) -> Iterator[bytes]:
    text = payload(64 * 1024, rng)
    while True:
        number = rng.randrange(_MIXED_SUBJECTS)
        reply = b" _INBOX.%022x.%x" % (rng.getrandbits(88), number) if rng.random() < 0.5 else b""
        size = rng.randint(16, 1024)
        start = rng.randrange(len(text) - size)
        data = text[start : start + size]
        yield b"PUB bench.orders.%d.paid%s %d\r\n%s\r\n" % (number, reply, size, data)
