from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.client.errors import BadSubjectError
from natstui.client.protocol.subjects import (
    check_inbox_prefix,
    check_publish_subject,
    check_queue,
    check_subscribe_subject,
    subject_matches,
    valid_publish_subject,
    valid_queue,
    valid_subscribe_subject,
)
from tests.support.server import NatsServer

SUBJECTS = [
    "a",
    "orders.eu.created",
    "$JS.API.INFO",
    "_INBOX.x.1",
    "größe.日本",
    "a-b_c/d=e",
    "a\0b",
]
PATTERNS = ["*", ">", "a.*", "a.>", "*.b.*", "*.*.>"]
WORDS_ONLY = ["a..b", ".a", "a.", ".", "a*", "a.>b", ">.a", "a.>.b", "**"]
NO_WORDS = ["", " ", "a b", "a\tb", "a\rb", "a\nb", "a\r\nPUB b 0", " a", "a ", "a\n", "\ud800"]


@pytest.mark.parametrize("subject", SUBJECTS + PATTERNS + WORDS_ONLY)
def test_what_the_server_can_read_may_be_published_to(subject: str) -> None:
    assert valid_publish_subject(subject)
    check_publish_subject(subject)


@pytest.mark.parametrize("subject", NO_WORDS)
def test_what_would_be_read_as_something_else_is_refused(subject: str) -> None:
    assert not valid_publish_subject(subject)
    assert not valid_subscribe_subject(subject)
    assert not valid_queue(subject)
    for check in (check_publish_subject, check_subscribe_subject, check_queue, check_inbox_prefix):
        with pytest.raises(BadSubjectError):
            check(subject)


@pytest.mark.parametrize("subject", SUBJECTS + PATTERNS)
def test_subjects_and_patterns_may_be_subscribed_to(subject: str) -> None:
    assert valid_subscribe_subject(subject)
    check_subscribe_subject(subject)


@pytest.mark.parametrize("subject", WORDS_ONLY)
def test_what_can_never_match_may_not_be_subscribed_to(subject: str) -> None:
    assert not valid_subscribe_subject(subject)
    with pytest.raises(BadSubjectError):
        check_subscribe_subject(subject)


@pytest.mark.parametrize("queue", ["workers", "a.b", "*", ">", "a..b"])
def test_a_queue_group_is_any_word(queue: str) -> None:
    assert valid_queue(queue)
    check_queue(queue)


@pytest.mark.parametrize("prefix", ["_INBOX", "_INBOX.user-7", b"_INBOX", b"a.b", "größe".encode()])
def test_an_inbox_prefix_is_given_as_text(prefix: str | bytes) -> None:
    text = prefix.decode() if isinstance(prefix, bytes) else prefix
    assert check_inbox_prefix(prefix) == text


@pytest.mark.parametrize("prefix", ["", "a.", ".a", "a.*", "a.>", "a b", b"a.", b"\xff", b""])
def test_an_inbox_prefix_without_room_for_a_token_is_refused(prefix: str | bytes) -> None:
    with pytest.raises(BadSubjectError, match="invalid inbox prefix"):
        check_inbox_prefix(prefix)


