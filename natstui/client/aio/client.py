"""The asyncio client: what a program connects, publishes and subscribes with."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import ParseResult

from ..auth import Authenticator
from ..connection import Connection
from ..dialer import Dialer
from ..errors import (
    BadTimeoutError,
    ConnectionClosedError,
    ConnectionDrainingError,
    ConnectionReconnectingError,
    Error,
    FlushTimeoutError,
    MaxPayloadError,
    NoRespondersError,
    OutboundBufferLimitError,
)
from ..lifecycle import Lifecycle
from ..notifier import Notifier
from ..nuid import NUID
from ..options import (
    Callback,
    Credentials,
    ErrorCallback,
    Options,
    ServerHandler,
    is_coroutine_callable,
)
from ..outbox import Outbox
from ..pool import Server, ServerPool
from ..protocol.headers import HeadersLike, encode_headers
from ..protocol.info import ServerInfo
from ..protocol.subjects import (
    check_inbox_prefix,
    check_publish_subject,
    check_queue,
    check_subscribe_subject,
)
from ..requests import ReplyInbox
from ..state import LINKED, LIVE, WAITING, ConnectionStatus
from .msg import Msg
from .subscription import (
    DEFAULT_SUB_PENDING_BYTES_LIMIT,
    DEFAULT_SUB_PENDING_MSGS_LIMIT,
    Hook,
    MsgCallback,
    Subscription,
)

if TYPE_CHECKING:
    from ..js.client import JetStreamContext
    from ..js.manager import JetStreamManager

_SIZES = tuple(b"%d" % size for size in range(4096))
_FULL = 1024  # pieces; see Outbox
_PREFIXES_KEPT = 4096
_MUX_SID = 1


class Client:
    """A connection to NATS that heals itself.

    Everything here is for the event loop that `connect` ran in; from another thread use
    `loop.call_soon_threadsafe` or `asyncio.run_coroutine_threadsafe`.
    """

    DISCONNECTED = ConnectionStatus.DISCONNECTED
    CONNECTED = ConnectionStatus.CONNECTED
    CLOSED = ConnectionStatus.CLOSED
    RECONNECTING = ConnectionStatus.RECONNECTING
    CONNECTING = ConnectionStatus.CONNECTING
    DRAINING_SUBS = ConnectionStatus.DRAINING_SUBS
    DRAINING_PUBS = ConnectionStatus.DRAINING_PUBS

    #: The class of delivered messages; a subclass may set its own.
    msg_class: ClassVar[type[Msg]] = Msg

    def __init__(self) -> None:
        self._life: Lifecycle | None = None
        self._outbox = Outbox(self._report)
        self._pieces = self._outbox.pieces
        self._prefixes = self._outbox.prefixes
        self._subs: dict[int, Subscription] = {}
        self._next_sid = _MUX_SID + 1
        self._replies: ReplyInbox | None = None
        self._nuid = NUID()
        self._in_msgs = 0
        self._in_bytes = 0

    # Connecting.

    async def connect(
        self,
        servers: str | Sequence[str] = ("nats://localhost:4222",),
        error_cb: ErrorCallback | None = None,
        disconnected_cb: Callback | None = None,
        closed_cb: Callback | None = None,
        discovered_server_cb: Callback | None = None,
        reconnected_cb: Callback | None = None,
        name: str | None = None,
        pedantic: bool = False,
        verbose: bool = False,
        allow_reconnect: bool = True,
        connect_timeout: float = 2,
        reconnect_time_wait: float = 2,
        max_reconnect_attempts: int = 60,
        ping_interval: float = 120,
        max_outstanding_pings: int = 2,
        dont_randomize: bool = False,
        flusher_queue_size: int = 1024,
        no_echo: bool = False,
        tls: ssl.SSLContext | None = None,
        tls_hostname: str | None = None,
        tls_handshake_first: bool = False,
        user: str | Callable[[], str] | None = None,
        password: str | Callable[[], str] | None = None,
        token: str | Callable[[], str] | None = None,
        drain_timeout: float = 30,
        signature_cb: Callable[[str], bytes] | None = None,
        user_jwt_cb: Callable[[], bytes | bytearray] | None = None,
        user_credentials: Credentials | None = None,
        nkeys_seed: str | Path | None = None,
        nkeys_seed_str: str | None = None,
        inbox_prefix: str | bytes = b"_INBOX",
        pending_size: int = 2 * 1024 * 1024,
        flush_timeout: float | None = None,
        *,
        connected_cb: Callback | None = None,
        lame_duck_mode_cb: Callback | None = None,
        ws_connection_headers: Mapping[str, str | Sequence[str]] | None = None,
        reconnect_to_server_handler: ServerHandler | None = None,
        skip_subject_validation: bool = False,
        retry_on_failed_connect: bool = False,
        ignore_discovered_servers: bool = False,
        ignore_auth_error_abort: bool = False,
        publish_guard: Callable[[str], None] | None = None,
    ) -> None:
        """Connect; every option has a default that suits a server on this machine."""
        if self._life is not None and not self.is_closed:
            raise Error("nats: already connected; close first, or use another Client")
        options = Options(
            error_cb=error_cb,
            disconnected_cb=disconnected_cb,
            closed_cb=closed_cb,
            discovered_server_cb=discovered_server_cb,
            reconnected_cb=reconnected_cb,
            connected_cb=connected_cb,
            lame_duck_mode_cb=lame_duck_mode_cb,
            name=name,
            pedantic=pedantic,
            verbose=verbose,
            allow_reconnect=allow_reconnect,
            connect_timeout=connect_timeout,
            reconnect_time_wait=reconnect_time_wait,
            max_reconnect_attempts=max_reconnect_attempts,
            ping_interval=ping_interval,
            max_outstanding_pings=max_outstanding_pings,
            dont_randomize=dont_randomize,
            flusher_queue_size=flusher_queue_size,
            no_echo=no_echo,
            tls=tls,
            tls_hostname=tls_hostname,
            tls_handshake_first=tls_handshake_first,
            user=user,
            password=password,
            token=token,
            drain_timeout=drain_timeout,
            signature_cb=signature_cb,
            user_jwt_cb=user_jwt_cb,
            user_credentials=user_credentials,
            nkeys_seed=nkeys_seed,
            nkeys_seed_str=nkeys_seed_str,
            inbox_prefix=check_inbox_prefix(inbox_prefix),
            pending_size=pending_size,
            flush_timeout=flush_timeout,
            ws_connection_headers=ws_connection_headers,
            reconnect_to_server_handler=reconnect_to_server_handler,
            skip_subject_validation=skip_subject_validation,
            retry_on_failed_connect=retry_on_failed_connect,
            ignore_discovered_servers=ignore_discovered_servers,
            ignore_auth_error_abort=ignore_auth_error_abort,
            publish_guard=publish_guard,
        )
