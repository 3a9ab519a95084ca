"""Process that publishes encoded blocks as fast as the receiver takes them.

    python -m bench.client.feeder URL CASE FD

It is never more than WINDOW blocks (2 MiB) ahead of what the receiver has reported: enough to
keep the fastest client busy, too little for the server to call the slowest a slow consumer.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from itertools import cycle, islice

from bench.client.cases import CASES
from bench.client.channel import READY, receive_order
from bench.client.load import WINDOW, blocks
from bench.client.wire import open_connection


def feed(conn: socket.socket, channel: socket.socket, run: Iterator[bytes]) -> None:
    """Send the blocks of `run`, and return when the receiver has reported every one."""
    ahead = 0
    for block in run:
        if ahead == WINDOW:
            ahead -= _reported(channel, ahead)
        conn.sendall(block)
        ahead += 1
    while ahead:
        ahead -= _reported(channel, ahead)


def _reported(channel: socket.socket, at_most: int) -> int:
    reports = len(channel.recv(at_most))
    if not reports:
        raise ConnectionError("the receiver is gone")
    return reports


def main(url: str, case_key: str, fd: str) -> None:
    channel = socket.socket(fileno=int(fd))
    endless = cycle(blocks(CASES[case_key]))
    with open_connection(url) as conn, channel:
        channel.sendall(READY)
        while count := receive_order(channel):
            feed(conn, channel, islice(endless, count))


if __name__ == "__main__":
    main(*sys.argv[1:])