@pytest.mark.parametrize(
    ("check", "subject", "reason"),
    [
        (check_publish_subject, "", "nats: invalid subject '': it is empty"),
        (check_publish_subject, "a b", "nats: invalid subject 'a b': a space at position 1"),
        (check_publish_subject, "ab\t", r"nats: invalid subject 'ab\t': a tab at position 2"),
        (check_publish_subject, "a\r\n", r": a carriage return at position 1"),
        (check_publish_subject, "\n", r": a line feed at position 0"),
        (check_publish_subject, "\udfff", r"a lone surrogate at position 0"),
        (check_subscribe_subject, "a..b", "nats: invalid subject 'a..b': it has an empty token"),
        (check_subscribe_subject, ">.a", "nats: invalid subject '>.a': '>' is not the last token"),
        (check_subscribe_subject, "a.b*", "a wildcard is not a token of its own"),
        (check_subscribe_subject, "a>", "a wildcard is not a token of its own"),
        (check_queue, "a b", "nats: invalid queue group 'a b': a space at position 1"),
        (check_inbox_prefix, "a.*", "nats: invalid inbox prefix 'a.*': it has a wildcard"),
        (check_inbox_prefix, b"\xff", r"nats: invalid inbox prefix b'\xff': it is not UTF-8"),
        (check_publish_subject, b"a", "nats: invalid subject b'a': its type is bytes, not str"),
        (check_subscribe_subject, 5, "nats: invalid subject 5: its type is int, not str"),
    ],
)
def test_the_error_names_the_subject_and_what_is_wrong(
    check: Callable[[Any], object], subject: Any, reason: str
) -> None:
    with pytest.raises(BadSubjectError) as caught:
        check(subject)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "subject", "matches"),
    [
        ("a.b", "a.b", True),
        ("a.b", "a.c", False),
        ("a", "a.b", False),
        ("a.b", "a", False),
        ("*", "a", True),
        ("*", "a.b", False),
        ("a.*.c", "a.b.c", True),
        ("a.*.c", "a.b.d", False),
        (">", "a", True),
        (">", "a.b.c", True),
        ("a.>", "a", False),
        ("a.>", "a.b", True),
        ("a.>", "b.c", False),
        ("*.>", "a.b.c", True),
        ("a*", "ab", False),
    ],
)
def test_which_subject_matches(pattern: str, subject: str, matches: bool) -> None:
    assert subject_matches(pattern, subject) is matches


TOKENS = st.sampled_from(["a", "b", "ab"])


def naive(pattern: list[str], subject: list[str]) -> bool:
    match pattern, subject:
        case [], []:
            return True
        case [">"], [_, *_]:
            return True
        case ["*", *rest], [_, *others]:
            return naive(rest, others)
        case [first, *rest], [token, *others]:
            return first == token and naive(rest, others)
        case _:
            return False


@given(
    st.lists(TOKENS | st.just("*"), max_size=4),
    st.booleans(),
    st.lists(TOKENS, min_size=1, max_size=5),
)
def test_matching_is_token_by_token(pattern: list[str], open_end: bool, subject: list[str]) -> None:
    pattern = [*pattern, ">"] if open_end or not pattern else pattern
    assert valid_subscribe_subject(".".join(pattern))
    assert subject_matches(".".join(pattern), ".".join(subject)) is naive(pattern, subject)


@given(st.text(st.sampled_from("a.*> \t\r\n\x0b\x0c\x85\xa0\u2028\0"), max_size=8))
def test_the_rules_are_those_of_the_tokens(text: str) -> None:
    readable = bool(text) and not set(text) & set(" \t\r\n")
    assert valid_publish_subject(text) is readable
    tokens = text.split(".")
    well_formed = "" not in tokens and ">" not in tokens[:-1]
    plain = all(token in ("*", ">") or not set(token) & set("*>") for token in tokens)
    assert valid_subscribe_subject(text) is (readable and well_formed and plain)


async def test_the_server_carries_every_subject_that_may_be_published_to(
    server: NatsServer,
) -> None:
    subjects = [*SUBJECTS, *PATTERNS, "a*", "a>b", "\x01\x0b\x0c\x1b\x7f\x85\xa0\u2028"]
    assert all(map(valid_publish_subject, subjects))
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB > 1\r\n')
    for subject in subjects:
        writer.write(f"PUB {subject} 1\r\nx\r\n".encode())
    writer.write(b"PING\r\n")
    answer = await reader.readuntil(b"PONG\r\n")
    writer.close()
    await writer.wait_closed()
    arrived = [line.split(b" ")[1].decode() for line in answer.split(b"\r\n") if b"MSG " in line]
    assert arrived == subjects
