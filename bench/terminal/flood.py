"""A publisher that keeps a rate: pre-encoded blocks every two milliseconds over a raw socket.

    python -m bench.terminal.flood URL RATE [PREFIX]

Prints how many messages it has sent when its standard input ends. 1,000 subjects below PREFIX
("orders"), payloads of JSON from 80 to 400 bytes, a header on each tenth.
"""

from __future__ import annotations

import random
import select
import sys
import time

from bench.client.wire import open_connection

_TICK = 0.002
_BLOCKS = 200


def main(url: str, rate: int, prefix: str = "orders") -> None:
    rng = random.Random(1)
    tick = max(_TICK, 1 / rate)
    size = round(rate * tick)
    blocks = [b"".join(_message(rng, prefix) for _ in range(size)) for _ in range(_BLOCKS)]
    sent = 0
    with open_connection(url) as conn:
        due = time.monotonic()
        while not select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
            # What a busy machine made us miss is sent at once, so that the rate is kept.
            while due <= time.monotonic():
                conn.sendall(blocks[sent // size % _BLOCKS])
                sent += size
                due += tick
        conn.sendall(b"PING\r\n")
        while b"PONG" not in conn.recv(65536):
            pass
    print(sent, flush=True)


def _message(rng: random.Random, prefix: str) -> bytes:
    subject = subject_below(prefix, rng)
    payload = json_payload(rng)
    if rng.random() < 0.1:
        head = b"NATS/1.0\r\nTrace: %d\r\n\r\n" % rng.randrange(10**9)
        size = len(head) + len(payload)
        return b"HPUB %b %d %d\r\n%b%b\r\n" % (subject.encode(), len(head), size, head, payload)
    return b"PUB %b %d\r\n%b\r\n" % (subject.encode(), len(payload), payload)


def subject_below(prefix: str, rng: random.Random) -> str:
    """One of 1,000 subjects."""
    return f"{prefix}.{rng.randrange(20)}.{rng.randrange(50)}"


def json_payload(rng: random.Random) -> bytes:
    """From 80 to 400 bytes."""
    note = "x" * rng.randrange(320)
    return f'{{"id":{rng.randrange(10**6)},"total":{rng.random():.4f},"note":"{note}"}}'.encode()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
