"""Draw what the documents show: the explorer, headless, over the demo's traffic.

The traffic is told by its own clock instead of the machine's, so that the pictures change when the
explorer does, and not with every run.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

import natstui.client as nats
from natstui.client.js.api import RawStreamMsg
from natstui.demo.event import Event
from natstui.demo.jetstream import set_up
from natstui.demo.nats_server import get_nats_server
from natstui.demo.server import private_server
from natstui.demo.traffic import SUBJECTS, timeline
from natstui.model import stream_reader
from natstui.model.rates import Rate
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.stored import record_of
from natstui.model.stream_board import StreamRow
from natstui.model.tail import Record, TailBuffer
from natstui.model.tailing import Tail
from natstui.ui import app as app_module
from natstui.ui.app import NatsTui
from natstui.ui.pane import DrillPane

FOLDER = Path(__file__).parent.parent / "screenshots"
WIDE, NARROW = (160, 45), (80, 24)

START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SECONDS = range(60, 90)  # of the story: what is told of it
ASKED = 0.5  # so many requests a second are said to be made, however often a pane has asked


@dataclass(frozen=True)
class Scene:
    """A picture: what is typed, in a terminal of this size, before it is taken."""

    name: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()


class SteadyRate(Rate):
    """It is as it is said to be."""

    def sample(self, now: float, total: int) -> None:
        self.per_second = ASKED


def typed(text: str) -> tuple[str, ...]:
    """The keys that type `text` into a prompt and confirm it."""
    names = {
        " ": "space",
        ":": "colon",
        ".": "full_stop",
        "*": "asterisk",
        ">": "greater_than_sign",
    }
    return (*(names.get(character, character) for character in text), "enter")


SCENES = (
    Scene("tail", WIDE),
    Scene("tail-80x24", NARROW),
    Scene("detail", WIDE, ("slash", *typed("subject:orders.*.created"), "enter")),
    Scene("detail-80x24", NARROW, ("slash", *typed("subject:orders.*.created"), "enter")),
    Scene("hostile", WIDE, ("slash", *typed("subject:odd.>"))),
    Scene("publish-80x24", NARROW, ("p",)),
    Scene("streams", WIDE, ("2",)),
    Scene("streams-80x24", NARROW, ("2",)),
    Scene("messages", WIDE, ("2", "end", "enter", "up", "enter")),
    Scene("messages-80x24", NARROW, ("2", "end", "enter")),
    Scene("purge", WIDE, ("2", "end", "P", *typed("orders.*.paid keep:20"))),
    Scene("purge-80x24", NARROW, ("2", "end", "P", *typed("orders.*.paid keep:20"))),
)


class Story:
    """The clock of the story: seconds since START, which only the teller moves."""

    at = float(SECONDS.start)

    def monotonic(self) -> float:
        return self.at

    def wall(self) -> float:
        return START.timestamp() + self.at


class StillApp(NatsTui):
    """The explorer, which takes no rates of its own: the teller does, by the story's clock."""

    # Textual would look for it beside this file.
    CSS_PATH = str(Path(app_module.__file__).with_name("natstui.tcss"))

    def _sample(self, now: float) -> None:
        pass


async def tell(story: Story, session: Session, tail: Tail, teller: nats.Client) -> None:
    """Publish what happens in SECONDS, each message at its time, and take the rates each second."""
    assert session.client is not None
    events = _told()
    event = next(events)
    for second in SECONDS:
        while event.at < second + 1:
            story.at = event.at
            reply = "_INBOX.demo" if event.ask else ""
            await teller.publish(event.subject, event.payload, reply, event.headers)
            await teller.flush()
            await session.client.flush()  # behind the message, on the connection that brings it
            event = next(events)
        story.at = second + 1.0
        session.sample()
        tail.sample(story.at)


def _told() -> Iterator[Event]:
    kept = tuple(subject.removesuffix(">") for subject in SUBJECTS)
    for event in timeline(start=START):
        if event.at >= SECONDS.start and event.subject.startswith(kept):
            yield event


async def draw(scene: Scene, session: Session, tail: Tail) -> None:
    """Run the explorer for one picture; what it changed of the view is undone."""
    app = StillApp(session, tail)
    async with app.run_test(size=scene.size) as pilot:
        session.rtt = 0.001
        for key in scene.keys:
            await pilot.press(key)
            await settled(app, pilot)
        app.pump.tick()
        await pilot.pause()
        (FOLDER / f"{scene.name}.svg").write_text(alone(app.export_screenshot(title="natstui")))
    tail.view.resume()
    tail.view.set_filter(None)


def told_at_its_time(message: RawStreamMsg, *, direct: bool) -> Record:
    """A stored message, stored when the story says and not when it was told."""
    record = record_of(message, direct=direct)
    return record._replace(at=START.timestamp() + SECONDS.start + record.seq / 20)


async def settled(app: NatsTui, pilot: Pilot[int]) -> None:
    """Return when what the panes asked for is there, and drawn."""
    while not _is_settled(app):
        await pilot.pause()
    app.pump.tick()
    await pilot.pause()


def _is_settled(app: NatsTui) -> bool:
    pane = app.pane
    if not isinstance(pane, DrillPane):
        return True
    working = pane.work is not None and pane.work.is_running
    return not working and all(poll.state == "ready" for poll in pane.level.polls)


def alone(svg: str) -> str:
    """The picture without the fonts that it would fetch: any monospaced one will do."""
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)


async def main(url: str) -> None:
    story = Story()
    session = Session(Settings(servers=(url,), context="demo"), clock=story.monotonic)
    session.api_requests = SteadyRate()
    tail = Tail(session, TailBuffer(clock=story.wall))
    connected = asyncio.Event()
    session.listeners.append(lambda event: connected.set() if event.kind == "connected" else None)
    session.open()
    await connected.wait()
    for subject in SUBJECTS:
        await tail.add(subject)
    try:
        async with await nats.connect(url) as teller:
            await set_up(teller)
            await tell(story, session, tail, teller)
        for scene in SCENES:
            await draw(scene, session, tail)
    finally:
        await session.close()


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    FOLDER.mkdir(exist_ok=True)
    vars(stream_reader)["record_of"] = told_at_its_time
    row: Any = StreamRow
    row.last_at = property(lambda row: time.time() - 3 if row.messages else None)
    with private_server(get_nats_server()) as server:
        asyncio.run(main(server))
