"""A message that is being written."""

from __future__ import annotations

import pytest

from natstui.model.draft import Draft, DraftError


def test_headers_are_a_line_each_and_may_repeat() -> None:
    draft = Draft("s", headers="Tag: one\n\nTrace-Id:ab:cd \nTag:two\n")
    assert draft.header_map() == {"Tag": ["one", "two"], "Trace-Id": ["ab:cd"]}


@pytest.mark.parametrize("headers", ["Tag one", "a: b\n: c", "a: b\nc"])
def test_a_line_that_is_no_header_is_named(headers: str) -> None:
    with pytest.raises(DraftError, match=f"header line {headers.count(chr(10)) + 1}"):
        Draft("s", headers=headers).header_map()


@pytest.mark.parametrize("subject", ["", "  ", "orders.*", "orders.>", ">"])
def test_a_message_goes_to_one_subject(subject: str) -> None:
    with pytest.raises(DraftError):
        Draft(subject).check()


@pytest.mark.parametrize("subject", ["orders.new", " orders.new ", "a>b", "a*"])
def test_other_subjects_are_for_the_client_to_judge(subject: str) -> None:
    Draft(subject).check()
