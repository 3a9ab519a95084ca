"""The door for foreign text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import ControlType, Segment
from textual.app import App, ComposeResult
from textual.color import Color
from textual.widgets import Input, Label

from natstui.ui.drawing import Span, cut, draw, fit, fold, spread, width_of, wrap
from natstui.ui.safe import Notifier, TerminalSafe, Words, clean
from natstui.ui.theme import NATSTUI_DARK, Inks, variable_defaults
from tests.support.hostile import FORBIDDEN, MESSAGES, Hostile
from tests.support.waiting import eventually

INKS = Inks(
    NATSTUI_DARK, {**variable_defaults(NATSTUI_DARK), **NATSTUI_DARK.to_color_system().generate()}
)
ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=60)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [/x] text", "plain [/x] text"),
        ("\x1b[31m", "␛[31m"),
        ("\0\t\n\r\x7f", "␀␉␊␍␡"),
        ("\x9b2J", "␦2J"),
        ("a\u202eb\u200bc\ufeffd", "a␦b␦c␦d"),
        ("a\u00a0b\u3000c", "a b c"),
        ("\u2764\ufe0f", "\u2764"),
        ("straße 中文", "straße 中文"),
        ("e\u0301", "e\u0301"),
        ("a" + "\u0301" * 9 + "b", "a\u0301\u0301\u0301␦b"),
        ("\ud800 \ue000", "␦ ␦"),
    ],
)
def test_what_a_terminal_would_act_on_is_a_picture(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(ANYTHING)
def test_no_text_is_too_strange(text: str) -> None:
    shown = clean(text)
    assert not FORBIDDEN & set(shown)
    assert clean(shown) == shown


@given(ANYTHING, st.integers(1, 30))
def test_fitting_takes_exactly_the_cells_it_is_given(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width


@pytest.mark.parametrize("break_up", [wrap, fold])
@given(st.lists(ANYTHING, max_size=4), st.integers(2, 20))
def test_wrapping_fills_lines_and_loses_nothing(
    break_up: Callable[[list[Span], int], Iterator[list[Span]]], texts: list[str], width: int
) -> None:
    spans = [("plain", text) for text in texts]
    lines = list(break_up(spans, width))
    assert all(width_of(line) <= width for line in lines)
    assert "".join(text for line in lines for _, text in line) == "".join(map(clean, texts))


def test_wrapping_cuts_where_the_line_is_full() -> None:
    lines = list(wrap([("key", "abcdef"), ("plain", "中中")], 4))
    assert [[text for _, text in line] for line in lines] == [["abcd"], ["ef", "中"], ["中"]]
    assert list(wrap([("plain", "abcd")], 4)) == [[("plain", "abcd")]]
    assert list(wrap([], 4)) == [[]]


def test_folding_leaves_words_whole_where_it_can() -> None:
    lines = list(fold([("key", "what is "), ("plain", "delivered can be")], 12))
    assert lines == [
        [("key", "what is ")],
        [("plain", "delivered ")],
        [("plain", "can be")],
    ]
    assert list(fold([("plain", "abcdefgh ij")], 4)) == [
        [("plain", "abcd")],
        [("plain", "efgh")],
        [("plain", " ij")],
    ]
    assert list(fold([], 4)) == [[]]
    assert len(list(fold([("plain", "x " * 100_000)], 10))) == 20_000


def test_cutting_never_splits_a_wide_character() -> None:
    assert cut("a中中", 4) == "a中 "
    assert fit("a中中", 4) == "a中…"
    assert fit("x" * 1_000_000, 3) == "xx…"
    assert fit("", 3) == "   "
    assert fit("abc", 0) == ""


def test_spreading_puts_one_part_at_each_end() -> None:
    line = spread([("plain", "ab")], [("plain", "c")], 6)
    assert "".join(text for _, text in line) == "ab   c"


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_whatever_is_drawn_is_safe(message: Hostile) -> None:
    payload = message.payload[:5_000].decode("utf-8", "surrogateescape")
    strip = draw([("plain", payload)], INKS)
    assert not FORBIDDEN & set(strip.text)
    assert strip.cell_length == cell_len(strip.text)


def test_the_backstop_leaves_textuals_own_controls_alone() -> None:
    own = Segment("\x1b[1A", None, [(ControlType.CURSOR_UP, 1)])
    foreign = Segment("a\x1b[2Jb")
    assert TerminalSafe().apply([own, foreign], Color(0, 0, 0)) == [own, Segment("a[2Jb")]


@given(ANYTHING)
def test_the_backstop_changes_no_width(text: str) -> None:
    [segment] = TerminalSafe().apply([Segment(text)], Color(0, 0, 0))
    assert segment.cell_length == cell_len(text)
    assert not FORBIDDEN & set(segment.text)


class Careless(App[None]):
    """Shows foreign text in widgets that do nothing about it."""

    def get_line_filters(self) -> list[TerminalSafe]:
        return [TerminalSafe()]

    def compose(self) -> ComposeResult:
        yield Label("a\x1b[2Jb\x9b", markup=False)
        yield Input("c\x1b]52;c;x\x07")
        yield Words("[@click=app.quit]d\x1b[/x]")


async def test_the_backstop_catches_what_widgets_let_through() -> None:
    app = Careless()
    async with app.run_test() as pilot:
        await pilot.pause()
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "a[2Jb" in text
        assert "c]52;c;x" in text
        assert not FORBIDDEN & set(text.replace("\n", ""))
        assert "[@click=app.quit]d␛[/x]" in text
        await pilot.click(Words)
        assert app.is_running


async def test_notifications_come_one_at_a_time_and_are_counted() -> None:
    app: App[None] = App()
    now = 0.0
    notifier = Notifier(app, clock=lambda: now)
    async with app.run_test(notifications=True) as pilot:
        for number in range(200):
            notifier.say(f"trouble {number} [/x] \x1b[2J", "error")
        await pilot.pause()
        assert [each.message for each in app._notifications] == ["trouble 0 [/x] ␛[2J"]
        now = 5.0
        notifier.say("later")
        await pilot.pause()
        assert [each.message for each in app._notifications][-1] == "later  (and 199 more)"


async def test_what_came_too_soon_is_said_when_its_time_comes() -> None:
    app: App[None] = App()
    notifier = Notifier(app)
    notifier.EVERY = 0.1
    async with app.run_test(notifications=True):
        notifier.say("one")
        notifier.say("bad", "error")
        notifier.say("two")
        await eventually(lambda: len(app._notifications) == 2, "both are said")
        assert [each.message for each in app._notifications] == ["one", "bad  (and 1 more)"]
