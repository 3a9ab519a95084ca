"""TCP ports that belong to one test, also while nothing listens on them."""

from __future__ import annotations

import socket
import sys


class Port:
    """A free port of the loopback address, kept from everybody else until `release`.

    On Linux the port stays bound by a socket that never listens. A program that sets
    SO_REUSEADDR before it binds, as nats-server does, can listen on it all the same, any number
    of times; but the kernel hands it to nobody who asks for a free port or connects out. So two
    test runs never meet on a port, and a stopped server finds its own port free when it returns.
    Elsewhere bind() is stricter, and the port is merely one that was free a moment ago.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]
        if sys.platform != "linux":
            self._socket.close()

    def release(self) -> None:
        self._socket.close()
