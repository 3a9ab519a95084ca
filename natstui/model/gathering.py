"""One question to all who may answer it, and everybody's answer: services by `$SRV`, servers by
`$SYS`.

Nobody can say how many there are. So a look waits for as many answers as there were the last time,
and then for a moment more; where one is missing, for `TIMEOUT` seconds. What others need to answer
is what a look costs (`took`), not how long we wait for those who never will.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from natstui.client.aio.msg import Msg
from natstui.client.errors import NoRespondersError
from natstui.client.js.requester import to_json
from natstui.model.asking import ask, connected
from natstui.model.session import Session

TIMEOUT = 2.0
STALL = 0.3
# Anybody may answer, and as often as they like.
MOST_ANSWERS = 10_000
_BREATHER = 50

Take = Callable[[Msg], None]


class Look:
    """What one look at the many asks; make a new one for the next.

    `requests` went out, `answers` with `size` bytes came in. `took` is how many seconds there were
    from each request to its last answer, added up. `is_cut`: there were more answers than are taken
    in, and the rest was left.
    """

    def __init__(self, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        self.session = session
        self.requests = 0
        self.answers = 0
        self.size = 0
        self.took = 0.0
        self.is_cut = False
        self._clock = clock

    async def ask_all(
        self, subject: str, take: Take, body: dict[str, Any] | None = None, *, expected: int = 0
    ) -> int:
        """Hand each answer to `take` as it comes; how many there were, 0 if nobody is there.

        `expected` is how many there should be. Raises DeniedError if the question or its answers
        are not permitted, NotConnectedError, and what `Client.publish` raises.
        """
        payload = b"" if body is None else to_json(body)
        return await ask(self.session, self._gather(subject, take, payload, expected))

    async def _gather(self, subject: str, take: Take, payload: bytes, expected: int) -> int:
        client, loop = connected(self.session), asyncio.get_running_loop()
        self.requests += 1
        count = 0
        began = last = self._clock()
        answers = client.request_many(subject, payload, timeout=TIMEOUT, max_messages=MOST_ANSWERS)
        try:
            async with asyncio.timeout(None) as patience, aclosing(answers):
                async for msg in answers:
                    count, last = count + 1, self._clock()
                    self.answers += 1
                    self.session.gathered += 1
                    self.size += len(msg.data)
                    take(msg)
                    if count >= expected:
                        patience.reschedule(loop.time() + STALL)
                    if not count % _BREATHER:
                        await asyncio.sleep(0)  # what came at once must not hold up the screen
        except (NoRespondersError, TimeoutError):
            pass
        self.took += last - began
        self.is_cut |= count >= MOST_ANSWERS
        return count


def read_object(data: bytes) -> dict[str, Any] | None:
    """The JSON object in an answer, None if it is anything else: it may come from anybody."""
    try:
        said: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
