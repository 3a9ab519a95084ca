"""Draw the panes that show what changes by the second: the explorer, headless, on the demo itself.

These pictures differ a little with every run; what they show is what `make demo` shows.
"""

from __future__ import annotations

import asyncio

from textual.pilot import Pilot

from natstui.demo.session import demo_session
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.tail import TailBuffer
from natstui.model.tailing import Tail
from natstui.ui.app import NatsTui
from screenshots import FOLDER, NARROW, WIDE, Scene, StillApp, alone, settled

PATIENCE = 12  # seconds on a board before rates and slopes are known

# Each goes on where the one before it ended.
SCENES = (
    Scene("consumers", WIDE, ("3",)),
    Scene("consumer", WIDE, ("enter",)),
    Scene("kv", WIDE, ("4",)),
    Scene("keys", WIDE, ("enter", "j", "j", "j", "j")),
    Scene("key", WIDE, ("enter",)),
    Scene("objects", WIDE, ("5", "enter", "j")),
    Scene("services", WIDE, ("6",)),
    Scene("service", WIDE, ("enter",)),
    Scene("server", WIDE, ("7",)),
    Scene("connections", WIDE, ("n",)),
)


class LiveApp(StillApp):
    """The explorer as it is, but for the place of its styles."""

    _sample = NatsTui._sample


async def draw(settings: Settings, size: tuple[int, int]) -> None:
    """All scenes in a terminal of this size."""
    session = Session(settings)
    tail = Tail(session, TailBuffer())
    session.open()
    app = LiveApp(session, tail)
    try:
        async with app.run_test(size=size) as pilot:
            for scene in SCENES:
                await play(app, pilot, scene)
                name = scene.name if size == WIDE else f"{scene.name}-{size[0]}x{size[1]}"
                picture = alone(app.export_screenshot(title="natstui"))
                (FOLDER / f"{name}.svg").write_text(picture)
    finally:
        await session.close()


async def play(app: NatsTui, pilot: Pilot[int], scene: Scene) -> None:
    """Press the keys, and look on until there is something to be seen."""
    for key in scene.keys:
        await pilot.press(key)
        await settled(app, pilot)
    await asyncio.sleep(PATIENCE if scene.keys[0].isdigit() else 2)
    await settled(app, pilot)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with demo_session() as settings:
        for size in (WIDE, NARROW):
            asyncio.run(draw(settings, size))
