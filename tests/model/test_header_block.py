"""Header blocks, read leniently."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from natstui.model.header_block import header_lines


def test_keys_and_values_come_in_order() -> None:
    block = b"NATS/1.0\r\nTag: one\r\nA:b\r\nTag:  two \r\n\r\n"
    assert header_lines(block).pairs == [("Tag", "one"), ("A", "b"), ("Tag", "two")]


def test_a_status_line_is_kept() -> None:
    assert header_lines(b"NATS/1.0 503 No Responders\r\n\r\n").status == "503 No Responders"


def test_no_block_is_no_headers() -> None:
    assert header_lines(b"") == ("", [], 0)


def test_malformed_blocks_show_what_there_is() -> None:
    lines = header_lines(b"HTTP/1.1 ok\r\nno colon\r\n: no key\r\nbad: \xff\r\n")
    assert lines.status == "HTTP/1.1 ok"
    assert lines.pairs == [("no colon", ""), ("", "no key"), ("bad", "\\xff")]


def test_what_is_beyond_the_limit_is_counted() -> None:
    lines = header_lines(b"NATS/1.0\r\n" + b"K: v\r\n" * 100_000 + b"\r\n", limit=10)
    assert (len(lines.pairs), lines.hidden) == (10, 99_990)


@given(st.binary(max_size=200), st.integers(1, 5))
def test_no_block_is_too_strange(block: bytes, limit: int) -> None:
    assert len(header_lines(block, limit).pairs) <= limit
