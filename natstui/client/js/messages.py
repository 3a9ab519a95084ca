"""Messages of a pull consumer that keep coming: asked for again before they run out (ADR-37)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from natstui.client.js.errors import Error
from natstui.client.js.pull_end import PullEnd
from natstui.client.js.pulling import Pulling, Want
from natstui.client.js.requester import checked_count, checked_lifetime
from natstui.client.js.share import WHOLE, Share
from natstui.client.js.status import status_error

if TYPE_CHECKING:
    from typing import Self

    import natstui.client.errors
    from natstui.client.aio.msg import Msg
    from natstui.client.aio.subscription import MsgCallback
    from natstui.client.js.pull_source import PullSource

MAX_MESSAGES = 500
EXPIRES = 30.0  # seconds
ANY_NUMBER = 1_000_000  # of messages, for pulls that are limited in bytes
# Messages are taken in runs, and only between two runs is it time to ask again.
RUNS_OF_ALL = 8
RUN_OF_BYTES = 16  # messages


class Messages(Pulling):
    """Every message that the consumer has for us, for as long as both last.

    Made by `messages` and `consume` of a consumer. Iterate over it, or await `next_msg`; with a
    callback, do nothing. It survives reconnects, new leaders and lost pulls; what is in its way
    goes to the client's error callback. ConsumerDeletedError or NotFoundError, when the consumer
    is gone, end it; so does an APIError for a pull that the server does not understand. Who
    iterates gets that error, behind the last message; with a callback, the error callback does.

    End it with `stop` or `drain`; as a context manager, it stops.
    """

    def __init__(
        self,
        source: PullSource,
        max_messages: int | None = None,
        max_bytes: int | None = None,
        threshold: int | None = None,
        expires: float = EXPIRES,
        heartbeat: float | None = None,
        share: Share = WHOLE,
        cb: MsgCallback | None = None,
    ) -> None:
        checked_lifetime("expires", expires)
        super().__init__(source, expires, heartbeat, share, cb)
        self._in_bytes = max_bytes is not None
        self._most, self._threshold = _limits(max_messages, max_bytes, threshold)
        self._run_length = RUN_OF_BYTES if self._in_bytes else max(self._most // RUNS_OF_ALL, 1)
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def stop(self) -> None:
        """End at once; the consumer may deliver again what has come and was not taken.

        Again is harmless. A callback that runs is not interrupted.
        """
        self._quit()

    async def unsubscribe(self, limit: int = 0) -> None:
        """`stop`. Raises Error for a limit, BadSubscriptionError when it has ended before."""
        if limit:
            raise Error("to get so many messages and no more, use fetch")
        self._check_usable()
        self._quit()

    async def wait(self) -> None:
        """Return when it has ended, and the callback has returned for the last time.

        Raises what ended it, if it was not `stop`, `drain` or the end of the client.
        """
        await asyncio.shield(self._over)
        others = [task for task in self._tasks if task is not asyncio.current_task()]
        if others:
            await asyncio.wait(others)
        if self._error is not None:
            raise self._error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._quit()

    # How much to ask for.

    def _wanted(self) -> Want | None:
        most, threshold = self._most, self._threshold
        config = self._source.config
        limit = config and (config.max_bytes if self._in_bytes else config.max_batch)
        if limit and 0 < limit < most:
            most, threshold = limit, min(threshold, limit // 2)
        promised = self._promised
        if promised > threshold:
            return None
        expires = self._expires
        if config and config.max_expires:
            expires = min(expires, config.max_expires)
        if not self._in_bytes:
            return Want(most - promised, 0, expires)
        number = (config.max_batch if config else None) or ANY_NUMBER
        return Want(number if number > 0 else ANY_NUMBER, most - promised, expires)

    @property
    def _promised(self) -> int:
        """What was asked for or waits here to be taken."""
        if self._in_bytes:
            return self._asked_bytes + self._queued_bytes + self._run_size
        return self._asked_msgs + self.pending_msgs

    def _keep(self, messages: list[Msg]) -> None:
        for start in range(0, len(messages), self._run_length):
            super()._keep(messages[start : start + self._run_length])

    def _advance(self) -> bool:
        there = super()._advance()
        self._ask()
        return there

    def _pull_ended(self, end: PullEnd, status: Msg, served: bool) -> bool:
        if end is not PullEnd.TOO_LARGE or served:
            return False
        # With more room it may fit. There is more when something was taken, if there was any.
        if not self._promised:
            self._report_once(status_error(status))
            self._recover()
        return True

    def _start(self) -> None:
        super()._start()
        if self._cb is not None:
            self._ask()

    def _end(self, error: natstui.client.errors.Error | None = None) -> None:
        super()._end(error)
        if self._source.reader in (None, self):
            self._source.leave()
        self._source.vacate(self)
        if not self._over.done():
            self._over.set_result(None)


def _limits(max_messages: int | None, max_bytes: int | None, threshold: Any) -> tuple[int, int]:
    """The most that is asked for, and how much is left when it is asked for again."""
    if max_messages is not None and max_bytes is not None:
        raise ValueError("nats: max_messages or max_bytes, not both")
    most = MAX_MESSAGES
    if max_messages is not None:
        most = checked_count("max_messages", max_messages)
    elif max_bytes is not None:
        most = checked_count("max_bytes", max_bytes)
    if threshold is None:
        threshold = most // 2
    if not isinstance(threshold, int) or not 0 <= threshold < most:
        raise ValueError("nats: threshold is a number, at least 0, and below the maximum")
    return most, threshold
