"""JetStream for programs: publish to streams, subscribe to consumers, open buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from natstui.client.aio.subscription import DEFAULT_SUB_PENDING_MSGS_LIMIT, MsgCallback
from natstui.client.js import api, pull, push
from natstui.client.js.consumer import Consumer, OrderedConsumer
from natstui.client.js.counter import Counter
from natstui.client.js.errors import Error, NotFoundError
from natstui.client.js.kv_buckets import KeyValueBuckets
from natstui.client.js.object_buckets import ObjectBuckets
from natstui.client.js.ordered import OrderedSubscription, ordered_config
from natstui.client.js.publishing import Publishing
from natstui.client.js.requester import DEFAULT_PREFIX
from natstui.client.js.stream import Stream
from natstui.client.protocol.subjects import check_inbox_prefix

if TYPE_CHECKING:
    from natstui.client.aio.client import Client

DEFAULT_JS_SUB_PENDING_MSGS_LIMIT = DEFAULT_SUB_PENDING_MSGS_LIMIT
DEFAULT_JS_SUB_PENDING_BYTES_LIMIT = 256 * 1024 * 1024
UNACKNOWLEDGED = (api.AckPolicy.NONE, api.AckPolicy.FLOW_CONTROL)


class JetStreamContext(Publishing, KeyValueBuckets, ObjectBuckets):
    """Fully featured context for interacting with JetStream; made by `Client.jetstream`.

    `timeout`: seconds for requests and acknowledgements.
    """

    PushSubscription = push.PushSubscription
    PullSubscription = pull.PullSubscription

    def __init__(
        self,
        conn: Client,
        prefix: str = DEFAULT_PREFIX,
        domain: str | None = None,
        timeout: float = 5,
        publish_async_max_pending: int = 4000,
    ) -> None:
        super().__init__(conn, f"$JS.{domain}.API" if domain else prefix, timeout)
        self._publish_async_max_pending = publish_async_max_pending

    # Push.

    async def subscribe(
        self,
        subject: str,
        queue: str | None = None,
        cb: MsgCallback | None = None,
        durable: str | None = None,
        stream: str | None = None,
        config: api.ConsumerConfig | None = None,
        manual_ack: bool = False,
        ordered_consumer: bool = False,
        idle_heartbeat: float | None = None,
        flow_control: bool = False,
        pending_msgs_limit: int = DEFAULT_JS_SUB_PENDING_MSGS_LIMIT,
        pending_bytes_limit: int = DEFAULT_JS_SUB_PENDING_BYTES_LIMIT,
        deliver_policy: api.DeliverPolicy | str | None = None,
        headers_only: bool | None = None,
        inactive_threshold: float | None = None,
    ) -> push.PushSubscription:
        """Create consumer if needed and push-subscribe to it.

        1. Check if consumer exists.
        2. Creates consumer if needed.
        3. Calls subscribe_bind.

        `subject` of a stream; `queue`: deliver group, whose members share the messages, and durable
        name if no other is given; `durable`: name of the consumer; `stream`: looked up by subject
        if not given. With `cb`, messages are acknowledged when it has returned, unless
        `manual_ack`; if it raised, they are not. `ordered_consumer`: every message once and in
        order, without acknowledging, whatever happens to the connection. `idle_heartbeat`: seconds
        between signs of life of an idle consumer. `flow_control`: the server sends at the pace of
        the processing.

        Raises Error when an existing consumer cannot be used so, NotFoundError when no stream has
        the subject, and what `add_consumer` does.
        """
        push.check_callback(cb)
        if stream is None:
            stream = await self.find_stream_name_by_subject(subject)
        config = config or api.ConsumerConfig()
        wanted = {
            "idle_heartbeat": idle_heartbeat,
            "flow_control": flow_control or None,
            "deliver_policy": deliver_policy,
            "headers_only": headers_only,
            "inactive_threshold": inactive_threshold,
            "filter_subject": None if config.filter_subjects else subject or None,
        }
        config = config.evolve(**{k: v for k, v in wanted.items() if v is not None})
        limits = (pending_msgs_limit, pending_bytes_limit)
        if ordered_consumer:
            if queue or durable:
                raise Error("an ordered consumer has no queue group and no durable name")
            return await self._subscribe_ordered(stream, ordered_config(config), cb, *limits)
        if queue and durable and durable != queue:
            raise Error(f"cannot create queue subscription {queue!r} to consumer {durable!r}")
        config = config.evolve(durable_name=durable or config.durable_name or queue)
        name, config = await self._push_consumer(stream, config, queue)
        return await self.subscribe_bind(stream, config, name, cb, manual_ack, False, *limits)

    async def _push_consumer(
        self, stream: str, config: api.ConsumerConfig, queue: str | None
    ) -> tuple[str, api.ConsumerConfig]:
        """Name and configuration of the consumer: the one that is there, or a new one."""
        if name := config.name or config.durable_name:
            try:
                info = await self.consumer_info(stream, name)
            except NotFoundError:
                pass
            else:
                check_usable(info, queue)
                return name, info.config
        if queue and config.idle_heartbeat:
            raise Error("a queue subscription has no idle heartbeat: no member gets all of them")
        config = config.evolve(
            deliver_subject=config.deliver_subject or self._nc.new_inbox(), deliver_group=queue
        )
        info = await self.add_consumer(stream, config)
        return info.name, info.config

    async def subscribe_bind(
        self,
        stream: str,
        config: api.ConsumerConfig,
        consumer: str,
        cb: MsgCallback | None = None,
        manual_ack: bool = False,
        ordered_consumer: bool = False,
        pending_msgs_limit: int = DEFAULT_JS_SUB_PENDING_MSGS_LIMIT,
        pending_bytes_limit: int = DEFAULT_JS_SUB_PENDING_BYTES_LIMIT,
    ) -> push.PushSubscription:
        """Push-subscribe to an existing consumer, whose configuration is known.

        `ordered_consumer` ignores the consumer and makes ones of its own, like it.
        Raises Error for a pull consumer.
        """
        push.check_callback(cb)
        limits = (pending_msgs_limit, pending_bytes_limit)
        if ordered_consumer:
            own = config.evolve(durable_name=None, deliver_subject=None)
            return await self._subscribe_ordered(stream, ordered_config(own), cb, *limits)
        if not config.deliver_subject:
            raise Error(f"cannot push-subscribe to pull consumer {consumer!r}")
        if cb is not None and not manual_ack and config.ack_policy not in UNACKNOWLEDGED:
            cb = push.acknowledging(cb)
        sub = push.PushSubscription(
            self,
            stream,
            consumer,
            config.deliver_subject,
            config.deliver_group or "",
            cb,
            *limits,
            heartbeat=config.idle_heartbeat,
        )
        self._nc._open(sub)
        return sub

    async def _subscribe_ordered(
        self,
        stream: str,
        config: api.ConsumerConfig,
        cb: MsgCallback | None,
        pending_msgs_limit: int,
        pending_bytes_limit: int,
    ) -> OrderedSubscription:
        sub = OrderedSubscription(self, stream, config, cb, pending_msgs_limit, pending_bytes_limit)
        self._nc._open(sub)
        try:
            await sub.begin()
        except BaseException:
            self._nc._unsubscribe(sub, 0)
            raise
        return sub

    # Pull.

    async def pull_subscribe(
        self,
        subject: str,
        durable: str | None = None,
        stream: str | None = None,
        config: api.ConsumerConfig | None = None,
        pending_msgs_limit: int = DEFAULT_JS_SUB_PENDING_MSGS_LIMIT,
        pending_bytes_limit: int = DEFAULT_JS_SUB_PENDING_BYTES_LIMIT,
        inbox_prefix: bytes = b"_INBOX.",
    ) -> pull.PullSubscription:
        """Create consumer and pull subscription.

        1. Find stream name by subject if stream is not passed.
        2. Create consumer with the given config if not created.
        3. Call pull_subscribe_bind.

        Without a durable name (here or in `config`) the consumer is ephemeral. `subject` may be
        empty if `stream` is given. Raises Error for a push consumer, and what `add_consumer` does.
        """
        if stream is None:
            stream = await self.find_stream_name_by_subject(subject)
        config = config or api.ConsumerConfig()
        config = config.evolve(durable_name=durable or config.durable_name)
        name = config.name or config.durable_name
        if name is None or not await self._has_pull_consumer(stream, name):
            if subject and not config.filter_subjects:
                config = config.evolve(filter_subject=subject)
            name = (await self.add_consumer(stream, config)).name
        return await self.pull_subscribe_bind(
            consumer=name,
            stream=stream,
            inbox_prefix=inbox_prefix,
            pending_msgs_limit=pending_msgs_limit,
            pending_bytes_limit=pending_bytes_limit,
        )

    async def _has_pull_consumer(self, stream: str, name: str) -> bool:
        try:
            info = await self.consumer_info(stream, name)
        except NotFoundError:
            return False
        if info.config.deliver_subject:
            raise Error(f"cannot pull from push consumer {name!r}")
        return True

    async def pull_subscribe_bind(
        self,
        consumer: str | None = None,
        stream: str | None = None,
        inbox_prefix: bytes = b"_INBOX.",
        pending_msgs_limit: int = DEFAULT_JS_SUB_PENDING_MSGS_LIMIT,
        pending_bytes_limit: int = DEFAULT_JS_SUB_PENDING_BYTES_LIMIT,
        name: str | None = None,
        durable: str | None = None,
    ) -> pull.PullSubscription:
        """Pull from an existing consumer, which is not looked up.

        `name` and `durable` are other words for `consumer`. Raises ValueError without a stream or
        consumer.
        """
        consumer = consumer or name or durable
        if not stream:
            raise ValueError("nats: stream name is required")
        if not consumer:
            raise ValueError("nats: consumer name is required")
        inbox = pull.PullInbox(
            self._nc, self._pull_inbox(inbox_prefix), pending_msgs_limit, pending_bytes_limit
        )
        self._nc._open(inbox)
        return pull.PullSubscription(self, inbox, stream, consumer, inbox.subject.encode())

    def _pull_inbox(self, prefix: bytes) -> str:
        """The default stands for the prefix that the client was given."""
        if prefix == b"_INBOX.":
            return self._nc.new_inbox()
        own = check_inbox_prefix(prefix.removesuffix(b"."))
        return f"{own}.{self._nuid.next().decode()}"

    # Streams and consumers by their names (ADR-37).

    async def stream(self, name: str) -> Stream:
        """A stream, to read and change what is in it. Raises NotFoundError."""
        return Stream(self, name, await self.stream_info(name))

    async def consumer(self, stream: str, name: str) -> Consumer:
        """A pull consumer, to read from. Raises NotFoundError, Error for a push consumer."""
        return Consumer(self, stream, name, await self.consumer_info(stream, name))

    async def counter(self, stream: str) -> Counter:
        """The counters of a stream (ADR-49, server 2.12).

        Raises ApiLevelError, NotFoundError, Error for a stream without counters.
        """
        return await Counter.of(self, stream)

    def ordered_consumer(
        self, stream: str, config: api.ConsumerConfig | None = None, **params: Any
    ) -> OrderedConsumer:
        """Reads a stream from where `config` says, once and in order, whatever happens meanwhile.

        `params` are fields of `ConsumerConfig`, over those of `config`: `filter_subjects`,
        `deliver_policy`, `opt_start_seq` and so on. Raises Error for what cannot be ordered.
        """
        return OrderedConsumer(self, stream, (config or api.ConsumerConfig()).evolve(**params))


def check_usable(info: api.ConsumerInfo, queue: str | None) -> None:
    """Raises Error if an existing consumer cannot be subscribed to, by that queue group."""
    group = info.config.deliver_group
    if not info.config.deliver_subject:
        raise Error(f"cannot push-subscribe to pull consumer {info.name!r}")
    if queue and not group:
        raise Error(
            f"cannot create queue subscription {queue!r} to consumer {info.name!r} "
            "without a deliver group"
        )
    if queue != group and (queue or group):
        raise Error(f"consumer {info.name!r} delivers to queue group {group!r}, not to {queue!r}")
    if info.push_bound and not queue:
        raise Error(f"consumer {info.name!r} is already bound to a subscription")
