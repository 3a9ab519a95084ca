"""Copying by OSC 52: the terminal puts it into its own clipboard, also through ssh."""

from __future__ import annotations

import base64
from typing import Any

from textual.app import App

from natstui.ui import words

# Terminals and multiplexers cut or ignore what is much longer, and none says so.
MAX_BYTES = 100_000


def copy_text(app: App[Any], text: str) -> str:
    """Copy `text` as it is; says what was done."""
    length = len(text.encode("utf-8", "surrogatepass"))
    if length > MAX_BYTES:
        return f"not copied: {words.size(length)} is more than terminals take; x exports it"
    app.copy_to_clipboard(text)
    return f"copied {words.size(length)}"


def copy_payload(app: App[Any], payload: bytes) -> str:
    """Copy a payload as text, or as base64 if it is none; says what was done."""
    try:
        return copy_text(app, payload.decode("utf-8"))
    except UnicodeDecodeError:
        said = copy_text(app, base64.b64encode(payload).decode("ascii"))
        return f"{said} as base64: the payload is not text"
