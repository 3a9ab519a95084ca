"""What is said of keys and patterns that cannot be."""

from __future__ import annotations

import pytest

from natstui.client.js.errors import InvalidKeyError
from natstui.client.js.kv_names import check_filter, check_key
from natstui.model.key_names import key_problem, pattern_problem
from natstui.model.kv_create import parse_bucket

NAMES = ("", "a", "a.b=/-_", "a.", ".a", "a..b", "a b", "ü", "a*", "*", "a.*", ">", "a.>", ">.a")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_said_of_those_that_are_refused_and_of_no_others(name: str) -> None:
    for check, problem in ((check_key, key_problem), (check_filter, pattern_problem)):
        try:
            check(name)
        except InvalidKeyError:
            assert problem(name)
        else:
            assert problem(name) is None


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("", "a pattern is needed: > for all"),
        ("a.b*", "* stands for a whole part: a.*.c"),
        (">.a", "> stands at the end: a.>"),
        ("*..a", "no dot at an end, nor two in a row"),
        ("a b.*", "letters, digits and - _ . = / only"),
    ],
)
def test_what_is_wrong_is_said_in_few_words(pattern: str, said: str) -> None:
    assert pattern_problem(pattern) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a bucket's name"),
        ("a.b", "a bucket's name"),
        ("a history=65", "history is a number from 1 to 64"),
        ("a colour=red", r"colour\? history ttl"),
        ("a storage=tape", "storage is one of file, memory"),
        ("a ttl=soon", "'soon' is not a duration"),
        ("a max=big", "'big' is not a size"),
    ],
)
def test_a_bucket_that_cannot_be_made(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_bucket(text)


def test_a_bucket_in_one_line() -> None:
    assert parse_bucket("carts history=5 ttl=1h marker=1m replicas=3 storage=memory max=1MiB") == {
        "bucket": "carts",
        "history": 5,
        "ttl": 3600.0,
        "limit_marker_ttl": 60.0,
        "replicas": 3,
        "storage": "memory",
        "max_bytes": 1024**2,
    }
