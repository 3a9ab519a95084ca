"""Watches in the explorer: asked for from a row, seen and heard when they fire."""

from __future__ import annotations

from natstui.model.alert import Alert
from natstui.model.terminal import TerminalTraits
from natstui.model.watch import parse_watch
from natstui.ui.bell import announcement
from tests.support.waiting import eventually
from tests.ui.explorer import Explorer, explorer
from tests.ui.snapshots import check_snapshot

HOSTILE = "a\x1b]52;c;aGk=\x07[/x] \N{RIGHT-TO-LEFT OVERRIDE}"


async def watch(seen: Explorer, text: str) -> None:
    await seen.app.desk.watching.add(parse_watch(text))


def look(seen: Explorer, number: int, *things: tuple[tuple[str, ...], int]) -> None:
    """An answer of the server: names and what is pending."""
    watching = seen.app.desk.watching
    known = [(names, {"pending": pending, "messages": pending}) for names, pending in things]
    watching.looked(watching.watched[number], known)


async def test_what_is_under_the_cursor_is_suggested() -> None:
    async with explorer(subjects=("orders.>",)) as seen:
        seen.feed("one", subject="orders.eu")
        await seen.frame()
        await seen.press("W")
        assert "watch subject orders.eu: silent 60s" in seen.text
        await seen.press("enter")
        await eventually(lambda: seen.app.desk.watching.watched, "it is watched")
        await seen.frame()
        assert "unknown  subject orders.eu: silent 60s" in seen.text
        await seen.press("d")
        await eventually(lambda: not seen.app.desk.watching.watched, "it is not watched")
        await seen.press("a")
        assert "watch subject orders.eu: silent 60s" in seen.text


async def test_what_cannot_be_watched_is_said_while_it_is_typed() -> None:
    async with explorer() as seen:
        await seen.press("W", "a", "ctrl+u")
        await seen.type("stream a.b: silent 5s")
        await seen.press("enter")
        assert "invalid stream name" in seen.text
        assert not seen.app.desk.watching.watched


async def test_who_fires_is_seen_until_it_is_over() -> None:
    async with explorer(settings=None, notifications=True) as seen:
        await watch(seen, "consumer *: pending>10")
        look(seen, 0, (("ORDERS", "billing"), 12), (("ORDERS", "fraud"), 99))
        await seen.frame()
        assert "2 FIRING" in seen.lines[0]
        assert "consumer ORDERS > " in seen.text
        await seen.press("e")
        assert "alert        consumer ORDERS > billing: pending>10 (pending 12)" in seen.text


async def test_names_of_others_are_safe() -> None:
    async with explorer(notifications=True) as seen:
        await watch(seen, "stream *: messages>0")
        look(seen, 0, ((HOSTILE,), 1))
        await seen.press("e")
        assert "[/x]" in seen.text
        await seen.press("escape", "W")
        assert "[/x]" in seen.text
        assert not {"\x1b", "\x07", "\N{RIGHT-TO-LEFT OVERRIDE}"} & set(seen.text)


async def test_the_watches_in_a_picture() -> None:
    async with explorer() as seen:
        await watch(seen, "consumer ORDERS > billing: pending>1000 for 30s")
        await watch(seen, "consumer *: pending>10")
        await watch(seen, "stream ORDERS: silent 60s")
        look(seen, 0, (("ORDERS", "billing"), 1_204))
        look(seen, 1, (("ORDERS", "billing"), 4), (("ORDERS", "fraud"), 99))
        look(seen, 2)
        await seen.press("W")
        await check_snapshot(seen, "watches")


def alert(text: str, kind: str = "fired") -> Alert:
    watch = parse_watch("stream *: messages>0")
    return Alert(watch, kind, text, {}, 0.0)  # type: ignore[arg-type]


def test_the_bell_rings_when_something_fires() -> None:
    traits = TerminalTraits()
    said = announcement([alert("ORDERS")], traits)
    assert said == "\a\x1b]9;natstui: stream ORDERS: messages>0\a"
    over = announcement([alert("ORDERS", "recovered")], traits)
    assert over.startswith("\x1b]9;natstui: stream ORDERS: messages>0 is over after ")
    assert announcement([alert("A"), alert("B")], traits).endswith(" (and 1 more)\a")
    assert announcement([alert("ORDERS")], TerminalTraits(bell=False)) == ""
    assert announcement([alert("ORDERS")], TerminalTraits(clipboard=False)) == "\a"
    wrapped = announcement([alert("ORDERS")], TerminalTraits(multiplexer="tmux"))
    assert wrapped.startswith("\a\x1bPtmux;\x1b\x1b]9;natstui")


def test_no_name_ends_the_notification_early() -> None:
    said = announcement([alert(HOSTILE)], TerminalTraits())
    assert said.count("\x1b") == 1
    assert said.count("\a") == 2
    assert said.isascii()
