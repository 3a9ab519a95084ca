"""The status line: which system this is, whether we are connected, and what flows."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from natstui.client.state import ConnectionStatus
from natstui.model.session import Session
from natstui.ui import words
from natstui.ui.drawing import Span, spread, width_of
from natstui.ui.lines import Inked
from natstui.ui.theme import scheme_colour

_SIGNS = {
    ConnectionStatus.CONNECTED: ("good", "●"),
    ConnectionStatus.CONNECTING: ("warn", "◌"),
    ConnectionStatus.RECONNECTING: ("warn", "◌"),
    ConnectionStatus.DISCONNECTED: ("muted", "○"),
    ConnectionStatus.CLOSED: ("bad", "○"),
    ConnectionStatus.DRAINING_SUBS: ("warn", "●"),
    ConnectionStatus.DRAINING_PUBS: ("warn", "●"),
}


class StatusLine(Inked):
    """One line, repainted only when its words change."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="status")
        self.session = session
        self.is_slowed = False
        self._left: list[list[Span]] = []
        self._right: list[Span] = []

    def sync(self, *, is_slowed: bool) -> None:
        """Look at the session again; call it each frame."""
        self.is_slowed = is_slowed
        left, right = self._parts(), self._warnings()
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render_line(self, y: int) -> Strip:
        mark = scheme_colour(self.session.settings.color_scheme) or self.inks["accent"]
        width = self.size.width - 1
        shown = _as_many_as_fit(self._left, width - width_of(self._right) - 1)
        line = self.one_line(spread(shown, self._right, width))
        return Strip.join([Strip([Segment("▌", mark)]), line]).crop(0, self.size.width)

    def _parts(self) -> list[list[Span]]:
        """What there is to say, the most important first; the end is left out when it is narrow."""
        session = self.session
        ink, sign = _SIGNS[session.status]
        parts = [
            [("strong", f"{session.settings.context or 'no context'}  ")],
            [(ink, f"{sign} {session.status_word}  ")],
        ]
        if not session.is_connected:
            return parts + self._trouble()
        parts.append([("plain", f"{session.server}  ")])
        parts.append(self._rates())
        if session.rtt is not None:
            parts.append([("muted", f"rtt {_rtt(session.rtt)}  ")])
        return parts

    def _rates(self) -> list[Span]:
        session = self.session
        return [
            ("accent", "↓"),
            ("plain", f"{words.rate(session.messages_in.per_second)} "),
            ("muted", f"{words.size(session.bytes_in.per_second)}/s  "),
            ("accent", "↑"),
            ("plain", f"{words.rate(session.messages_out.per_second)}  "),
        ]

    def _trouble(self) -> list[list[Span]]:
        parts: list[list[Span]] = []
        if attempt := self.session.attempt:
            parts.append([("warn", f"{attempt}  ")])
        if reason := self.session.obstacle:
            parts.append([("bad", f"{reason}  ")])
        return parts

    def _warnings(self) -> list[Span]:
        session = self.session
        right: list[Span] = []
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
    shown: list[Span] = []
    for part in parts:
        if shown and width_of(shown) + width_of(part) > width:
            break
        shown.extend(part)
    return shown


def _rtt(seconds: float) -> str:
    return "<1 ms" if seconds <= 0.001 else words.seconds(seconds)
