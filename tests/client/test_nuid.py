from __future__ import annotations

import itertools
import re
import secrets

import pytest

from natstui.client import nuid
from natstui.client.nuid import NUID


def value(identifier: bytearray) -> int:
    """What the counting part of an identifier stands for."""
    number = 0
    for digit in identifier[nuid.PREFIX_LENGTH :]:
        number = number * nuid.BASE + nuid.DIGITS.index(digit)
    return number


def test_an_identifier_is_22_base62_characters() -> None:
    identifier = NUID().next()
    assert isinstance(identifier, bytearray)
    assert re.fullmatch(rb"[0-9A-Za-z]{22}", identifier)


def test_identifiers_of_one_source_differ() -> None:
    source = NUID()
    seen = [bytes(source.next()) for _ in range(100_000)]
    assert len(set(seen)) == len(seen)


def test_sources_differ_in_their_prefix() -> None:
    prefixes = {bytes(NUID().next()[: nuid.PREFIX_LENGTH]) for _ in range(100)}
    assert len(prefixes) == 100


def test_the_counter_goes_up_in_one_step_of_33_to_333() -> None:
    source = NUID()
    values = [value(source.next()) for _ in range(10_000)]
    steps = {after - before for before, after in itertools.pairwise(values)}
    assert len(steps) == 1
    assert nuid.MIN_STEP <= steps.pop() < nuid.MAX_STEP


def test_the_counter_carries_into_its_upper_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    start = 7 * nuid.TAIL - 1
    monkeypatch.setattr(secrets, "randbelow", lambda end: start if end > 1000 else 0)
    source = NUID()
    before = source.next()
    after = source.next()
    assert value(before) == start + nuid.MIN_STEP
    assert value(after) == start + 2 * nuid.MIN_STEP
    assert before[: nuid.PREFIX_LENGTH] == after[: nuid.PREFIX_LENGTH]


def test_a_used_up_counter_is_drawn_again_with_a_new_prefix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draws = iter([0, nuid.SEQUENCE_END - nuid.MIN_STEP - 1, 0, 1234])
    monkeypatch.setattr(secrets, "randbelow", lambda end: next(draws))
    source = NUID()
    last = source.next()
    fresh = source.next()
    assert value(last) == nuid.SEQUENCE_END - 1
    assert value(fresh) == 1234
    assert fresh[: nuid.PREFIX_LENGTH] != last[: nuid.PREFIX_LENGTH]
