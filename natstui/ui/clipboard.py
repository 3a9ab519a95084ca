"""Copying by OSC 52: the terminal puts it into its own clipboard, also through ssh.

Multiplexers keep such a request to themselves. tmux takes it where `set-clipboard` is `on`, and
hands through what is wrapped for it where `allow-passthrough` is; it is told both. GNU screen hands
through device control strings, short ones only.
"""

from __future__ import annotations

import base64
from typing import Any, cast

from textual.app import App

from natstui.model.terminal import Multiplexer
from natstui.ui import words
from natstui.ui.guarded import Frame

# Terminals and multiplexers cut or ignore what is much longer, and none says so.
MAX_BYTES = 100_000
# What old versions of screen take at a time, and a little less.
_SCREEN_CHUNK = 240


def copy_text(app: App[Any], text: str) -> str:
    """Copy `text` as it is; says what was done."""
    length = len(text.encode("utf-8", "surrogatepass"))
    if length > MAX_BYTES:
        return f"not copied: {words.size(length)} is more than terminals take; x exports it"
    if reason := cast(Frame, app).why_no_copy:
        return f"not copied: {reason}"
    app.copy_to_clipboard(text)
    return f"copied {words.size(length)}"


def copy_payload(app: App[Any], payload: bytes) -> str:
    """Copy a payload as text, or as base64 if it is none; says what was done."""
    try:
        return copy_text(app, payload.decode("utf-8"))
    except UnicodeDecodeError:
        said = copy_text(app, base64.b64encode(payload).decode("ascii"))
        return f"{said} as base64: the payload is not text"


def through(multiplexer: Multiplexer, text: str) -> str:
    """What has `multiplexer` tell the terminal around it to copy `text`; "" where there is none."""
    encoded = base64.b64encode(text.encode()).decode("ascii")
    request = f"\x1b]52;c;{encoded}\a"
    if multiplexer == "tmux":
        return passed_by_tmux(request)
    return passed_by_screen(request) if multiplexer == "screen" else ""


def passed_by_tmux(sequence: str) -> str:
    """`sequence`, for the terminal around tmux."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


def passed_by_screen(sequence: str) -> str:
    """`sequence`, for the terminal around GNU screen."""
    chunks = range(0, len(sequence), _SCREEN_CHUNK)
    return "".join(f"\x1bP{sequence[at : at + _SCREEN_CHUNK]}\x1b\\" for at in chunks)
