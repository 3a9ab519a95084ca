"""Record a walk through the demo as one picture that moves: screenshots/walk.svg.

Frames follow each other by the picture's own style sheet; browsers and GitHub play it without a
script.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from live_screenshots import LiveApp
from textual.pilot import Pilot

from natstui.demo.session import demo_session
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.tail import TailBuffer
from natstui.model.tailing import Tail
from screenshots import FOLDER, NARROW, alone, settled

WIDTH, HEIGHT, CAPTION = 994, 636, 44  # of a frame of 80x24, and of the line below it


class Step(NamedTuple):
    """Keys, what is said of them, the seconds until there is something to see, and of seeing it."""

    keys: tuple[str, ...]
    says: str
    wait: float = 1.0
    shown: float = 2.0


FILTER = (*("slash", "j", "s", "o", "n", "colon"), *"total", "greater_than_sign", *"90", "enter")

WALK = (
    Step((), "natstui demo", wait=3.0, shown=1.0),
    Step((), "natstui demo", wait=1.0, shown=1.0),
    Step((), "natstui demo", wait=1.0, shown=1.0),
    Step(("space",), "space: stand still, nothing is lost"),
    Step(("enter",), "enter: one message", shown=3.0),
    Step(("escape", *FILTER), "/json:total>90: only these", shown=3.0),
    Step(("3",), "3: consumers, the worst first, and why", wait=12.0, shown=3.0),
    Step(("enter",), "enter: its last minute", shown=3.0),
    Step(("escape", "n"), "n: what comes next, taken from nobody", shown=3.0),
    Step(("2",), "2: streams", wait=8.0, shown=2.0),
    Step(("end", "enter"), "enter: its messages, followed live", shown=2.5),
    Step(("4", "enter", "j", "j", "j", "j"), "4: the keys of a bucket", wait=2.0, shown=2.5),
    Step(("enter", "d"), "enter: its history; d: what changed", wait=2.0, shown=3.0),
    Step(("6",), "6: services, their errors and times", wait=8.0, shown=3.0),
)


async def walk(settings: Settings) -> list[str]:
    """The frames, each a picture of its own."""
    session = Session(settings)
    tail = Tail(session, TailBuffer())
    session.open()
    app = LiveApp(session, tail)
    frames = []
    try:
        for subject in settings.subjects:
            await tail.add(subject)
        async with app.run_test(size=NARROW) as pilot:
            for step in WALK:
                await play(app, pilot, step)
                frames.append(alone(app.export_screenshot(title="natstui")))
    finally:
        await session.close()
    return frames


async def play(app: LiveApp, pilot: Pilot[int], step: Step) -> None:
    for key in step.keys:
        await pilot.press(key)
        await settled(app, pilot)
    await asyncio.sleep(step.wait)
    await settled(app, pilot)


def moving(frames: Sequence[str], steps: Sequence[Step]) -> str:
    """One picture that shows the frames one after the other, for ever."""
    total = sum(step.shown for step in steps)
    styles, parts, at = [], [], 0.0
    for number, (frame, step) in enumerate(zip(frames, steps, strict=True)):
        begin, at = at, at + step.shown
        styles.append(
            f"#f{number}{{animation:k{number} {total:g}s step-end infinite}}"
            f"@keyframes k{number}{{0%{{visibility:hidden}}"
            f"{100 * begin / total:.3g}%{{visibility:visible}}"
            f"{100 * at / total:.3g}%{{visibility:hidden}}}}"
        )
        # Names of its own for each frame: two that look the same would have the same.
        named = re.sub(r"terminal-\d+", f"t{number}", frame)
        sized = named.replace("<svg ", f'<svg width="{WIDTH}" height="{HEIGHT}" ', 1)
        parts.append(
            f'<g id="f{number}">{sized}'
            f'<text class="says" x="24" y="{HEIGHT + 30}">{escape(step.says)}</text></g>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + CAPTION}">'
        f"<style>text.says{{font:20px monospace;fill:#72b7f2}}{''.join(styles)}</style>"
        f'<rect width="100%" height="100%" fill="#14181f"/>'
        f"{''.join(parts)}</svg>\n"
    )


def main() -> None:
    with demo_session() as settings:
        frames = asyncio.run(walk(settings))
    (FOLDER / "walk.svg").write_text(moving(frames, WALK))


if __name__ == "__main__":
    main()
