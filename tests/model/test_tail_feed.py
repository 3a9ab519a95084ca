"""What a tail shows, given once each: what was there, what comes, and what was missed."""

from __future__ import annotations

from natstui.model.filter import parse_filter
from natstui.model.tail import Record, TailBuffer
from natstui.model.tail_feed import TailFeed
from natstui.model.tail_view import TailView


class Taken(list[int]):
    def take(self, record: Record) -> None:
        self.append(int(record.payload))


def tail(count: int, room: int = 100) -> TailView:
    view = TailView(TailBuffer(room))
    more(view, count)
    return view


def more(view: TailView, count: int) -> None:
    for _ in range(count):
        view.buffer.append("s", b"%d" % view.buffer.seen)


def test_what_was_there_newest_first_and_then_what_comes() -> None:
    view, taken = tail(5), Taken()
    view.buffer.note("disconnected")
    feed = TailFeed(view, taken.take)
    feed.advance()
    assert taken == [4, 3, 2, 1, 0]
    more(view, 2)
    assert feed.waiting == 2
    feed.advance()
    assert (taken[5:], feed.looked, feed.missed, feed.waiting) == ([5, 6], 7, 0, 0)


def test_a_slice_of_time() -> None:
    view, taken = tail(50), Taken()
    feed = TailFeed(view, taken.take)
    clock = iter(range(1_000))
    feed.advance(10, clock=lambda: next(clock))
    assert taken == list(range(49, 39, -1))
    assert feed.waiting == 40


def test_what_was_evicted_before_is_counted() -> None:
    view, taken = tail(20, room=20), Taken()
    feed = TailFeed(view, taken.take)
    feed.advance(0)
    more(view, 5)
    feed.advance()
    assert taken == [19, 20, 21, 22, 23, 24, *range(18, 4, -1)]
    assert feed.missed == 5
    more(view, 50)
    feed.advance()
    assert (feed.missed, taken[-20:]) == (35, list(range(55, 75)))
    assert feed.looked + feed.missed == view.buffer.seen


def test_only_what_the_filter_shows() -> None:
    view, taken = tail(30), Taken()
    view.set_filter(parse_filter("/7$/"))
    feed = TailFeed(view, taken.take)
    feed.advance()
    assert (taken, feed.looked) == ([27, 17, 7], 30)


def test_a_pause_holds_what_is_looked_at() -> None:
    view, taken = tail(10, room=10), Taken()
    view.pause()
    feed = TailFeed(view, taken.take)
    more(view, 10)
    feed.advance()
    assert taken == list(range(9, -1, -1))
    view.resume()
    feed.advance()
    assert taken[10:] == list(range(10, 20))
