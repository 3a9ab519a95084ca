"""A blocking socket that speaks just enough of the protocol for the feeder and the responder."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

_CONNECT = b'CONNECT {"verbose":false,"pedantic":false,"headers":true,"protocol":1}\r\n'


def open_connection(url: str, subscribe_to: str = "") -> socket.socket:
    """Connect to `url`; the server has processed everything sent when this returns."""
    parts = urlsplit(url)
    conn = socket.create_connection((parts.hostname, parts.port or 4222), timeout=10)
    conn.settimeout(None)
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    subscription = f"SUB {subscribe_to} 1\r\n".encode() if subscribe_to else b""
    conn.sendall(_CONNECT + subscription + b"PING\r\n")
    seen = b""
    while b"PONG\r\n" not in seen:
        piece = conn.recv(4096)
        if not piece:
            raise ConnectionError(f"the server closed the connection: {seen!r}")
        seen += piece
    return conn
