"""How to draw: flags over environment over what the terminal seems to be."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from typing import TypeVar

from natstui.command_line.arguments import ASCII, BELL, COLOR, FPS, MOUSE, Flag, UsageError
from natstui.model.limits import Limits
from natstui.model.terminal import (
    Asked,
    TerminalTraits,
    parse_colors,
    parse_fps,
    parse_switch,
    terminal_traits,
)

T = TypeVar("T")


def traits_of(given: Namespace, limits: Limits) -> TerminalTraits:
    """What these flags and this environment make of the terminal; UsageError in one line."""
    asked = Asked(
        fps=_asked(FPS, given, parse_fps),
        colors=_asked(COLOR, given, parse_colors),
        ascii=_switch(ASCII, given),
        mouse=_switch(MOUSE, given),
        bell=_switch(BELL, given),
    )
    rates = limits.frames_per_second, limits.frames_per_second_over_ssh
    return terminal_traits(os.environ, asked, rates)


def _asked(flag: Flag, given: Namespace, parse: Callable[[str], T | None]) -> T | None:
    typed: str | None = getattr(given, flag.key)
    text = os.environ.get(flag.env, "") if typed is None else typed
    if typed is None and not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(f"{flag.env if typed is None else flag.name}: {error}") from None


def _switch(flag: Flag, given: Namespace) -> bool | None:
    typed: bool | None = getattr(given, flag.key)
    text = os.environ.get(flag.env, "")
    if typed is not None or not text:
        return typed
    try:
        return parse_switch(text)
    except ValueError as error:
        raise UsageError(f"{flag.env}: {error}") from None
