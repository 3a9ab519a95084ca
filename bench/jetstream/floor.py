"""Process that does the least that a workload takes, with encoded bytes; prints the seconds.

    python -m bench.jetstream.floor WORKLOAD URL [CORE]

It uses a blocking socket and parses nothing: answers are counted by a piece of text that each has
once. What is left is how long server, sockets and operating system take: no client is quicker.
"""

from __future__ import annotations

import json
import socket
import statistics
import sys
from collections.abc import Callable, Mapping
from time import perf_counter

from bench.client.process import pin
from bench.client.wire import open_connection
from bench.jetstream.stored import KEYS, MESSAGES, PAYLOAD, PUBLISHED, STREAM
from bench.jetstream.workloads import WORKLOADS

_INBOX = "_INBOX.0123456789abcdefghijkl"
_WINDOW = 4000  # unacknowledged publishes
_BLOCK = 250  # that are written together
_READ = 64 * 1024


def publish(url: str, count: int) -> float:
    return _median_request(url, PUBLISHED, PAYLOAD, count)


def kv_put(url: str, count: int) -> float:
    return _median_request(url, "$KV.calls.key", PAYLOAD, count)


def kv_get(url: str, count: int) -> float:
    return _median_request(url, "$JS.API.DIRECT.GET.KV_calls.$KV.calls.key", b"", count)


def _median_request(url: str, subject: str, payload: bytes, count: int) -> float:
    times = []
    with open_connection(url, f"{_INBOX}.*") as conn:
        for number in range(count):
            start = perf_counter()
            conn.sendall(_publish(subject, payload, f"{_INBOX}.{number}"))
            conn.recv(_READ)
            times.append(perf_counter() - start)
    return statistics.median(times)


def publish_async(url: str, count: int) -> float:
    blocks = [
        b"".join(
            _publish(PUBLISHED, PAYLOAD, f"{_INBOX}.{number}")
            for number in range(first, min(first + _BLOCK, count))
        )
        for first in range(0, count, _BLOCK)
    ]
    with open_connection(url, f"{_INBOX}.*") as conn:
        answers = _Counter(conn, b'"seq"')
        start = perf_counter()
        for sent, block in enumerate(blocks):
            answers.wait((sent + 1) * _BLOCK - _WINDOW)
            conn.sendall(block)
        answers.wait(count)
        return perf_counter() - start


def fetch_100(url: str, count: int) -> float:
    return _fetch(url, 100, count, acknowledge=False)


def fetch_500(url: str, count: int) -> float:
    return _fetch(url, 500, count, acknowledge=False)


def fetch_500_ack(url: str, count: int) -> float:
    return _fetch(url, 500, count, acknowledge=True)


def _fetch(url: str, batch: int, count: int, acknowledge: bool) -> float:
    config = {"ack_policy": "explicit" if acknowledge else "none", "max_ack_pending": 10_000}
    with open_connection(url, f"{_INBOX}.*") as conn:
        name = _create_consumer(conn, STREAM, config)
        body = b'{"batch":%d,"expires":30000000000}' % batch
        pull = _publish(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{name}", body, f"{_INBOX}.1")
        answers = _Counter(conn, PAYLOAD)
        start = perf_counter()
        for got in range(batch, count + batch, batch):
            conn.sendall(pull)
            messages = answers.wait(got, keep=acknowledge)
            if acknowledge:
                replies = [line.split()[3] for line in messages.splitlines() if line[:4] == b"MSG "]
                conn.sendall(b"".join([b"PUB %b 0\r\n\r\n" % reply for reply in replies]))
        return perf_counter() - start


def ordered(url: str, count: int) -> float:
    return _pushed(url, STREAM, {}, MESSAGES)


def kv_keys(url: str, count: int) -> float:
    config = {"deliver_policy": "last_per_subject", "headers_only": True}
    return _pushed(url, "KV_many", {**config, "filter_subject": "$KV.many.>"}, KEYS)


def kv_watchall(url: str, count: int) -> float:
    config = {"deliver_policy": "last_per_subject", "filter_subject": "$KV.many.>"}
    return _pushed(url, "KV_many", config, KEYS)


def _pushed(url: str, stream: str, config: Mapping[str, object], count: int) -> float:
    pushed = {**config, "ack_policy": "none", "deliver_subject": f"{_INBOX}.1"}
    with open_connection(url, f"{_INBOX}.1") as conn:
        answers = _Counter(conn, b"Nats-Msg-Size" if "headers_only" in config else PAYLOAD)
        start = perf_counter()
        conn.sendall(_consumer_request(stream, pushed))
        answers.wait(count)
        return perf_counter() - start


class _Counter:
    """Counts what comes, by a mark that each answer has once."""

    def __init__(self, conn: socket.socket, mark: bytes) -> None:
        self._conn = conn
        self._mark = mark
        self._seen = 0
        self._rest = b""

    def wait(self, wanted: int, keep: bool = False) -> bytes:
        """Read until so many have come; gives all that was read, if it is to be kept."""
        kept = []
        while self._seen < wanted:
            data = self._conn.recv(_READ)
            if not data:
                raise ConnectionError("the server closed the connection")
            if keep:
                kept.append(data)
            data = self._rest + data
            self._seen += data.count(self._mark)
            behind = data.rfind(self._mark) + len(self._mark) if self._mark in data else 0
            self._rest = data[max(behind, len(data) - len(self._mark) + 1) :]
        return b"".join(kept)


def _create_consumer(conn: socket.socket, stream: str, config: Mapping[str, object]) -> str:
    conn.sendall(_consumer_request(stream, config))
    answer = b""
    while not answer.endswith(b"}\r\n"):
        answer += conn.recv(_READ)
    return str(json.loads(answer.partition(b"\r\n")[2])["name"])


def _consumer_request(stream: str, config: Mapping[str, object]) -> bytes:
    body = json.dumps({"stream_name": stream, "config": {"mem_storage": True, **config}}).encode()
    return _publish(f"$JS.API.CONSUMER.CREATE.{stream}", body, f"{_INBOX}.0")


def _publish(subject: str, payload: bytes, reply: str) -> bytes:
    return b"PUB %b %b %d\r\n%b\r\n" % (subject.encode(), reply.encode(), len(payload), payload)


FLOORS: dict[str, Callable[[str, int], float]] = {
    "js-publish": publish,
    "kv-get": kv_get,
    "kv-put": kv_put,
    "publish-async": publish_async,
    "publish-async-bounded": publish_async,
    "fetch-100": fetch_100,
    "fetch-500": fetch_500,
    "fetch-500-ack": fetch_500_ack,
    "ordered": ordered,
    "kv-keys": kv_keys,
    "kv-watchall": kv_watchall,
}


def main(key: str, url: str, core: str = "") -> None:
    if core:
        pin(int(core))
    print(FLOORS[key](url, WORKLOADS[key].count))


if __name__ == "__main__":
    main(*sys.argv[1:])
