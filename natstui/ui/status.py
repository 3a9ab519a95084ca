"""The status line: which system this is, whether we are connected, and what flows."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from natstui.client.state import ConnectionStatus
from natstui.model.session import Session
from natstui.ui import words
from natstui.ui.drawing import Span, fit, spread, width_of
from natstui.ui.lines import Inked
from natstui.ui.own_colours import stripe_of

_SIGNS = {
    ConnectionStatus.CONNECTED: ("good", "●"),
    ConnectionStatus.CONNECTING: ("warn", "◌"),
    ConnectionStatus.RECONNECTING: ("warn", "◌"),
    ConnectionStatus.DISCONNECTED: ("muted", "○"),
    ConnectionStatus.CLOSED: ("bad", "○"),
    ConnectionStatus.DRAINING_SUBS: ("warn", "●"),
    ConnectionStatus.DRAINING_PUBS: ("warn", "●"),
}


_WORTH_CUTTING = 16


class StatusLine(Inked):
    """One line, repainted only when its words change."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="status")
        self.session = session
        self.is_slowed = False
        self.firing = 0
        self._left: list[list[Span]] = []
        self._right: list[Span] = []

    def sync(self, *, is_slowed: bool, firing: int = 0) -> None:
        """Look at the session again; call it each frame. `firing`: what watches fire for."""
        self.is_slowed, self.firing = is_slowed, firing
        left, right = self._parts(), self._warnings()
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render_line(self, y: int) -> Strip:
        mark = stripe_of(self.session.settings) or self.inks["accent"]
        width = self.size.width - 1
        shown = _as_many_as_fit(self._left, width - width_of(self._right) - 1)
        line = self.one_line(spread(shown, self._right, width))
        stripe = Strip([Segment("▌", mark)]).apply_style(self.ground)
        return Strip.join([stripe, line]).crop(0, self.size.width)

    def _parts(self) -> list[list[Span]]:
        """What there is to say, the most important first; the end is left out when it is narrow."""
        session = self.session
        ink, sign = _SIGNS[session.status]
        parts: list[list[Span]] = [[("strong", f"{session.name}  ")]]
        if not session.is_connected:
            tried = f"{session.attempt or session.status_word}  "
            if not session.obstacle:
                return [*parts, [(ink, f"{sign} {tried}")]]
            return [*parts, [(ink, f"{sign} ")], [("bad", f"{session.obstacle}  ")], [(ink, tried)]]
        parts.append([(ink, f"{sign} {session.status_word}  ")])
        parts.append([("plain", f"{session.server}  ")])
        parts.append(self._rates())
        if session.rtt is not None:
            parts.append([("muted", f"rtt {_rtt(session.rtt)}  ")])
        return parts

    def _rates(self) -> list[Span]:
        flow = self.session.flow
        return [
            ("accent", "↓"),
            ("plain", f"{words.rate(flow.messages_in)} "),
            ("muted", f"{words.size(flow.bytes_in)}/s  "),
            ("accent", "↑"),
            ("plain", f"{words.rate(flow.messages_out)}  "),
        ]

    def _warnings(self) -> list[Span]:
        session = self.session
        right: list[Span] = []
        if self.firing:
            right.append(("alarm", f"{self.firing:,} FIRING  "))
        if session.lame_duck:
            right.append(("warn", "LAME DUCK  "))
        if self.is_slowed:
            right.append(("warn", "SLOW TERMINAL  "))
        if session.read_only:
            right.append(("warn", "READ-ONLY  "))
        if trouble := session.timeline.unseen_trouble:
            right.append(("alarm", f"▲{trouble} "))
        return right


def _as_many_as_fit(parts: list[list[Span]], width: int) -> list[Span]:
    """Whole parts; of the first one that does not fit, what fits of it, if that says anything."""
    shown: list[Span] = []
    for part in parts:
        room = width - width_of(shown)
        if width_of(part) <= room:
            shown.extend(part)
            continue
        if len(part) == 1 and room >= _WORTH_CUTTING:
            ink, text = part[0]
            shown.append((ink, fit(text, room)))
        break
    return shown


def _rtt(seconds: float) -> str:
    return "<1 ms" if seconds <= 0.001 else words.seconds(seconds)
