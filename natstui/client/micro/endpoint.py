"""An endpoint at work: a subscription, its handler, and what is counted of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from ..errors import (
    BadSubscriptionError,
    ConnectionClosedError,
    ConnectionDrainingError,
    Error,
)
from ..tasks import being_cancelled
from .config import EndpointConfig, StatsHandler
from .request import Request, ServiceError
from .responses import EndpointInfo, EndpointStats

if TYPE_CHECKING:
    from ..aio.client import Client
    from ..aio.msg import Msg
    from ..aio.subscription import Subscription

_INTERNAL = "500"
_MOST_WORDS = 1000  # characters of an exception; it goes into a header, and into statistics
#: The subscription has ended, or somebody else is ending it.
ENDED = (ConnectionClosedError, ConnectionDrainingError, BadSubscriptionError)


@dataclass
class _Tally:
    """Counted since the last reset. Requests that were under way then count for the old one."""

    requests: int = 0
    errors: int = 0
    last_error: str = ""
    time: int = 0


class Endpoint:
    """An endpoint of a service; made by `add_endpoint`."""

    def __init__(
        self, client: Client, config: EndpointConfig, stats_handler: StatsHandler | None = None
    ) -> None:
        self._client = client
        self._config = config
        self._stats_handler = stats_handler
        self._subject = config.subject or config.name
        self._queue_group = config.queue_group or ""
        self._metadata = dict(config.metadata or {})  # whoever passed it may change theirs
        self._tally = _Tally()
        self._sub: Subscription | None = None

    async def start(self) -> None:
        """Begin to take requests. Raises what `Client.subscribe` raises."""
        self._sub = await self._client.subscribe(
            self._subject,
            queue=self._queue_group,
            cb=self._serve,
            concurrency=self._config.concurrency,
        )

    async def stop(self) -> None:
        """Take no further requests, and return when those that had arrived are done with.

        The wait is bounded by the client's `drain_timeout`; from within the handler, it is left
        out.
        """
        if self._sub is None:
            return
        try:
            if self._client.is_connected:
                await self._sub.drain()
            else:  # no server to tell, and it would take its timeout to find that out
                await self._sub.unsubscribe()
                await self._sub._emptied(self._client.options.drain_timeout, asyncio.current_task())
        except ENDED:
            return
        except Error as error:
            self._client._report(error)

    def reset(self) -> None:
        """Count from zero."""
        self._tally = _Tally()

    def info(self) -> EndpointInfo:
        """Where it listens."""
        return EndpointInfo(
            self._config.name, self._subject, self._queue_group, dict(self._metadata)
        )

    def stats(self) -> EndpointStats:
        """What it did."""
        tally = self._tally
        stats = EndpointStats(
            name=self._config.name,
            subject=self._subject,
            queue_group=self._queue_group,
            num_requests=tally.requests,
            num_errors=tally.errors,
            processing_time=tally.time,
            average_processing_time=tally.time // tally.requests if tally.requests else 0,
            last_error=tally.last_error,
        )
        stats.data = self._ask_stats_handler(stats)
        return stats

    def _ask_stats_handler(self, stats: EndpointStats) -> Any:
        if self._stats_handler is None:
            return None
        try:
            data = self._stats_handler(stats)
            json.dumps(data, allow_nan=False)
        except Exception as error:  # the handler's own; the statistics are of use without it
            self._client._report(error)
            return None
        return data

    async def _serve(self, msg: Msg) -> None:
        tally = self._tally
        tally.requests += 1
        request = Request(msg)
        start = perf_counter_ns()
        try:
            await self._handle(request)
        finally:
            tally.time += perf_counter_ns() - start
            if request._error is not None:
                tally.errors += 1
                tally.last_error = str(request._error)

    async def _handle(self, request: Request) -> None:
        try:
            await self._config.handler(request)
        except ServiceError as error:
            await self._answer_failure(request, error)
        except Exception as error:  # the handler's own; whoever asked must not wait for nothing
            self._client._report(error)
            await self._answer_failure(request, _failure(error))
        except asyncio.CancelledError as error:
            if being_cancelled():
                raise
            # Something that the handler awaited was cancelled: for this request, the end.
            await self._answer_failure(request, _failure(error))

    async def _answer_failure(self, request: Request, failure: ServiceError) -> None:
        if request._error is None and request.reply:
            await request.respond_error(failure.code, failure.description)
        request._error = failure


def _failure(error: BaseException) -> ServiceError:
    kind, words = type(error).__name__, str(error)[:_MOST_WORDS]
    return ServiceError(_INTERNAL, f"{kind}: {words}" if words else kind)
