"""Keys take effect one after another, however fast they come.

Textual hands each key to whatever has the focus when it is read, and only then handles the one
before. Over ssh several keys often arrive together: `enter` and `x` would open a message and then
export the list, because `x` was handed to the list before the message had the focus. So the next
key waits here until the last one, and the messages it caused, are done with.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from textual import events, on
from textual.app import App
from textual.message import Message

# One round trip behind the key itself, one behind what its action posted.
_ROUNDS = 2
# A probe is lost with the widget that it was on its way to. (In a flood of messages, on a busy
# machine, one that is not lost may take long, too.)
LOST_AFTER = 1.0


class KeysInOrder(App[int]):
    """Mixed into the app.

    Behind each key a probe goes the same way, through the same queues: when it is back, everything
    before it was handled.
    """

    class Probe(Message):
        """Comes back to the app when the queues on its way are done with what was before it."""

        def __init__(self, turn: int) -> None:
            super().__init__()
            self.turn = turn

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._rounds_left = 0
        self._turn = 0

    async def on_event(self, event: events.Event) -> None:
        """Let a key, or what is pasted, wait if there is one on its way."""
        if not isinstance(event, events.Key | events.Paste):
            await super().on_event(event)
        elif not self.screen_stack:
            return  # we are leaving
        elif event.is_forwarded:
            await super().on_event(event)
        elif self._rounds_left:
            self._waiting.append(event)
        else:
            await self._hand_out(event)

    async def _hand_out(self, key: events.Key | events.Paste) -> None:
        if not self.screen_stack:
            return  # we are leaving
        self._rounds_left = _ROUNDS
        self._turn += 1
        loop = asyncio.get_running_loop()
        loop.call_later(LOST_AFTER, self._give_up, self._turn)
        await super().on_event(key)
        self._probe()

    def _probe(self) -> None:
        if not self.screen_stack:
            return  # we are leaving
        (self.focused or self.screen).post_message(self.Probe(self._turn))

    def _give_up(self, turn: int) -> None:
        if turn == self._turn and self._rounds_left:
            self._rounds_left = 1
            self.post_message(self.Probe(turn))

    @on(Probe)
    async def _came_back(self, probe: Probe) -> None:
        if probe.turn != self._turn or not self._rounds_left:
            return
        self._rounds_left -= 1
        if self._rounds_left:
            self._probe()
            return
        self.key_took_effect()
        if self._waiting:
            await self._hand_out(self._waiting.popleft())

    def key_took_effect(self) -> None:
        """Called when a key is done with."""
