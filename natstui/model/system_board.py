"""What all boards over `$SYS.REQ` have in common: questions to every server at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from natstui.client.aio.msg import Msg
from natstui.model.asking import DeniedError
from natstui.model.explain import explain
from natstui.model.gathering import Look, read_object
from natstui.model.monitor import Monitor
from natstui.model.session import Session
from natstui.model.system_answer import Told, at, text

PING = "$SYS.REQ.SERVER.PING"
NOBODY = "nobody answers: servers answer it to users of the system account"


class Slack(NamedTuple):
    """What this connection moved of late, per second, both ways: less than that is no news."""

    messages: float = 0.0
    bytes: float = 0.0


NO_SLACK = Slack()


class SystemBoard:
    """`problems` says, by subject, what could not be seen and why; `look` is the last look with
    what it cost; `broken` counts the answers of it that are none. `version` grows with each look.
    `slack` is what looking itself moves.
    """

    def __init__(
        self,
        session: Session,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.session = session
        self.problems: dict[str, str] = {}
        self.look: Look | None = None
        self.version = 0
        self.broken = 0
        self._monitor = Monitor(session.settings.monitors, session.settings.timeout)
        self._found: dict[str, str] = {}
        self._strange = 0
        self.shown_at = 0.0
        self._clock = clock
        self._wall_clock = wall_clock
        self.slack = NO_SLACK
        self._ourselves: tuple[float, int, int] = (self._clock(), 0, 0)
        self._answered: dict[str, int] = {}

    @property
    def took(self) -> float:
        """The seconds that the servers needed to answer the last look."""
        return self.look.took if self.look is not None else 0.0

    async def load(self) -> None:
        """Look once. Raises NotConnectedError, and what `Client.publish` raises."""
        raise NotImplementedError

    def begin(self) -> Look:
        """A new look; until it is over, what was wrong with the last one stays to be seen."""
        self._found, self._strange = {}, 0
        self._measure_ourselves()
        return Look(self.session, self._clock)

    def _measure_ourselves(self) -> None:
        client, now = self.session.client, self._clock()
        if client is None:
            return
        stats = client.stats
        messages = stats["in_msgs"] + stats["out_msgs"]
        size = stats["in_bytes"] + stats["out_bytes"]
        at, messages_before, size_before = self._ourselves
        self._ourselves = (now, messages, size)
        if now > at and messages >= messages_before:
            self.slack = Slack(
                (messages - messages_before) / (now - at), (size - size_before) / (now - at)
            )

    def finish(self, look: Look) -> None:
        """It is over, and can be shown."""
        self.look = look
        self.problems, self.broken = self._found, self._strange
        self.version += 1
        self.shown_at = self._wall_clock()

    def cannot_see(self, subject: str, why: str) -> None:
        """With this look, nothing is known of what `subject` asks for."""
        self._found[subject] = why

    async def ask_servers(
        self, look: Look, subject: str, body: dict[str, Any] | None = None, *, required: bool = True
    ) -> list[Told]:
        """What every server answers, by its name; [] with a problem if there is no answer.

        An account that imports `$SYS` is answered twice: with what it may see as an account, and
        with all there is, and so is who gave a monitor. The longer answer counts. Where it is not
        `required`, nobody's answer is no problem. Raises what `Look.ask_all` does, but for
        DeniedError.
        """
        found: dict[str, tuple[int, Told]] = {}

        def take(msg: Msg) -> None:
            told, size = self._read(subject, msg), len(msg.data)
            if told is not None and size >= found.get(told.id, (0, told))[0]:
                found[told.id] = size, told

        try:
            expected = self._answered.get(subject, 0)
            answers = await look.ask_all(subject, take, body, expected=expected)
            self._answered[subject] = answers
            if not answers and required:
                self.cannot_see(subject, NOBODY)
        except DeniedError as error:
            self.cannot_see(subject, str(explain(error, settings=self.session.settings)))
        await self._ask_monitors(look, subject, body, found)
        return sorted((told for _, told in found.values()), key=lambda told: (told.name, told.id))

    async def _ask_monitors(
        self,
        look: Look,
        subject: str,
        body: dict[str, Any] | None,
        found: dict[str, tuple[int, Told]],
    ) -> None:
        """Where some were given: what is seen of a server by its monitor is no problem any more."""
        began = self._clock()
        for heard in await self._monitor.ask(subject, body):
            look.requests += 1
            if heard.told is None:
                self.cannot_see(heard.url, heard.problem)
                continue
            look.answers += 1
            self._found.pop(subject, None)
            # To a PING servers tell more over $SYS.
            size = 0 if subject == PING else heard.size
            if size >= found.get(heard.told.id, (0, heard.told))[0]:
                found[heard.told.id] = size, heard.told
        look.took += self._clock() - began

    def _read(self, subject: str, msg: Msg) -> Told | None:
        said = read_object(msg.data)
        server = at(said, "server")
        if said is None or not isinstance(server, dict) or not text(server, "id"):
            self._strange += 1
            return None
        if (error := at(said, "error")) is not None:
            self.cannot_see(subject, text(error, "description") or "it is answered with an error")
            return None
        data = said.get("data", said.get("statsz"))
        return Told(server, data if isinstance(data, dict) else {})
