"""Pulling: an inbox for the messages of a consumer, and everything that keeps them coming.

Pulls are sent with reply subjects under the inbox. Messages arrive there under the subject they
are stored with, so nothing tells which pull they belong to, nor does it matter: what counts is how
much was asked for in total and has neither come nor been refused (ADR-37). What a pull asked for
is part of its reply subject, so that nothing has to be remembered of it:

    <inbox>.<number>-<messages>-<bytes>

Pulls are lost when their consumer moves to another server or the connection breaks. The first is
said by a status, or it is noticed by missing heartbeats. Then, what was asked for is forgotten
(pulls of a lower number do not count any more), and asked for again.
"""

from __future__ import annotations

import asyncio
import json
import random
from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import natstui.client.errors
from natstui.client.aio.subscription import Subscription
from natstui.client.errors import PublishRefusedError
from natstui.client.js import api
from natstui.client.js.api import Header
from natstui.client.js.errors import (
    ConsumerDeletedError,
    ConsumerNotActiveError,
    Error,
    NotFoundError,
)
from natstui.client.js.pull_end import PullEnd, unserved, why_ended
from natstui.client.js.push import total_size
from natstui.client.js.requester import checked_seconds
from natstui.client.js.share import Share
from natstui.client.js.status import header, status_error, without_statuses

if TYPE_CHECKING:
    from natstui.client.aio.msg import Msg
    from natstui.client.aio.subscription import MsgCallback
    from natstui.client.js.pull_source import PullSource

HEARTBEAT = 5.0  # seconds, at most half of the time that a pull lives
HEARTBEATS_MISSED = 2  # in a row, before the server counts as having forgotten the pulls
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between attempts to go on
# Answers in a row that there is no such consumer, before that is believed: a server that has
# just started may not know everything yet.
MISSES = 3


class Want(NamedTuple):
    """What a pull asks for: messages, bytes (0: any number), and for how many seconds."""

    messages: int
    size: int
    expires: float
    no_wait: bool = False


