"""The asyncio client: what a program connects, publishes and subscribes with."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..auth import Authenticator
from ..auth import RawCredentials as RawCredentials  # where programs look for it
from ..connection import Connection
from ..dialer import Dialer
from ..errors import ConnectionClosedError, ConnectionReconnectingError, Error, MaxPayloadError
from ..lifecycle import Lifecycle
from ..notifier import Notifier
from ..nuid import NUID
from ..options import Callback, Credentials, ErrorCallback, Options, ServerHandler
from ..outbox import Outbox
from ..pool import ServerPool
from ..protocol.info import ServerInfo
from ..protocol.subjects import check_inbox_prefix
from ..socks import parse_socks_proxy
from ..state import WAITING, ConnectionStatus
from .msg import Msg
from .requesting import MUX_SID, Requesting
from .subscription import DEFAULT_SUB_PENDING_BYTES_LIMIT as DEFAULT_SUB_PENDING_BYTES_LIMIT
from .subscription import DEFAULT_SUB_PENDING_MSGS_LIMIT as DEFAULT_SUB_PENDING_MSGS_LIMIT
from .subscription import Subscription as Subscription

if TYPE_CHECKING:
    from ..js.client import JetStreamContext
    from ..js.manager import JetStreamManager

DEFAULT_SERVERS = ["nats://localhost:4222"]
_REFUSAL = re.compile(
    r'Permissions Violation for (Publish|Subscription) to "([^"]*)"(?: using queue "([^"]*)")?'
)
_LAST_FLUSH = 1.0  # seconds that are left for publishes, at least, when subscriptions took all


class Client(Requesting):
    """A connection to NATS that heals itself.

    Everything here is for the event loop that `connect` ran in; from another thread use
    `loop.call_soon_threadsafe` or `asyncio.run_coroutine_threadsafe`.
    """

    #: The class of delivered messages; a subclass may set its own.
    msg_class: ClassVar[type[Msg]] = Msg

    def __init__(self) -> None:
        self._life = None
        self._outbox = Outbox(self._report)
        self._pieces = self._outbox.pieces
        self._prefixes = self._outbox.prefixes
        self._subs = {}
        self._next_sid = MUX_SID + 1
        self._replies = None
        self._nuid = NUID()
        self._inbox_prefix = "_INBOX"
        self._max_payload = 0
        self._tasks = {}

    # Connecting.

    async def connect(
        self,
        servers: str | Sequence[str] = DEFAULT_SERVERS,
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
        socks_proxy: str | None = None,
    ) -> None:
        """Connect to the first server that takes us; then keep a connection until `close`.

        `servers`: `host`, `host:port` or URLs with `nats://`, `tls://`, `ws://`, `wss://`; one,
        several with commas between them, or a list. All times are seconds.

        Callbacks are coroutine functions. `error_cb` takes the exception, the others nothing. They
        run one after another in a task of their own; an exception in one is reported to `error_cb`.
          disconnected_cb, reconnected_cb, closed_cb: the connection was lost, is back, is over.
          connected_cb: it is there for the first time (with `retry_on_failed_connect`: at last).
          discovered_server_cb: the cluster told of a new server.
          lame_duck_mode_cb: the server is about to close; we move to another if one is known.
        Reconnecting:
          allow_reconnect, max_reconnect_attempts (a server, in a row; 0 or less: no limit),
          reconnect_time_wait (between two attempts at a server, with some jitter),
          dont_randomize, ignore_discovered_servers,
          reconnect_to_server_handler(servers, info) -> (server, its URL, or None; delay in
          seconds): chooses the next server, told of the pool and the INFO of the last one,
          retry_on_failed_connect: return without a connection and go on trying,
          ignore_auth_error_abort: go on with a server that refused us twice with the same words.
        Who we are: user and password, token (each may be a callable), user_credentials (a path, a
          pair of paths for JWT and seed, or RawCredentials), nkeys_seed (a path) or nkeys_seed_str,
          user_jwt_cb and signature_cb. Asked and read anew for every attempt.
        TLS: tls (a context; `tls://` uses the default one), tls_hostname (the name to verify),
          tls_handshake_first. What was asked for and is not offered is refused.
        Limits: pending_size (bytes kept for the next connection; the transport's buffer before
          publishers wait), flush_timeout (for that wait), drain_timeout, connect_timeout (a server,
          handshake included), ping_interval (0 or less: no PINGs) and max_outstanding_pings.
        Others: name, verbose, pedantic, no_echo, inbox_prefix, ws_connection_headers,
          skip_subject_validation, publish_guard (called with the subject before a byte of a
          publish or request is written; raises to refuse), socks_proxy (`socks5://host:port`, or
          with user:password@; it looks up the servers' names). flusher_queue_size has no effect.

        Raises NoServersError with the last cause, AuthorizationError, SecureConnWantedError,
        InvalidUserCredentialsError, InvalidCallbackTypeError, Error for a bad URL; ProxyError may
        be that cause.
        """
        if self._life is not None and self.is_closed:
            await self._life.close()  # it may be in the middle of that
        if self.status not in (ConnectionStatus.DISCONNECTED, ConnectionStatus.CLOSED):
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
            socks_proxy=parse_socks_proxy(socks_proxy) if socks_proxy else None,
        )
        await self._start(servers, options).open()

    def _start(self, servers: str | Sequence[str], options: Options) -> Lifecycle:
        pool = ServerPool(
            servers,
            randomize=not options.dont_randomize,
            reconnect_time_wait=options.reconnect_time_wait,
            max_reconnect_attempts=options.max_reconnect_attempts,
            ignore_discovered=options.ignore_discovered_servers,
            ignore_auth_error_abort=options.ignore_auth_error_abort,
        )
        authenticator = Authenticator(
            user=options.user,
            password=options.password,
            token=options.token,
            signature_cb=options.signature_cb,
            user_jwt_cb=options.user_jwt_cb,
            user_credentials=options.user_credentials,
            nkeys_seed=options.nkeys_seed,
            nkeys_seed_str=options.nkeys_seed_str,
        )
        self._options = options
        self._inbox_prefix = options.inbox_prefix
        self._outbox = Outbox(self._report)
        self._outbox.flush_timeout = options.flush_timeout
        self._pieces = self._outbox.pieces
        self._prefixes = self._outbox.prefixes
        self._notifier = Notifier(options.error_cb)
        self._loop = asyncio.get_running_loop()
        self._life = Lifecycle(
            self,
            options,
            pool,
            Dialer(options, authenticator),
            self._outbox,
            self._notifier,
            self.msg_class,
        )
        return self._life

    async def close(self) -> None:
        """Write what was published, end the connection and every subscription and request.

        Idempotent. On return all tasks of the client have finished and the callbacks were called;
        to a callback it returns at once, since that has to finish too.
        """
        if self._life is not None:
            await self._life.close()

    async def drain(self) -> None:
        """End all subscriptions when what has arrived is taken, then publish what is left, close.

        Replies may still be published while the subscriptions drain, which takes `drain_timeout`
        at most (DrainTimeoutError goes to `error_cb`). From within a callback it returns at once,
        and the draining goes on. What the caller itself iterates over is not waited for, and can
        be taken afterwards. Raises ConnectionClosedError, ConnectionReconnectingError.
        """
        life = self._live()
        if self.is_draining:
            return
        if life.status in WAITING:
            raise ConnectionReconnectingError()
        life.go(ConnectionStatus.DRAINING_SUBS)
        returns_at_once = self.is_own_task()
        by = None if returns_at_once else asyncio.current_task()
        draining = self._own(self._drain(life, by), "nats-drain")
        if not returns_at_once:
            await asyncio.wait([draining])
            await life.close()

    async def _drain(self, life: Lifecycle, by: asyncio.Task[object] | None) -> None:
        deadline = self._loop.time() + self._options.drain_timeout
        subs = list(self._subs.values())
        drains = [sub._drain(self._options.drain_timeout, by) for sub in subs]
        for failed in await asyncio.gather(*drains, return_exceptions=True):
            if isinstance(failed, Exception):
                self._report(failed)
        await self._callbacks_done(deadline)
        life.go(ConnectionStatus.DRAINING_PUBS)
        self._prefixes.clear()
        try:
            await self._flush_link(max(deadline - self._loop.time(), _LAST_FLUSH))
        except Error as error:
            self._report(error)
        life.end()

    async def _callbacks_done(self, deadline: float) -> None:
        """Wait for the callbacks of subscriptions that ended before, and have messages left."""
        others = self._tasks.keys() - {asyncio.current_task()}
        left = deadline - self._loop.time()
        if others and left > 0:
            await asyncio.wait(others, timeout=left)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def force_reconnect(self) -> None:
        """Leave this connection and get another one now; also ends a wait between attempts.

        Returns when that has begun. Raises ConnectionClosedError, ConnectionDrainingError.
        """
        self._live().force_reconnect()

    # JetStream.

    def jetstream(
        self, *, prefix: str = "$JS.API", domain: str | None = None, **options: Any
    ) -> JetStreamContext:
        """What publishes to and consumes from streams.

        `prefix` of the JetStream API, or the `domain` that stands for one; `timeout` in seconds
        for its requests (5); `publish_async_max_pending`.
        """
        from ..js.client import JetStreamContext

        return JetStreamContext(self, prefix, domain, **options)

    def jsm(
        self, *, prefix: str = "$JS.API", domain: str | None = None, timeout: float = 5
    ) -> JetStreamManager:
        """What manages streams and consumers; the options of `jetstream`."""
        from ..js.manager import JetStreamManager

        return JetStreamManager(self, f"$JS.{domain}.API" if domain else prefix, timeout)

    # What the lifecycle calls.

    def resume(self, connection: Connection) -> None:
        """A new connection: replay the subscriptions, then write what waited."""
        if connection.info is not None:
            self.informed(connection.info)
        lines = []
        if self._replies is not None:
            connection.parser.add_route(MUX_SID, self._replies, repeats=False)
            lines.append(self._sub_line(self._replies.subject, "", MUX_SID))
        for sub in list(self._subs.values()):
            if sub._draining or sub._silent:
                continue
            connection.parser.add_route(sub._id, sub, repeats=sub._repeats)
            lines.append(self._sub_line(sub._subject, sub._queue, sub._id))
            if sub._max_msgs:
                lines.append(f"UNSUB {sub._id} {sub._max_msgs - sub._received}".encode())
        greeting = b"".join([line + b"\r\n" for line in lines])
        assert connection.transport is not None
        connection.transport.set_write_buffer_limits(high=max(self._options.pending_size, 65536))
        self._drop_what_is_too_large()
        self._outbox.attach(connection.transport, greeting)
        for sub in list(self._subs.values()):
            sub._resumed()

    def _drop_what_is_too_large(self) -> None:
        """Of what waited: this server may take less than the one before, and would hang up."""
        if not self._max_payload:
            return
        for line, size in self._outbox.drop_larger(self._max_payload):
            _, subject, *others = line.decode().split()
            error = MaxPayloadError(
                f"nats: dropped a message to {subject!r} that waited for a connection: {size} "
                f"bytes of headers and payload; the server takes {self._max_payload} at most "
                "(max_payload)"
            )
            self._report(error)
            if self._replies is not None:
                self._replies.not_sent(others[0], error)

    def suspend(self) -> None:
        """The connection is gone: keep what is to be written."""
        self._outbox.detach()

    def denied(self, error: Error) -> None:
        """The server does not permit something: who waits for what would come of it is told."""
        what, subject, queue = _refused(str(error))
        if what == "Publish" and self._replies is not None:
            self._replies.refused(subject, error)
        elif what == "Subscription":
            self._end_refused(subject, queue, error)

    def _end_refused(self, subject: str, queue: str, error: Error) -> None:
        if self._replies is not None and self._replies.subject == subject:
            self._replies.fail(error)
            self._replies = None
        for sub in list(self._subs.values()):
            if (sub._subject, sub._queue) == (subject, queue):
                self._forget(sub)
                sub._end(error)

    def informed(self, info: ServerInfo) -> None:
        """The server allows other sizes, maybe: it knows the account only after CONNECT."""
        self._max_payload = info.max_payload
        self._prefixes.clear()  # whose publishes are checked above 4,096 bytes only

    def cut_off(self) -> set[asyncio.Task[None]]:
        """The client is closed: end everything that waits."""
        self._outbox.discard()
        if self._replies is not None:
            self._replies.fail(ConnectionClosedError())
            self._replies = None
        subs, self._subs = list(self._subs.values()), {}
        for sub in subs:
            sub._end()
        for task, of in self._tasks.items():
            if task is not asyncio.current_task():
                task.cancel()
            elif of is not None:
                of._discard()  # the message that it is at is its last
        return set(self._tasks)


def _refused(words: str) -> tuple[str, str, str]:
    """(Publish or Subscription, subject, queue) of a permissions violation; else empty ones."""
    found = _REFUSAL.search(words)
    return (found[1], found[2], found[3] or "") if found else ("", "", "")
