"""The subjects that are tailed: a subscription each, and no message shown twice.

The server sends a message once for every subscription that it matches: with `orders.>` and
`orders.eu.*` it comes twice. It is shown once, for the first subject in the list that matches and
is subscribed; the others count it and do not show it. (While a subject is being removed, a message
between its two copies may be shown for both or for neither.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from natstui.client.protocol.subjects import subject_matches
from natstui.model.rates import Rate
from natstui.model.wildcards import overlap, pattern_problem

if TYPE_CHECKING:
    from natstui.client import Msg
    from natstui.client.aio.client import Client
    from natstui.client.aio.subscription import Subscription

# Subjects with an identifier in them are without number; forgetting them costs a comparison each.
_REMEMBERED = 10_000


class Sink(Protocol):
    """What takes the messages; `dropped` counts those that it could not take."""

    dropped: int

    def append(
        self, subject: str, payload: bytes, reply: str = "", headers: bytes = b""
    ) -> None: ...

    def note(self, text: str) -> None:
        """A line of ours between the messages."""


class TailSubject:
    """One subscription: `messages` came by it, `problem` says why none will (or is "")."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.messages = 0
        self.problem = ""
        self.rate = Rate()
        self.subscription: Subscription | None = None
        self._ahead: list[str] = []
        self._known: dict[str, bool] = {}

    def comes_after(self, others: list[TailSubject]) -> None:
        """`others` show what they match; this one shows the rest."""
        self._known.clear()
        self._ahead = [
            other.pattern
            for other in others
            if not other.problem and overlap(other.pattern, self.pattern)
        ]

    def shown_by_another(self, subject: str) -> bool:
        """Whether a message is another subscription's to show."""
        if not self._ahead:
            return False
        known = self._known.get(subject)
        if known is None:
            known = any(subject_matches(pattern, subject) for pattern in self._ahead)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[subject] = known
        return known


class TailSubjects:
    """The list of them, in the order they were added, feeding one sink; in a `queue` group if that
    is not empty.

    Whoever is in `also` gets every message and note too: somebody who records them, for one.
    """

    def __init__(self, sink: Sink, queue: str = "") -> None:
        self.sink = sink
        self.queue = queue
        self.also: list[Sink] = []
        self.subjects: list[TailSubject] = []
        self.version = 0

    def find(self, pattern: str) -> TailSubject | None:
        """The one with this very pattern."""
        return next((each for each in self.subjects if each.pattern == pattern), None)

    def problem_with(self, pattern: str) -> str | None:
        """Why `pattern` cannot be added, or None."""
        if problem := pattern_problem(pattern):
            return problem
        return f"{pattern} is there already" if self.find(pattern) else None

    async def add(self, pattern: str, client: Client | None) -> TailSubject:
        """Subscribe; without a client `subscribe_all` does it later. ValueError if it cannot be."""
        if problem := self.problem_with(pattern):
            raise ValueError(problem)
        subject = TailSubject(pattern)
        self.subjects.append(subject)
        self._changed()
        if client is not None:
            await self._subscribe(subject, client)
        return subject

    async def remove(self, pattern: str) -> None:
        """Unsubscribe; what it brought stays in the buffer. LookupError if there is none."""
        subject = self.find(pattern)
        if subject is None:
            raise LookupError(pattern)
        self.subjects.remove(subject)
        self._changed()
        if subject.subscription is not None and not subject.problem:
            await subject.subscription.unsubscribe()

    async def subscribe_all(self, client: Client) -> None:
        """Subscribe to all of them, on a client that has none of them yet."""
        for subject in list(self.subjects):
            await self._resubscribe(subject, client)

    async def retry_denied(self, client: Client) -> None:
        """Ask once more for what the server denied: it may be another one, or think better."""
        for subject in [each for each in self.subjects if each.problem]:
            await self._resubscribe(subject, client)

    def note(self, text: str) -> None:
        """A line of ours, to everybody who gets the messages."""
        for sink in (self.sink, *self.also):
            sink.note(text)

    def denied(self, pattern: str, problem: str) -> None:
        """The server does not let us have this one: leave its messages to the others."""
        if (subject := self.find(pattern)) is not None:
            subject.problem = problem
            self._changed()

    def sample(self, now: float) -> None:
        """Take the rates; `now` is monotonic, in seconds."""
        for subject in self.subjects:
            subject.rate.sample(now, subject.messages)

    def hook(self, subject: TailSubject) -> Callable[[Msg], None]:
        """What the client calls, within its read, for each message of this subscription."""
        sink, also = self.sink, self.also

        def take(msg: Msg) -> None:
            subject.messages += 1
            if subject.shown_by_another(msg.subject):
                return
            try:
                sink.append(msg.subject, msg.data, msg.reply, msg.raw_headers)
                for other in also:
                    other.append(msg.subject, msg.data, msg.reply, msg.raw_headers)
            except Exception:  # whatever it is, the message is lost, and that must be counted
                sink.dropped += 1
                raise

        return take

    async def _resubscribe(self, subject: TailSubject, client: Client) -> None:
        subject.problem = ""
        self._changed()
        await self._subscribe(subject, client)

    async def _subscribe(self, subject: TailSubject, client: Client) -> None:
        try:
            subject.subscription = await client.subscribe(
                subject.pattern, self.queue, hook=self.hook(subject)
            )
        except Exception as error:  # whatever stands against one subject must not stop the others
            self.denied(subject.pattern, str(error))

    def _changed(self) -> None:
        self.version += 1
        for place, subject in enumerate(self.subjects):
            subject.comes_after(self.subjects[:place])