class Pulling(Subscription):
    """Base of what pulls. Subclasses say how much is wanted (`_wanted`), and when it is enough.

    The server is told of the inbox with the first pull.
    """

    _silent = True

    def __init__(
        self,
        source: PullSource,
        expires: float,
        heartbeat: float | None,
        share: Share,
        cb: MsgCallback | None = None,
    ) -> None:
        checked_seconds("expires", expires)
        if heartbeat is not None and not 0 < heartbeat <= expires / 2:
            raise ValueError("nats: heartbeat must be above 0, and at most half of expires")
        js = source.js
        self._prefix = js._nc.new_inbox()
        # No limits here: never more comes than was asked for.
        super().__init__(
            js._nc, 0, f"{self._prefix}.*", cb=cb, pending_msgs_limit=0, pending_bytes_limit=0
        )
        self._source = source
        self._expires = expires
        self._heartbeat = heartbeat or min(HEARTBEAT, expires / 2)
        self._share = share.body()
        self._headers = js._level_header(share.level)
        self._asked_msgs = 0
        self._asked_bytes = 0
        self._number = 0  # of the last pull
        self._forgotten = 0  # number of the last pull that does not count any more
        self._attempts = 0  # to go on, since something came
        self._misses = 0
        self._reported = ""
        self._recovery: asyncio.Task[None] | None = None
        self._heard = 0.0
        self._watch: asyncio.TimerHandle | None = None

    @abstractmethod
    def _wanted(self) -> Want | None:
        """What to ask for now."""

    def _pull_ended(self, end: PullEnd, status: Msg, served: bool) -> bool:
        """Take the end of a pull, which something was `served` for, or not.

        False: it is to be treated as with every kind of pulling.
        """
        return False

    # Asking.

    def _ask(self) -> None:
        """Ask for what is wanted, unless something has to be done before."""
        if self._closed or self._draining or self._recovery or not self._conn.is_connected:
            return
        if not self._source.ready:
            self._recover()
        elif want := self._wanted():
            self._pull(want)

    def _pull(self, want: Want) -> None:
        if not self._asked_msgs:
            self._heard = self._conn._loop.time()
        self._number += 1
        self._asked_msgs += want.messages
        self._asked_bytes += want.size
        reply = f"{self._prefix}.{self._number}-{want.messages}-{want.size}"
        try:
            announce = partial(self._conn._announce, self) if self._silent else None
            body = self._body(want)
            self._conn._send(self._source.subject, body, reply, self._headers, announce)
        except Exception as error:  # a publish guard is the user's code and raises anything
            self._fail(error)

    def _body(self, want: Want) -> bytes:
        body: dict[str, Any] = {"batch": want.messages, **self._share}
        if want.size:
            body["max_bytes"] = want.size
        if want.no_wait:
            body["no_wait"] = True
        else:
            body["expires"] = expires = api.to_ns(want.expires)
            body["idle_heartbeat"] = min(api.to_ns(self._heartbeat), expires // 2)
        if pin := self._source.pins.get(self._share.get("group", "")):
            body["id"] = pin
        return json.dumps(body, separators=(",", ":")).encode()

    def _forget_pulls(self) -> None:
        self._asked_msgs = self._asked_bytes = 0
        self._forgotten = self._number

    # Arrival.

    def _deliver(self, messages: list[Msg], size: int) -> None:
        self._heard = self._conn._loop.time()
        messages, statuses = without_statuses(messages)
        if messages:
            self._arrive(messages)
        for status in statuses:
            self._hear(status)
        if not (self._source.ready or self._closed):
            self._recover()

    def _arrive(self, messages: list[Msg]) -> None:
        messages = self._source.accept(messages)
        if not messages:
            return
        self._attempts = self._misses = 0
        self._reported = ""
        self._asked_msgs = max(self._asked_msgs - len(messages), 0)
        if self._asked_bytes:
            size = sum(map(served_size, messages))
            self._asked_bytes = max(self._asked_bytes - size, 0)
        if "group" in self._share:
            self._remember_pin(messages)
        self._keep(messages)

    def _keep(self, messages: list[Msg]) -> None:
        """Put messages where they are taken from."""
        super()._deliver(messages, total_size(messages))

    def _remember_pin(self, messages: list[Msg]) -> None:
        for message in messages:
            if pin := header(message, Header.PIN_ID):
                self._source.pins[self._share["group"]] = pin

    def _hear(self, status: Msg) -> None:
        end = why_ended(status)
        if end is None:
            self._attempts = self._misses = 0
            self._source.hear(status)
            return
        number, messages, size = map(int, status.subject.rpartition(".")[2].split("-"))
        if number <= self._forgotten:
            return
        left, size_left = unserved(status, messages, size)
        self._asked_msgs = max(self._asked_msgs - left, 0)
        self._asked_bytes = max(self._asked_bytes - size_left, 0)
        if end in self._source.fatal:
            self._fail(_fatal_error(end, status))
        elif not self._pull_ended(end, status, left < messages):
            if end in (PullEnd.CROWDED, PullEnd.LIMITED):
                self._report_once(status_error(status))
            self._go_on(end)

    def _go_on(self, end: PullEnd) -> None:
        if end in self._source.doubtful:
            self._source.ready = False
        if end is PullEnd.UNPINNED:
            self._source.pins.pop(self._share.get("group", ""), None)
        if end in (PullEnd.EXPIRED, PullEnd.TOO_LARGE, PullEnd.UNPINNED):
            self._ask()
        else:
            self._recover()

    # Going on after a disturbance.

    def _recover(self) -> None:
        if self._recovery is None and not (self._closed or self._draining):
            self._forget_pulls()
            self._recovery = self._conn._loop.create_task(
                self._try_again(), name=f"nats-pull-{self._id}"
            )

    async def _try_again(self) -> None:
        """Until it goes on: wait a little longer each time, do what is to be done, and ask."""
        while True:
            await asyncio.sleep(pause(self._attempts))
            self._attempts += 1
            try:
                if not self._source.ready:
                    self._listen_elsewhere()
                    await self._source.restore(self._attempts)
                break
            except NotFoundError as error:
                self._misses += 1
                if self._misses >= MISSES:
                    self._recovery = None
                    self._fail(error)
                    return
            except natstui.client.errors.ConnectionClosedError:
                return
            except Exception as error:  # a publish guard is the user's code and raises anything
                if is_refusal(error):
                    self._recovery = None
                    self._fail(error)
                    return
                self._report_once(error)
        self._recovery = None
        self._ask()

    def _report_once(self, error: Exception) -> None:
        """What stands in the way, unless it still does."""
        if str(error) != self._reported:
            self._reported = str(error)
            self._conn._report(error)

    def _listen_elsewhere(self) -> None:
        """So that nothing can come any more of the consumer that is to be replaced."""
        if self._source.changes:
            self._conn._write_unsub(self, 0)
            self._conn._forget(self)
            self._prefix = self._conn.new_inbox()
            self._subject = f"{self._prefix}.*"
            self._conn._register(self)

    def _resumed(self) -> None:
        # The pulls are lost, and so are the answers to what the recovery asked.
        self._stop_recovery()
        self._attempts = 0
        self._forget_pulls()
        self._go_on(PullEnd.DISCONNECTED)

    def _stop_recovery(self) -> None:
        task, self._recovery = self._recovery, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    # Signs of life.

    def _open(self) -> None:
        """Begin. Raises what `subscribe` does, Error if the consumer has another reader."""
        self._source.occupy(self)
        try:
            self._conn._open(self)
        except BaseException:
            self._source.vacate(self)
            raise

    def _start(self) -> None:
        super()._start()
        self._heard = self._conn._loop.time()
        self._watch_over()

    def _watch_over(self) -> None:
        self._watch = self._conn._loop.call_later(self._heartbeat, self._check_heartbeats)

    def _check_heartbeats(self) -> None:
        now = self._conn._loop.time()
        silence = now - self._heard
        if not (self._conn.is_connected and self._asked_msgs):
            self._heard = now
        elif silence > HEARTBEATS_MISSED * self._heartbeat:
            self._heard = now
            self._report_once(
                ConsumerNotActiveError(
                    f"consumer {self._source.consumer!r} of stream {self._source.stream!r} "
                    f"is silent: no message and no heartbeat for {silence:.1f} s"
                )
            )
            self._go_on(PullEnd.SILENT)
        self._watch_over()

    # The end.

    def give_way(self) -> bool:
        """Whether another reader may take this one's place."""
        return False

    def _quit(self) -> None:
        """End; the consumer may deliver again what nobody has taken."""
        if self._asked_msgs:
            self._source.leave()
        if not self._closed:
            self._conn._unsubscribe(self, 0)
        left = list(self._run)
        while self._advance():
            left += self._run
        if not self._conn.is_closed and self._source.reader in (None, self):
            self._source.give_back(left)
        self._source.vacate(self)

    def _fail(self, error: Exception) -> None:
        """End; who takes messages gets the error when all that came are taken."""
        if self._closed:
            return
        self._error = error
        if self._cb is not None:
            self._conn._report(error)
        self._conn._unsubscribe(self, 0)

    def _end(self, error: natstui.client.errors.Error | None = None) -> None:
        super()._end(error)
        if self._watch is not None:
            self._watch.cancel()
        if self._recovery is not asyncio.current_task():
            self._stop_recovery()


def is_refusal(error: Exception) -> bool:
    """Whether it is the publish guard that does not let something out, for good."""
    return isinstance(error, PublishRefusedError) or not isinstance(
        error, natstui.client.errors.Error
    )


def pause(attempts: int) -> float:
    """Seconds before the next attempt: none before the first, then longer and longer."""
    if not attempts:
        return 0
    longest = min(FIRST_PAUSE * 2.0 ** (attempts - 1), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)


def served_size(message: Msg) -> int:
    """What the server subtracts from the bytes of a pull for this message."""
    return len(message.subject.encode()) + len(message.reply) + message.size


def _fatal_error(end: PullEnd, status: Msg) -> Error:
    if end is PullEnd.GONE:
        return ConsumerDeletedError(code=status.status, description=header(status, "Description"))
    return status_error(status)
