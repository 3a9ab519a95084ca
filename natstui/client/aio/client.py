"""The asyncio client: what a program connects, publishes and subscribes with."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..auth import Authenticator
from ..auth import RawCredentials as RawCredentials  # where programs look for it
from ..connection import Connection
from ..dialer import Dialer
from ..errors import (
    BadSubscriptionError,
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
from ..outbox import FULL, FULL_SIZE, Outbox
from ..pool import ServerPool
from ..protocol.headers import HeadersLike, encode_headers
from ..protocol.info import ServerInfo
from ..protocol.subjects import (
    check_inbox_prefix,
    check_publish_subject,
    check_queue,
    check_subscribe_subject,
)
from ..request_many import Sentinel, request_many
from ..requests import ReplyInbox
from ..state import LIVE, WAITING, ConnectionStatus
from .msg import Msg
from .standing import Standing
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

DEFAULT_SERVERS = ["nats://localhost:4222"]
_SMALL = 4096  # bytes; no max_payload is less, or the quick way to publish is not taken
_LARGE = 1024  # bytes; FULL pieces of fewer are not much
_SIZES = tuple(b"%d" % size for size in range(_SMALL))
_PREFIXES_KEPT = 4096
_MUX_SID = 1
_REFUSAL = re.compile(
    r'Permissions Violation for (Publish|Subscription) to "([^"]*)"(?: using queue "([^"]*)")?'
)
_REQUESTS_WRITTEN_AT_ONCE = 32  # pieces: sixteen requests; the server starts on them meanwhile
_LAST_FLUSH = 1.0  # seconds that are left for publishes, at least, when subscriptions took all


class Client(Standing):
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
        self._subs: dict[int, Subscription] = {}
        self._next_sid = _MUX_SID + 1
        self._replies: ReplyInbox | None = None
        self._nuid = NUID()
        self._inbox_prefix = "_INBOX"
        self._max_payload = 0
        # What runs the callback of a subscription, or waits for such (None): ends with the client.
        self._tasks: dict[asyncio.Task[None], Subscription | None] = {}

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
          publish or request is written; raises to refuse). flusher_queue_size has no effect.

        Raises NoServersError with the last cause, AuthorizationError, SecureConnWantedError,
        InvalidUserCredentialsError, InvalidCallbackTypeError, Error for a bad URL.
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

    def _own(
        self, work: Coroutine[Any, Any, None], name: str, sub: Subscription | None = None
    ) -> asyncio.Task[None]:
        """Run it in a task that ends with the client."""
        task = self._loop.create_task(work, name=name)
        self._tasks[task] = sub
        task.add_done_callback(self._tasks.pop)
        return task

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def force_reconnect(self) -> None:
        """Leave this connection and get another one now; also ends a wait between attempts.

        Returns when that has begun. Raises ConnectionClosedError, ConnectionDrainingError.
        """
        self._live().force_reconnect()

    # Publishing.

    async def publish(
        self,
        subject: str,
        payload: bytes = b"",
        reply: str = "",
        headers: HeadersLike | None = None,
    ) -> None:
        """Publish a message.

        It is written at the end of this turn of the loop at the latest. Returns sooner, unless the
        connection cannot take more, which is then waited for; who cancels that wait does not take
        the message back. While reconnecting, messages are kept for the next connection,
        `pending_size` bytes of them.

        `payload` is anything bytes-like. `headers` maps keys to a str or a list of them.

        Raises BadSubjectError, BadHeaderError, MaxPayloadError (headers and payload count),
        OutboundBufferLimitError, ConnectionClosedError, ConnectionDrainingError, and what the
        publish guard raises.
        """
        # Everything out of the ordinary (first publish to a subject, not connected, transport
        # paused, a guard, …) has no prefix here and goes the long way.
        prefix = self._prefixes.get(subject)
        if prefix is None or reply or payload.__class__ is not bytes:
            self._send(subject, payload, reply, headers)
            if self._outbox.full:
                await self._outbox.relieve()
            return
        if headers:
            head = encode_headers(headers)
            payload = head + payload
            line = b"H%b%d " % (prefix, len(head))
        else:
            line = prefix
        size = len(payload)
        try:
            line += _SIZES[size]
        except IndexError:
            self._check_size(size)
            line += b"%d" % size
        pieces = self._pieces
        pieces.append(line)
        pieces.append(payload)
        waiting = len(pieces)
        if waiting == 2:
            self._loop.call_soon(self._outbox.flush)
        elif waiting > FULL or (size >= _LARGE and waiting * size > FULL_SIZE):
            await self._outbox.relieve()

    def _send(
        self,
        subject: str,
        payload: bytes,
        reply: str = "",
        headers: HeadersLike | None = None,
        open_first: Callable[[], None] | None = None,
    ) -> None:
        """Put a message into the outbox, without waiting; raises what `publish` does.

        `open_first` begins the subscription for the answers: nothing of a message that the guard
        refuses may be written, and it is asked once.
        """
        life = self._life
        if life is None or life.status not in LIVE:
            self._check_may_wait()
        options = self._options
        if options.publish_guard is not None:
            options.publish_guard(subject)
        if not options.skip_subject_validation:
            check_publish_subject(subject)
            if reply:
                check_publish_subject(reply)
        if payload.__class__ is not bytes:
            payload = _as_bytes(payload)
        head = encode_headers(headers) if headers else b""
        self._check_size(len(head) + len(payload))
        line = b" ".join(_fields(subject, reply, head, payload))
        outbox = self._outbox
        if outbox.is_offline:
            self._check_room(len(line) + len(head) + len(payload) + 4)
        if open_first is not None:
            open_first()
        outbox.publish(line, head, payload)
        if outbox.clear_way and not options.publish_guard and self._max_payload >= _SMALL:
            self._remember_prefix(subject)

    def _remember_prefix(self, subject: str) -> None:
        if len(self._prefixes) >= _PREFIXES_KEPT:
            self._prefixes.clear()
        self._prefixes[subject] = b"PUB %b " % subject.encode()

    def _check_may_wait(self) -> None:
        """Whether a message may be kept for a connection to come. Raises if not."""
        status = self.status
        if status is ConnectionStatus.DRAINING_PUBS:
            raise ConnectionDrainingError()
        if status not in WAITING:
            raise ConnectionClosedError()

    def _check_room(self, size: int) -> None:
        if self._outbox.pending_size + size > self._options.pending_size:
            raise OutboundBufferLimitError(
                f"nats: {self._outbox.pending_size} bytes wait for a connection already, "
                f"{self._options.pending_size} is the most (pending_size)"
            )

    def _check_size(self, size: int) -> None:
        if self._max_payload and size > self._max_payload:
            raise MaxPayloadError(
                f"nats: {size} bytes of headers and payload; "
                f"the server takes {self._max_payload} at most (max_payload)"
            )

    # Requesting.

    async def request(
        self,
        subject: str,
        payload: bytes = b"",
        timeout: float | None = 0.5,
        old_style: bool = False,
        headers: HeadersLike | None = None,
    ) -> Msg:
        """Publish with a reply subject and return the first message that comes there.

        `old_style` uses a subscription of its own instead of the one for all requests.
        `timeout` is in seconds; None waits for as long as the client is open.

        Raises NoRespondersError at once when nobody listens, TimeoutError, ConnectionClosedError
        when the client is closed meanwhile, Error in the server's words when it does not permit
        the request or the reply, and what `publish` raises.
        """
        if old_style:
            message = await self._request_alone(subject, payload, timeout, headers)
        else:
            replies = self._replies or self._new_replies()
            reply, future = replies.expect(subject, timeout)
            try:
                if self._replies is None:
                    listen = partial(self._listen_for, replies)
                    self._send(subject, payload, reply, headers, listen)
                else:
                    # Alone, it is written at once; and of many that are made in one turn the
                    # first ones, so that the server has something to do meanwhile.
                    write_at = 2 if len(replies.waiting) == 1 else _REQUESTS_WRITTEN_AT_ONCE
                    self._send_with_reply(subject, payload, reply, headers, write_at)
                message = await future
            finally:
                replies.forget(reply)
        if message._head is not None and not message.data and message.status == 503:
            raise NoRespondersError(f"nats: nobody responds on {subject!r}")
        return message

    def _send_with_reply(
        self,
        subject: str,
        payload: bytes,
        reply: str,
        headers: HeadersLike | None,
        write_at: int,
    ) -> None:
        """As `publish` does, without waiting for anything.

        `reply` is one of ours. Written when there are `write_at` pieces, two a message.
        """
        pieces = self._pieces
        prefix = self._prefixes.get(subject)
        if prefix is None or headers or payload.__class__ is not bytes:
            self._send(subject, payload, reply, headers)
            return
        size = len(payload)
        if size > self._max_payload:
            self._check_size(size)
        pieces.append(b"%b%b %d" % (prefix, reply.encode(), size))
        pieces.append(payload)
        if len(pieces) >= write_at:
            self._outbox.flush()
        elif len(pieces) == 2:
            self._loop.call_soon(self._outbox.flush)

    async def _request_for(
        self,
        sub: Subscription,
        subject: str,
        payload: bytes,
        timeout: float | None,
        headers: HeadersLike | None,
    ) -> Msg:
        """A request that brings more than its answer: to `sub`, which begins with it."""
        replies = self._replies or self._new_replies()
        reply, future = replies.expect(subject, timeout)

        def listen() -> None:
            if self._replies is None:
                self._listen_for(replies)
            self._announce(sub)

        try:
            self._send(subject, payload, reply, headers, listen)
            message = await future
        finally:
            replies.forget(reply)
        if message.status == 503 and not message.data:
            raise NoRespondersError(f"nats: nobody responds on {subject!r}")
        return message

    def _new_replies(self) -> ReplyInbox:
        self._live()
        return ReplyInbox(self.new_inbox())

    def _listen_for(self, replies: ReplyInbox) -> None:
        """Begin the subscription for all replies."""
        self._replies = replies
        connection = self._connection
        if connection is not None:
            connection.parser.add_route(_MUX_SID, replies, repeats=False)
            self._outbox.command(self._sub_line(replies.subject, "", _MUX_SID))

    async def _request_alone(
        self, subject: str, payload: bytes, timeout: float | None, headers: HeadersLike | None
    ) -> Msg:
        sub = self._ask(subject, payload, headers, max_msgs=1)
        try:
            if self._outbox.full:
                await self._outbox.relieve()
            return await sub.next_msg(timeout)
        except BadSubscriptionError:  # drained: the answer would be too late
            raise ConnectionClosedError() from None
        finally:
            if not sub._closed:
                self._unsubscribe(sub, 0)

    def _ask(
        self, subject: str, payload: bytes, headers: HeadersLike | None, max_msgs: int
    ) -> Subscription:
        """Put a request into the outbox, and give the subscription that its answers come by."""
        self._live()
        inbox = self.new_inbox()
        sub = Subscription(self, 0, inbox, max_msgs=max_msgs)
        self._send(subject, payload, inbox, headers, lambda: self._open(sub))
        return sub

    def request_many(
        self,
        subject: str,
        payload: bytes = b"",
        *,
        headers: HeadersLike | None = None,
        timeout: float | None = 0.5,
        stall: float | None = None,
        max_messages: int | None = None,
        sentinel: Sentinel | None = None,
    ) -> AsyncGenerator[Msg, None]:
        """Publish with a reply subject and iterate over all answers that come there (ADR-47).

            async for answer in client.request_many("prices", timeout=2, stall=0.2):
                ...

        It ends with whatever comes first: `timeout`, seconds from the request on (None: no limit);
        `stall`, seconds without a further answer after the first one; `max_messages`; the
        `sentinel`, which is not handed out: True stands for an empty payload, a function is called
        with each answer. That nothing came at all is no error.

        A message of the server itself (`Msg.status`), other than 503, is the last one.

        The request is sent when the iteration begins. Leaving the iteration ends the subscription
        that it stands on: at once when the generator is closed (`contextlib.aclosing`), in one of
        the next turns of the loop when it is dropped.

        Raises NoRespondersError when nobody listens, ConnectionClosedError when the client is
        closed meanwhile, BadTimeoutError for a timeout that is not positive, ValueError for a
        `max_messages` that is not, and what `publish` raises.
        """
        return request_many(self, subject, payload, headers, timeout, stall, max_messages, sentinel)

    def new_inbox(self) -> str:
        """A subject that nobody else uses: `<inbox_prefix>.<22 characters>`."""
        return f"{self._inbox_prefix}.{self._nuid.next().decode()}"

    # Subscribing.

    async def subscribe(
        self,
        subject: str,
        queue: str = "",
        cb: MsgCallback | None = None,
        future: asyncio.Future[Msg] | None = None,
        max_msgs: int = 0,
        pending_msgs_limit: int = DEFAULT_SUB_PENDING_MSGS_LIMIT,
        pending_bytes_limit: int = DEFAULT_SUB_PENDING_BYTES_LIMIT,
        *,
        hook: Hook | None = None,
        concurrency: int = 1,
    ) -> Subscription:
        """Register interest in a subject, wildcards allowed.

        With `cb`, a coroutine function, messages are given to it one after another, in order;
        with `concurrency`, so many at once, each as soon as one before it is done with.
        With `hook`, a plain function, they are given to it inside the read, at the rate they
        arrive: it must do next to nothing, such as append to a list. With `future`, the first
        message is its result. With none of them, iterate over `Subscription.messages` or await
        `next_msg`. An exception of `cb` or `hook` goes to `error_cb`.

        `max_msgs` ends it after so many messages. Messages beyond one of the pending limits
        (0 or less: no limit; not for hooks, where nothing is pending) are dropped, counted in
        `Subscription.dropped`, and reported as SlowConsumerError once an episode.

        Raises BadSubjectError, ConnectionClosedError, ConnectionDrainingError, Error when `cb` is
        not a coroutine function.
        """
        check_subscribe_subject(subject)
        if queue:
            check_queue(queue)
        if cb is not None and not is_coroutine_callable(cb):
            raise Error("nats: must use coroutine for subscriptions (async def)")
        if hook is not None and is_coroutine_callable(hook):
            raise Error("nats: a hook is a plain function; pass coroutine functions as cb")
        if sum(taker is not None for taker in (cb, future, hook)) > 1:
            raise Error("nats: cb, future and hook exclude each other")
        if concurrency < 1 or (concurrency > 1 and cb is None):
            raise Error(f"nats: a concurrency of {concurrency}: it is how often cb may run at once")
        sub = Subscription(
            self,
            0,
            subject,
            queue,
            cb,
            future,
            max_msgs,
            pending_msgs_limit,
            pending_bytes_limit,
            hook=hook,
            concurrency=concurrency,
        )
        self._open(sub)
        return sub

    def _open(self, sub: Subscription) -> None:
        """Begin a subscription: give it an id, and tell the server of it."""
        self._live()
        if self.is_draining:
            raise ConnectionDrainingError()
        self._register(sub)
        sub._start()

    def _register(self, sub: Subscription) -> None:
        sub._id = self._next_sid
        self._next_sid += 1
        self._subs[sub._id] = sub
        self._write_sub(sub)

    def _write_sub(self, sub: Subscription) -> None:
        connection = self._connection
        if connection is None or sub._silent:
            return  # `resume` will, or `_announce`
        connection.parser.add_route(sub._id, sub, repeats=sub._repeats)
        self._outbox.command(self._sub_line(sub._subject, sub._queue, sub._id))
        if sub._max_msgs:
            self._write_unsub(sub, sub._max_msgs)

    def _announce(self, sub: Subscription) -> None:
        """Tell the server of a subscription, if it does not know of it."""
        if sub._silent:
            sub._silent = False
            self._write_sub(sub)

    async def _publish_for(
        self,
        sub: Subscription,
        subject: str,
        payload: bytes,
        reply: str,
        headers: HeadersLike | None = None,
    ) -> None:
        """Publish what is answered to `sub`, which begins with it if it has not begun."""
        self._send(subject, payload, reply, headers, partial(self._announce, sub))
        if self._outbox.full:
            await self._outbox.relieve()

    def _write_unsub(self, sub: Subscription, limit: int) -> None:
        if sub._silent:
            return
        line = f"UNSUB {sub._id} {limit}" if limit else f"UNSUB {sub._id}"
        self._outbox.command(line.encode())

    def _unsubscribe(self, sub: Subscription, limit: int) -> None:
        """End the subscription now, or once it has received `limit` messages in total."""
        if limit > sub._received:
            sub._max_msgs = limit
            self._write_unsub(sub, limit)
            return
        self._write_unsub(sub, 0)
        self._forget(sub)
        sub._end()

    def _forget(self, sub: Subscription) -> None:
        self._subs.pop(sub._id, None)
        if self._connection is not None:
            self._connection.parser.remove_route(sub._id)

    @staticmethod
    def _sub_line(subject: str, queue: str, sid: int) -> bytes:
        return f"SUB {subject} {queue} {sid}".encode() if queue else f"SUB {subject} {sid}".encode()

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

    # Round trips.

    async def flush(self, timeout: float = 10) -> None:
        """Return when the server has processed everything that was written before.

        While reconnecting, it waits for the connection first. Raises BadTimeoutError for a timeout
        (seconds) that is not positive, FlushTimeoutError, ConnectionClosedError, and the reason
        when the connection is lost meanwhile.
        """
        if not timeout > 0:  # nor is NaN
            raise BadTimeoutError()
        self._live()
        await self._flush_link(timeout)

    async def _flush_link(self, timeout: float) -> None:
        life = self._live()
        try:
            async with asyncio.timeout(timeout):
                connection = life.connection or await life.connected()
                await connection.ping()
        except Error:
            raise
        except TimeoutError:
            raise FlushTimeoutError() from None

    async def rtt(self, timeout: float = 10) -> float:
        """Seconds that a PING and its PONG take. Raises what `flush` raises."""
        start = self._loop.time() if self._life else 0
        await self.flush(timeout)
        return self._loop.time() - start

    # What the lifecycle calls.

    def resume(self, connection: Connection) -> None:
        """A new connection: replay the subscriptions, then write what waited."""
        if connection.info is not None:
            self.informed(connection.info)
        lines = []
        if self._replies is not None:
            connection.parser.add_route(_MUX_SID, self._replies, repeats=False)
            lines.append(self._sub_line(self._replies.subject, "", _MUX_SID))
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

    def is_own_task(self) -> bool:
        """Whether the caller is one of the client's callbacks."""
        task = asyncio.current_task()
        return task in self._tasks or self._notifier.is_running_in(task)

    def _report(self, error: Exception) -> None:
        if self._life is not None:
            self._life.report(error)


def _fields(subject: str, reply: str, head: bytes, payload: bytes) -> list[bytes]:
    """The fields of the PUB or HPUB line."""
    fields = [b"HPUB" if head else b"PUB", subject.encode()]
    if reply:
        fields.append(reply.encode())
    if head:
        fields.append(b"%d" % len(head))
    fields.append(b"%d" % (len(head) + len(payload)))
    return fields


def _as_bytes(payload: object) -> bytes:
    if isinstance(payload, bytes | bytearray | memoryview):
        return bytes(payload)
    raise TypeError(f"nats: a payload is bytes, not {type(payload).__name__}")


def _refused(words: str) -> tuple[str, str, str]:
    """(Publish or Subscription, subject, queue) of a permissions violation; else empty ones."""
    found = _REFUSAL.search(words)
    return (found[1], found[2], found[3] or "") if found else ("", "", "")
