"""The explorer on terminals that have less: fewer signs, fewer colours, no clipboard of ours."""

from __future__ import annotations

import ast
import base64
from pathlib import Path

import pytest
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

import natstui
from natstui.model.terminal import Multiplexer, TerminalTraits
from natstui.ui.clipboard import through
from natstui.ui.fewer_colours import FewerColours
from natstui.ui.glyphs import FewerGlyphs, ascii_only, console, has_stand_in
from tests.ui.explorer import explorer

PACKAGE = Path(natstui.__file__).parent


# It pictures what must not be drawn; a question mark says as much.
NOT_OURS = ("glyphs.py", "safe_text.py")


def shown_signs(source: str) -> set[str]:
    """What is not ASCII in the strings of a module, but for what only explains it."""
    nodes = list(ast.walk(ast.parse(source)))
    explained = {
        node.value.value
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    strings = [node.value for node in nodes if isinstance(node, ast.Constant)]
    words = [text for text in strings if isinstance(text, str) and text not in explained]
    return {char for char in "".join(words) if not char.isascii() and char.isprintable()}


def test_every_sign_that_is_drawn_has_a_stand_in() -> None:
    missing = {}
    for path in [*(PACKAGE / "ui").glob("*.py"), *(PACKAGE / "model").glob("*.py")]:
        source = path.read_text()
        if path.name not in NOT_OURS and (not source.isascii() or "\\N{" in source):
            missing[path.name] = {each for each in shown_signs(source) if not has_stand_in(each)}
    assert not {name: signs for name, signs in missing.items() if signs}


def test_what_has_no_stand_in_takes_as_many_cells() -> None:
    assert ascii_only("a · 日本 …é e\u0301") == "a - ???? ~? e"
    assert console("╭─● ▁▃█ · 日 é") == "┌─• _▄█ · ?? é"


async def test_with_ascii_nothing_else_is_written() -> None:
    traits = TerminalTraits(glyphs="ascii")
    async with explorer(subjects=("orders.>",), traits=traits) as seen:
        seen.feed('{"name": "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}"}')
        await seen.frame()
        assert '"Zo?"' in seen.text
        assert "enter detail" in seen.text
        for keys in ("?", "escape", "p"):
            await seen.press(keys)
            assert seen.text.isascii(), seen.text


async def test_without_colours_what_matters_stands_out_and_the_cursor_is_seen() -> None:
    async with explorer(subjects=("orders.>",), traits=TerminalTraits(colors="none")) as seen:
        seen.feed("one", "two")
        await seen.frame()
        strips = [list(strip) for strip in seen.strips()]
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        assert all(style.color is None and style.bgcolor is None for style in styles)
        under = next(strip for strip in strips if any("two" in part.text for part in strip))
        assert any(part.style and part.style.reverse for part in under)


@pytest.mark.parametrize("hex_colour", ["#11161d", "#171d26", "#263244", "#72b7f2", "#f28b82"])
def test_of_256_the_nearest_is_taken(hex_colour: str) -> None:
    wanted = Color.parse(hex_colour)
    colour = reduced("256", Style(color=wanted.rich_color)).color
    assert colour is not None
    assert colour.number is not None
    assert colour.number >= 16
    shown = Color.from_rich_color(RichColor.parse(colour.get_truecolor().hex))
    assert max(abs(one - other) for one, other in zip(wanted.rgb, shown.rgb, strict=True)) <= 24


def test_the_line_with_the_cursor_can_be_told_from_the_others_with_256() -> None:
    shades = ["#11161d", "#263244", "#1d2530"]
    styles = [Style(bgcolor=Color.parse(shade).rich_color) for shade in shades]
    assert len({reduced("256", style).bgcolor for style in styles}) == 3


def test_of_16_there_are_no_others() -> None:
    colour = reduced("16", Style(color="#72b7f2")).color
    assert colour is not None
    assert colour.number is not None
    assert colour.number < 16


def reduced(colors: str, style: Style) -> Style:
    background = Color.parse("black")
    segments = FewerColours(colors).apply([Segment("x", style)], background)  # type: ignore[arg-type]
    assert segments[0].style is not None
    return segments[0].style


def test_nothing_is_reduced_where_nothing_has_to_be() -> None:
    assert not FewerColours("truecolor").enabled
    assert not FewerGlyphs("unicode").enabled


@pytest.mark.parametrize("multiplexer", ["tmux", "screen"])
def test_a_multiplexer_passes_on_what_the_terminal_copies(multiplexer: Multiplexer) -> None:
    text = "orders \N{EURO SIGN} " * 100
    passed = {"tmux": unwrapped_by_tmux, "screen": unwrapped_by_screen}[multiplexer]
    request = passed(through(multiplexer, text))
    assert request.startswith("\x1b]52;c;")
    assert request.endswith("\a")
    assert base64.b64decode(request[7:-1]).decode() == text
    assert through("", text) == ""


def unwrapped_by_tmux(written: str) -> str:
    assert written.startswith("\x1bPtmux;")
    assert written.endswith("\x1b\\")
    return written[7:-2].replace("\x1b\x1b", "\x1b")


def unwrapped_by_screen(written: str) -> str:
    chunks = written.removeprefix("\x1bP").removesuffix("\x1b\\").split("\x1b\\\x1bP")
    assert max(map(len, chunks)) <= 252
    return "".join(chunks)


async def test_what_cannot_be_copied_is_said() -> None:
    traits = TerminalTraits(clipboard=False)
    async with explorer(subjects=("orders.>",), traits=traits, notifications=True) as seen:
        seen.feed("payload")
        await seen.press("y")
        assert "not copied: this terminal has no clipboard" in seen.text
        assert seen.app.clipboard == ""


async def test_where_no_shell_waits_it_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("natstui.ui.suspending.can_stop", lambda: False)
    async with explorer(notifications=True) as seen:
        await seen.press("ctrl+z")
        assert "there is no shell to go back to; q quits" in seen.text
