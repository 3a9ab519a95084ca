"""Process that answers every request with its own payload.

python -m bench.client.responder URL CASE FD
"""

from __future__ import annotations

import re
import socket
import sys

from bench.client.cases import CASES
from bench.client.channel import READY
from bench.client.load import subject
from bench.client.wire import open_connection


def answer(conn: socket.socket, size: int) -> None:
    """Answer every complete request, with one write a read, until the server closes.

    PINGs are left unanswered: a run is over long before the server minds.
    """
    request = re.compile(rb"MSG \S+ 1 (\S+) %d\r\n(.{%d}\r\n)" % (size, size), re.DOTALL)
    rest = b""
    while piece := conn.recv(256 * 1024):
        data = rest + piece
        end = 0
        answers: list[bytes] = []
        for found in request.finditer(data):
            inbox, echoed = found.groups()
            answers.append(b"PUB %s %d\r\n%s" % (inbox, size, echoed))
            end = found.end()
        if answers:
            conn.sendall(b"".join(answers))
        rest = data[end:]


def main(url: str, case_key: str, fd: str) -> None:
    case = CASES[case_key]
    channel = socket.socket(fileno=int(fd))
    with open_connection(url, subscribe_to=subject(case)) as conn, channel:
        channel.sendall(READY)
        answer(conn, case.size)


if __name__ == "__main__":
    main(*sys.argv[1:])
