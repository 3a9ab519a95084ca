"""What a pull asks: a consumer that somebody else made, and goes on making decisions about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from natstui.client.js.api import AckPolicy
from natstui.client.js.pull_end import PullEnd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from natstui.client.aio.msg import Msg
    from natstui.client.js import api
    from natstui.client.js.client import JetStreamContext

# Between two leaders nobody answers for a consumer. Only if that lasts is it looked for.
LOOK_AFTER = 3  # attempts


class Reader(Protocol):
    """Who takes the messages."""

    def give_way(self) -> bool:
        """Make room for another reader, if this one was left; False if it reads on."""


class PullSource:
    """A consumer as it is. `config` is what is known of it; None if it was not looked up."""

    #: What ends the reading.
    fatal = frozenset({PullEnd.REFUSED, PullEnd.GONE})
    #: After what something has to be done before the next pull.
    doubtful = frozenset({PullEnd.UNHEARD, PullEnd.LIMITED})
    #: Whether messages of former pulls must not be mixed with later ones.
    changes = False

    def __init__(
        self,
        js: JetStreamContext,
        stream: str,
        consumer: str,
        config: api.ConsumerConfig | None = None,
    ) -> None:
        self.js = js
        self.stream = stream
        self.consumer = consumer
        self.config = config
        self.ready = True
        #: Who alone may read; None: anybody.
        self.reader: Reader | None = None
        #: Ids of this client for the priority groups that it is pinned to (ADR-42).
        self.pins: dict[str, str] = {}

    @property
    def subject(self) -> str:
        """Where pulls are sent."""
        return f"{self.js._prefix}.CONSUMER.MSG.NEXT.{self.stream}.{self.consumer}"

    def occupy(self, reader: Reader) -> None:
        """Somebody begins to read. Raises Error if there cannot be another one."""

    def vacate(self, reader: Reader) -> None:
        """That one does not read any more."""

    def accept(self, messages: list[Msg]) -> list[Msg]:
        """Those of the messages that count; sets `ready` to False if more is to be done."""
        return messages

    def hear(self, heartbeat: Msg) -> None:
        """Compare what a heartbeat says of the consumer with what has come."""

    async def restore(self, attempt: int) -> None:
        """Make it usable again, after so many attempts in a row that did not.

        Raises NotFoundError if there is nothing to be used any more, and what else the request
        for it raises.
        """
        if attempt >= LOOK_AFTER:
            self.config = (await self.js.consumer_info(self.stream, self.consumer)).config
        self.ready = True

    def give_back(self, messages: Iterable[Msg]) -> None:
        """Let the consumer deliver again, now and to anybody, what nobody looked at."""
        if self.config is not None and self.config.ack_policy == AckPolicy.NONE:
            return
        for message in messages:
            if not message.is_acked:
                self._say(message.reply, b"-NAK")

    def leave(self) -> None:
        """Nobody reads on."""

    def _say(self, subject: str, payload: bytes = b"") -> None:
        """Publish; who calls this is in the middle of something else."""
        conn = self.js._nc
        try:
            conn._send(subject, payload)
        except Exception as error:  # a publish guard is the user's code and raises anything
            if not conn.is_closed:
                conn._report(error)
