"""Messages that belong together: by a header, by JSON, by the inbox of a request."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from natstui.model import conversations
from natstui.model.conversations import Conversation, Conversations
from natstui.model.correlation import Suggestions
from natstui.model.field import parse_field
from natstui.model.tail import Record
from tests.support.hostile import MESSAGES

TRACE = "00-%032x-%016x-01"


def record(
    seq: int, subject: str, body: Any = None, *, reply: str = "", trace: int | None = None
) -> Record:
    """A message every 100 ms."""
    payload = b"" if body is None else json.dumps(body).encode()
    headers = b""
    if trace is not None:
        headers = b"NATS/1.0\r\ntraceparent: %s\r\n\r\n" % (TRACE % (trace, seq)).encode()
    return Record(seq, seq / 10, subject, reply, headers, payload, len(payload) + len(headers))


def put_together(by: str, *records: Record) -> dict[str, Conversation]:
    made = Conversations(parse_field(by) if by else None)
    for each in records:
        made.take(each)
    return made.all


LIFE = [
    record(1, "orders.created", {"id": "o-1"}),
    record(2, "orders.created", {"id": "o-2"}),
    record(4, "orders.paid", {"id": "o-1"}),
    record(9, "orders.shipped", {"id": "o-1"}),
    record(10, "other", {"name": "x"}),
]


def test_by_a_json_path() -> None:
    found = put_together("id", *LIFE)
    assert list(found) == ["o-1", "o-2"]
    one = found["o-1"]
    assert [step.seq for step in one.steps] == [1, 4, 9]
    assert one.subjects == ["orders.created", "orders.paid", "orders.shipped"]
    assert one.span == pytest.approx(0.8)
    wait, after = one.slowest
    assert wait == pytest.approx(0.5)
    assert after is not None
    assert after.subject == "orders.shipped"


def test_spans_of_a_trace_belong_together() -> None:
    found = put_together("header:traceparent", *(record(n, "s", trace=n % 2) for n in range(6)))
    assert [conversation.messages for conversation in found.values()] == [3, 3]
    assert f"{1:032x}" in found


@pytest.mark.parametrize("backwards", [False, True])
def test_what_comes_to_the_inbox_belongs_to_the_request(backwards: bool) -> None:
    asked = [
        record(1, "svc.price", reply="_INBOX.a.1"),
        record(2, "svc.stock", reply="_INBOX.a.2"),
        record(3, "_INBOX.a.1"),
        record(4, "news"),
        record(5, "_INBOX.a.1"),
    ]
    made = Conversations(None)
    for each in reversed(asked) if backwards else asked:
        made.take(each)
    assert {id: each.messages for id, each in made.all.items()} == {
        "_INBOX.a.1": 3,
        "_INBOX.a.2": 1,
    }
    assert [step.subject for step in made.all["_INBOX.a.2"].unanswered] == ["svc.stock"]
    assert not made.all["_INBOX.a.1"].unanswered
    assert (made.messages, made.without, made.answers) == (5, 1, 2)


def test_an_answer_without_the_header_belongs_to_the_request_that_has_it() -> None:
    found = put_together(
        "header:traceparent",
        record(1, "svc.price", trace=7, reply="_INBOX.1"),
        record(2, "_INBOX.1"),
        record(3, "svc.stock", trace=7, reply="_INBOX.2"),
    )
    (one,) = found.values()
    assert [step.subject for step in one.steps] == ["svc.price", "_INBOX.1", "svc.stock"]
    assert [step.subject for step in one.unanswered] == ["svc.stock"]


def test_any_order_is_put_right() -> None:
    shuffled = LIFE.copy()
    Random(3).shuffle(shuffled)
    ordered, other = put_together("id", *LIFE), put_together("id", *shuffled)
    assert {id: each.steps for id, each in ordered.items()} == {
        id: each.steps for id, each in other.items()
    }


def test_the_newest_are_kept_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "MOST", 10)
    made = Conversations(parse_field("id"))
    for number in range(1_000):
        made.take(record(number, "s", {"id": number // 2}))
    newest = made.newest()
    assert [each.id for each in newest] == [str(499 - n) for n in range(10)]
    assert made.let_go + sum(each.messages for each in made.all.values()) == 1_000


def test_a_long_conversation_keeps_its_span() -> None:
    (one,) = put_together("id", *(record(n, "s", {"id": 1}) for n in range(250))).values()
    assert (len(one.steps), one.left_out, one.messages) == (100, 150, 250)
    assert one.span == pytest.approx(24.9)


def test_suggestions() -> None:
    made = Suggestions()
    random = Random(5)
    for number in range(200):
        body = {"id": f"o-{number // 4}", "status": ("new", "old")[number % 2], "n": number % 20}
        trace = random.randrange(40)
        made.take(record(number, "orders.new", body | {"unique": number}, trace=trace))
    names = [each.name for each in made.candidates()]
    assert names[:2] == ["header:traceparent", "json:id"]
    assert "json:unique" not in names
    best = made.candidates()[1]
    assert (best.messages, best.conversations, best.mean) == (200, 50, 4)


def test_request_and_reply_is_suggested_where_answers_are_seen() -> None:
    made = Suggestions()
    for number in range(10):
        made.take(record(number, "svc.price", {"sku": "cup"}, reply=f"_INBOX.{number}"))
        made.take(record(number, f"_INBOX.{number // 2}", {"price": number}))
    best = made.candidates()[0]
    assert (best.name, best.messages, best.conversations) == ("request and reply", 10, 5)


def test_hostile_messages_are_taken() -> None:
    made, suggested = Conversations(parse_field("header:[/x]")), Suggestions()
    for number, each in enumerate(MESSAGES):
        size = len(each.payload)
        message = Record(number, 0, each.subject, each.reply, each.headers, each.payload, size)
        made.take(message)
        suggested.take(message)
    assert list(made.all) == ["[@click=app.quit]x"]
    assert suggested.messages == len(MESSAGES)
