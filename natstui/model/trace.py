"""What `--trace` writes: each question and its answer, and what happens to the connection.

Of the JetStream API all is shown but what is stored in messages; of everything else only subject
and size. So no payload and no secret gets into a trace, which people send to each other.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from natstui.client.aio.msg import Msg
from natstui.model.publish_guard import DEFAULT_API_PREFIX
from natstui.model.safe_text import clean
from natstui.model.timeline import Event
from natstui.model.words import clock, seconds, size

Tell = Callable[[str], None]

MOST_SHOWN = 4_000  # characters of one question or answer
# Where the server puts what is stored (STREAM.MSG.GET), in base64.
_STORED = {"data", "hdrs"}
# Their answers are stored messages.
_DIRECT = "DIRECT.GET"
_NO_RESPONDERS = 503


class Trace:
    """Turns what it is told into lines, and passes them to `tell`; a `Tracer` of the client's."""

    def __init__(self, tell: Tell, api_prefix: str = DEFAULT_API_PREFIX) -> None:
        self._tell = tell
        self._prefixes = (f"{api_prefix}.", f"{DEFAULT_API_PREFIX}.")
        self._asked: dict[int, str] = {}

    def happened(self, event: Event) -> None:
        """Something happened to the connection; its text has no secrets."""
        self._say(f"{event.kind}: {event.text}")

    def asked(self, number: int, subject: str, payload: bytes) -> None:
        self._asked[number] = subject
        if len(self._asked) > 10_000:  # those that are not requests are never answered here
            del self._asked[next(iter(self._asked))]
        self._say(f">>> #{number} {subject} {self._content(subject, payload)}".rstrip())

    def answered(self, number: int, answer: Msg, took: float) -> None:
        subject = self._asked.pop(number, "")
        if answer.status is not None:
            said = f"{answer.status} {_description(answer)}"
        elif _DIRECT in subject:
            said = f"a stored message of {size(answer.size)}"
        else:
            said = self._content(subject, answer.data)
        self._say(f"<<< #{number} {seconds(took)} {said}".rstrip())

    def unanswered(self, number: int, took: float) -> None:
        self._asked.pop(number, None)
        self._say(f"<<< #{number} {seconds(took)} no answer")

    def _content(self, subject: str, payload: bytes) -> str:
        if not payload:
            return ""
        if not subject.startswith(self._prefixes):
            return f"({size(len(payload))})"
        try:
            shown = json.dumps(_without_stored(json.loads(payload)), ensure_ascii=False)
        except (ValueError, RecursionError):
            return f"({size(len(payload))})"
        more = len(shown) - MOST_SHOWN
        return shown if more <= 0 else f"{shown[:MOST_SHOWN]}… and {more:,} characters more"

    def _say(self, line: str) -> None:
        self._tell(f"{clock(time.time())} {clean(line)}")


def _description(answer: Msg) -> str:
    """What the server says with a status; with the commonest it says nothing."""
    said = answer.headers.get("Description", "") if answer.headers else ""
    return said or ("nobody listens there" if answer.status == _NO_RESPONDERS else "")


def _without_stored(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_stored(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"({size(len(inner) * 3 // 4 - inner[-2:].count('='))})"
        if key in _STORED and isinstance(inner, str)
        else _without_stored(inner)
        for key, inner in value.items()
    }


def tell_stderr(line: str) -> None:
    """For programs without a screen: standard output is for the answers."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(line, file=sys.stderr, flush=True)
