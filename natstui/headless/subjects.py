"""What `tail` and `record` take: subjects, a filter, and the end of it when nothing can come."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from natstui.headless.complaints import complain
from natstui.headless.request import BadInputError, FailedError
from natstui.model.filter import Filter, FilterError, parse_filter
from natstui.model.session import Session
from natstui.model.tailing import Tailing
from natstui.model.timeline import Event
from natstui.model.wildcards import pattern_problem


def subjects_of(given: tuple[str, ...], example: str) -> tuple[str, ...]:
    """Each of them once; BadInputError for what is no subject, and if there is none."""
    if not given:
        raise BadInputError(f"a subject is needed, as in: {example}")
    for subject in given:
        if problem := pattern_problem(subject):
            raise BadInputError(f"{subject!r} cannot be tailed: {problem}")
    return tuple(dict.fromkeys(given))


def filter_of(text: str) -> Filter | None:
    """The filter that was typed; BadInputError if it cannot be read."""
    try:
        return parse_filter(text)
    except FilterError as error:
        raise BadInputError(f"--filter: {error}") from None


class Failure:
    """Listens to the session: says what is denied, and `wait` raises when all is lost."""

    def __init__(self, session: Session, tailing: Tailing) -> None:
        self._session = session
        self._tailing = tailing
        self._news = asyncio.Event()
        session.listeners.append(self._on_event)

    def _on_event(self, event: Event) -> None:
        self._news.set()
        if event.kind == "denied" and event.denied is not None:
            complain(event.text)

    async def wait(self) -> NoReturn:
        """FailedError when nothing can come any more, and not before."""
        while True:
            self._news.clear()
            if self._session.has_given_up:
                raise FailedError(f"the connection is closed: {self._session.last_error}")
            if all(subject.problem for subject in self._tailing.subjects.subjects):
                raise FailedError("none of the subjects may be subscribed to")
            await self._news.wait()
