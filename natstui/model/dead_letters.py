"""Messages that consumers will not get again: as they are advised, and as far as it is recorded.

    letters = DeadLetters(session)
    poll = Poll(session, letters.load, every=5.0)

Servers tell it once, to whoever listens, and keep no list. So there is what was heard since `load`
was first called; what a stream has captured, if somebody configured one for these subjects; and of
consumers whose numbers say that they gave up more than that, how many more. Which ones those are
the server does not say.

Nothing is created, acknowledged or changed by it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable

from natstui.client.aio.msg import Msg
from natstui.model.asking import api
from natstui.model.consumer_board import ConsumerBoard
from natstui.model.dead_letter import DeadLetter, advisory_subjects, dead_letter
from natstui.model.listening import Listener
from natstui.model.rows import Rows
from natstui.model.session import Session
from natstui.model.stream_reader import StreamReader
from natstui.model.stream_window import head_of
from natstui.model.tail import Record

MOST_LETTERS = 5_000
MOST_STORED = 1_000  # read of each subject of a stream that captures them, the newest
MOST_MESSAGES = 2_000
AT_ONCE = 8
LOOK_FOR_CAPTURES = 60.0  # seconds

Place = tuple[str, int]
"""A stream, and a sequence in it."""


class DeadLetters:
    """Of all streams, or `only` of one; `version` grows. `rows` are those that are known, the
    latest first, and the counted ones behind them.

    `captures` are the streams that capture advisories, `forgotten` how many letters made room for
    newer ones. `messages` are those that were looked at: their beginnings, None if they are gone.
    """

    def __init__(
        self, session: Session, only: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        self.session = session
        self.only = only
        self.version = 0
        self.forgotten = 0
        self.captures: list[str] = []
        self.rows: Rows[DeadLetter] = Rows(lambda each: each.key, lambda each: each.words)
        self.messages: OrderedDict[Place, Record | None] = OrderedDict()
        self._clock = clock
        subjects = advisory_subjects(only or "*")
        here = [session.settings.here(subject) for subject in subjects]
        # Where they are captured, they may be called as their server calls them.
        self._captured_as = sorted({*subjects, *here})
        self.listener = Listener(session, here, self.hear)
        self._letters: OrderedDict[tuple[str, str, int], DeadLetter] = OrderedDict()
        self._counted: list[DeadLetter] = []
        self._board = ConsumerBoard(session, only=only, listens=False)
        self._read_to: dict[tuple[str, str], int] = {}
        self._captures_at: float | None = None
        self._scanned = False
        self._arranged = -1

    async def load(self) -> None:
        """Listen; read what was captured since the last look; the first time, scan too."""
        await self.listener.start()
        if not self._scanned:
            await self.scan()
        await self._read_captured()
        self.arrange()

    def hear(self, msg: Msg) -> None:
        """An advisory, from wherever it was heard."""
        subject = self.session.settings.as_published(msg.subject)
        self._take(dead_letter(subject, msg.data, self._clock()))

    def arrange(self) -> None:
        """Put what came into the rows; call it before each drawing."""
        if self._arranged == self.version:
            return
        self._arranged = self.version
        latest = sorted(self._letters.values(), key=lambda each: each.at, reverse=True)
        given_up = (each for each in latest if each.kind == "gave up")
        known = Counter((each.stream, each.consumer) for each in given_up)
        self.rows.set_items([*latest, *_more_than(self._counted, known)])

    def _take(self, letter: DeadLetter | None) -> None:
        if letter is None or (self.only and letter.stream != self.only):
            return
        before = self._letters.get(letter.key)
        if before is not None and before.at >= letter.at:
            return
        self._letters[letter.key] = letter
        self._letters.move_to_end(letter.key)
        if len(self._letters) > MOST_LETTERS:
            self._letters.popitem(last=False)
            self.forgotten += 1
        self.version += 1

    # What was captured

    async def _read_captured(self) -> None:
        now = self._clock()
        if self._captures_at is None or now - self._captures_at > LOOK_FOR_CAPTURES:
            self.captures = await self._find_captures()
            self._captures_at = now
        for stream in self.captures:
            for subject in self._captured_as:
                await self._read(stream, subject)

    async def _find_captures(self) -> list[str]:
        found: set[str] = set()
        for subject in self._captured_as:
            answer = await api(self.session, "STREAM.NAMES", {"subject": subject})
            found.update(map(str, answer.get("streams") or ()))
        return sorted(found)

    async def _read(self, stream: str, subject: str) -> None:
        reader = StreamReader(self.session, stream, subject)
        first, end = await reader.bounds()
        seen = self._read_to.get((stream, subject))
        if seen is None or seen > end:
            page = await reader.before(end, MOST_STORED, first=first)
        else:
            page = await reader.after(seen, MOST_STORED, end=end)
        for record in page.records:
            published = self.session.settings.as_published(record.subject)
            self._take(dead_letter(published, record.payload, record.at))
        is_part = seen is not None and page.more and page.records
        self._read_to[stream, subject] = page.records[-1].seq + 1 if is_part else end

    # What is only counted

    def scan_anew(self) -> None:
        """With the next `load`, look at the numbers of all consumers again, and at messages."""
        self._scanned, self._captures_at = False, None
        self.messages.clear()

    async def scan(self) -> None:
        """Look at the consumers that say, by their numbers, that they gave up messages."""
        await self._board.load()
        self._scanned = True
        self._counted = [
            DeadLetter(
                row.stream,
                row.name,
                0,
                "counted",
                row.count("config", "max_deliver"),
                "",
                0.0,
                row.given_up,
            )
            for row in self._board.rows.items
            if row.given_up
        ]
        self.version += 1

    # The messages

    def is_known(self, letter: DeadLetter) -> bool:
        """Whether its message was looked at, or there is none to look at."""
        return not letter.seq or (letter.stream, letter.seq) in self.messages

    async def look_at(self, letters: Iterable[DeadLetter]) -> None:
        """Read the messages that were not looked at yet."""
        places = {(each.stream, each.seq) for each in letters if not self.is_known(each)}
        for at in range(0, len(places), AT_ONCE):
            some = sorted(places)[at : at + AT_ONCE]
            found = await asyncio.gather(*map(self._message, some))
            for place, record in zip(some, found, strict=True):
                self.messages[place] = head_of(record) if record is not None else None
                if len(self.messages) > MOST_MESSAGES:
                    self.messages.popitem(last=False)
            self.version += 1

    async def whole(self, letter: DeadLetter) -> Record | None:
        """The message in full, None if it is gone."""
        return await self._message((letter.stream, letter.seq))

    async def _message(self, place: Place) -> Record | None:
        stream, seq = place
        # The leader alone knows what there is.
        return await StreamReader(self.session, stream, exactly=True).get(seq)


def _more_than(counted: list[DeadLetter], known: Counter[tuple[str, str]]) -> Iterable[DeadLetter]:
    """What the numbers say beyond the letters that are known."""
    for each in counted:
        more = each.number - known[each.stream, each.consumer]
        if more > 0:
            yield each._replace(number=more)
