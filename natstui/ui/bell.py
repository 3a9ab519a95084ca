"""The bell, and a notification of the terminal (OSC 9), for who looks elsewhere.

OSC 9 is understood by iTerm2, kitty, WezTerm, foot, Ghostty and Windows Terminal, and ignored by
others; through ssh it reaches the one in front of the user.
"""

from __future__ import annotations

from collections.abc import Sequence

from natstui.model.alert import Alert
from natstui.model.terminal import TerminalTraits
from natstui.ui.clipboard import passed_by_screen, passed_by_tmux
from natstui.ui.glyphs import ascii_only
from natstui.ui.safe import clean

_LONGEST = 200


def announcement(alerts: Sequence[Alert], traits: TerminalTraits) -> str:
    """What to write to the terminal for these; "" for nothing."""
    if not traits.bell or not alerts:
        return ""
    bell = "\a" if any(alert.kind == "fired" for alert in alerts) else ""
    return bell + _notification(alerts, traits)


def _notification(alerts: Sequence[Alert], traits: TerminalTraits) -> str:
    if not traits.clipboard:  # the Linux console, which knows no such requests at all
        return ""
    more = f" (and {len(alerts) - 1} more)" if len(alerts) > 1 else ""
    # In ASCII: what the terminal makes of it is shown by yet another program.
    text = ascii_only(clean(f"natstui: {alerts[0].text[:_LONGEST]}{more}"))
    request = f"\x1b]9;{text}\a"
    match traits.multiplexer:
        case "tmux":
            return passed_by_tmux(request)
        case "screen":
            return passed_by_screen(request)
    return request
