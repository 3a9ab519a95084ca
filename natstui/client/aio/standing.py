"""How a client stands: what it is connected to, in which state, with what count."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from urllib.parse import ParseResult

from ..connection import Connection
from ..errors import ConnectionClosedError
from ..lifecycle import Lifecycle
from ..options import Options
from ..outbox import Outbox
from ..pool import Server
from ..protocol.info import ServerInfo
from ..state import LINKED, ConnectionStatus


class Standing:
    """What can be asked of a `Client` at any time, also before and after its life."""

    DISCONNECTED = ConnectionStatus.DISCONNECTED
    CONNECTED = ConnectionStatus.CONNECTED
    CLOSED = ConnectionStatus.CLOSED
    RECONNECTING = ConnectionStatus.RECONNECTING
    CONNECTING = ConnectionStatus.CONNECTING
    DRAINING_SUBS = ConnectionStatus.DRAINING_SUBS
    DRAINING_PUBS = ConnectionStatus.DRAINING_PUBS

    _life: Lifecycle | None
    _options: Options
    _outbox: Outbox
    _max_payload: int

    def _live(self) -> Lifecycle:
        """The lifecycle of a client that is open. Raises ConnectionClosedError."""
        if self._life is None or self._life.status in (
            ConnectionStatus.CLOSED,
            ConnectionStatus.DISCONNECTED,
        ):
            raise ConnectionClosedError()
        return self._life

    @property
    def _connection(self) -> Connection | None:
        return self._life.connection if self._life is not None else None

    # What it is connected to.

    @property
    def server_info(self) -> ServerInfo | None:
        """What the connected server last said of itself."""
        return self._connection.info if self._connection is not None else None

    @property
    def servers(self) -> list[ParseResult]:
        """All known servers, in the order they will be tried."""
        return [server.url for server in self.server_pool]

    @property
    def discovered_servers(self) -> list[ParseResult]:
        """Those that the cluster told of."""
        return [server.url for server in self.server_pool if server.discovered]

    @property
    def server_pool(self) -> list[Server]:
        """All known servers with what is known of them."""
        return self._life.pool.servers if self._life is not None else []

    def set_server_pool(self, servers: str | Sequence[str]) -> None:
        """Use these servers from the next reconnect on. Raises Error for a bad URL."""
        self._live().pool.replace(servers)

    @property
    def connected_url(self) -> ParseResult | None:
        """The server that we are connected to; None while we are not."""
        if self._connection is None or self._life is None or self._life.pool.current is None:
            return None
        return self._life.pool.current.url

    @property
    def connected_server_version(self) -> tuple[int, int, int]:
        """Major, minor, patch; zeros while not connected."""
        return self.server_info.version_tuple if self.server_info else (0, 0, 0)

    @property
    def client_id(self) -> int | None:
        """The id that the server gave this connection."""
        return self.server_info.client_id if self.server_info else None

    @property
    def client_ip(self) -> str | None:
        """Our address as the server sees it."""
        return self.server_info.client_ip if self.server_info else None

    @property
    def max_payload(self) -> int:
        """The most bytes of headers and payload together that the server takes."""
        return self._max_payload

    @property
    def ssl_context(self) -> ssl.SSLContext | None:
        """The TLS context that was given to `connect`."""
        return self._options.tls if self._life is not None else None

    @property
    def pending_data_size(self) -> int:
        """Bytes published or commanded that the operating system has not taken yet."""
        return self._outbox.pending_size

    # How it stands.

    @property
    def status(self) -> ConnectionStatus:
        """Where the client stands."""
        return self._life.status if self._life is not None else ConnectionStatus.DISCONNECTED

    @property
    def is_connected(self) -> bool:
        """Whether a server is on the other end (also while draining)."""
        return self.status in LINKED

    @property
    def is_closed(self) -> bool:
        """Whether it is over."""
        return self.status is ConnectionStatus.CLOSED

    @property
    def is_connecting(self) -> bool:
        """Whether the first connection is being made."""
        return self.status is ConnectionStatus.CONNECTING

    @property
    def is_reconnecting(self) -> bool:
        """Whether a lost connection is being replaced."""
        return self.status is ConnectionStatus.RECONNECTING

    @property
    def is_draining(self) -> bool:
        """Whether subscriptions or publishes are being drained."""
        return self.status in (ConnectionStatus.DRAINING_SUBS, ConnectionStatus.DRAINING_PUBS)

    @property
    def is_draining_pubs(self) -> bool:
        """Whether the subscriptions are drained, and the publishes are left."""
        return self.status is ConnectionStatus.DRAINING_PUBS

    @property
    def last_error(self) -> Exception | None:
        """The last thing that went wrong, awaited by somebody or not."""
        return self._life.last_error if self._life is not None else None

    @property
    def options(self) -> Options:
        """What was given to `connect`; ConnectionClosedError before that."""
        if self._life is None:
            raise ConnectionClosedError()
        return self._options

    @property
    def stats(self) -> dict[str, int]:
        """Counters since `connect`: in_msgs, out_msgs, in_bytes, out_bytes (headers and payload),
        reconnects, errors_received."""
        out_msgs, out_bytes = self._outbox.totals()
        return {
            "in_msgs": self._life.traffic.messages if self._life else 0,
            "out_msgs": out_msgs,
            "in_bytes": self._life.traffic.bytes if self._life else 0,
            "out_bytes": out_bytes,
            "reconnects": self._life.reconnects if self._life else 0,
            "errors_received": self._life.errors_received if self._life else 0,
        }
