"""What a pane says of its polls: while there is nothing to show, and beside what there is."""

from __future__ import annotations

import time
from collections.abc import Iterable

from natstui.client.state import ConnectionStatus
from natstui.model.polling import Poll
from natstui.model.session import Session
from natstui.ui import words
from natstui.ui.drawing import Span

_RESUMED_SHOWN = 15.0


def waiting(session: Session) -> list[Span]:
    """For the tab line while there is no connection."""
    if session.status is ConnectionStatus.CLOSED:
        return [("bad", "○ given up"), ("muted", "  R: reconnect")]
    return [("warn", "◌ waiting for a server")]


def no_connection(session: Session, promise: str) -> list[list[Span]]:
    """For where the data would be: why there is none, and what happens next."""
    given_up = session.status is ConnectionStatus.CLOSED
    return [
        [("strong", f"{session.status_word.capitalize()}.")],
        [("warn", session.attempt or "")],
        [("bad", session.obstacle)],
        [("plain", session.advice)],
        [("muted", "" if given_up else promise)],
        [
            ("accent", "R"),
            ("muted", "  tries again, " if given_up else "  tries now, "),
            ("accent", "e"),
            ("muted", "  shows what happened, "),
            ("accent", "f8"),
            ("muted", "  finds out why"),
        ],
    ]


def poll_state(session: Session, polls: Iterable[Poll]) -> list[Span]:
    """For the tab line: live, loading, failed, waiting for a server, or going on again."""
    polls = list(polls)
    if not session.is_connected:
        return waiting(session)
    for poll in polls:
        if poll.state == "failed" and poll.problem is not None:
            return [("bad", "▲ not up to date")]
    if any(poll.state == "loading" for poll in polls):
        return [("warn", "◌ loading…")]
    resumed = max((poll.resumed_at or 0.0 for poll in polls), default=0.0)
    if resumed and time.time() - resumed < _RESUMED_SHOWN:
        return [("good", f"● live, resumed {words.clock(resumed)[:8]}")]
    return [("good", "● live")] if polls else []


def poll_hint(poll: Poll, empty: list[list[Span]]) -> list[list[Span]]:
    """For a table without rows: why that is, and what to do about it."""
    session = poll.session
    if not session.is_connected:
        return no_connection(session, "it goes on by itself once there is a connection")
    if poll.problem is not None:
        return [
            [("bad", poll.problem.what)],
            [("muted", poll.problem.do)],
            [("accent", "r"), ("muted", f"  asks again; it is asked every {poll.pause:.0f} s")],
        ]
    if poll.state in ("waiting", "loading"):
        return [[("strong", "Loading…")], [("muted", "esc goes back")]]
    return empty
