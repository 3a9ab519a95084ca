"""Names of buckets and keys: which there can be, and what the error says of the others."""

from __future__ import annotations

import pytest

from natstui.client.js.errors import InvalidBucketNameError, InvalidKeyError
from natstui.client.js.kv_names import check_bucket, check_filter, check_filters, check_key, covers


@pytest.mark.parametrize("key", ["a", "a.b.c", "-", "/", "_kv", "a=b", "A/b-c_d=e.0", "="])
def test_a_key(key: str) -> None:
    check_key(key)


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("", "empty"),
        (".a", "starts or ends with a dot"),
        ("a.", "starts or ends with a dot"),
        (".", "starts or ends with a dot"),
        ("a..b", "two dots"),
        ("a b", "' ' in it"),
        ("a\n", r"'\\n' in it"),
        ("ä", "'ä' in it"),
        ("a.*", "wildcard"),
        ("a.>", "wildcard"),
        ("a>b", "wildcard"),
    ],
)
def test_not_a_key(key: str, fault: str) -> None:
    with pytest.raises(InvalidKeyError, match=fault):
        check_key(key)


@pytest.mark.parametrize("pattern", ["a", "a.b", ">", "a.>", "*", "*.b", "a.*.c", "a.*.>"])
def test_a_filter(pattern: str) -> None:
    check_filter(pattern)


@pytest.mark.parametrize("pattern", ["", ".", "a.>.b", ">.a", "a*", "a.b*", "a>", "a..>", "a b"])
def test_not_a_filter(pattern: str) -> None:
    with pytest.raises(InvalidKeyError):
        check_filter(pattern)


@pytest.mark.parametrize("bucket", ["a", "A-b_0"])
def test_a_bucket(bucket: str) -> None:
    assert check_bucket(bucket) == bucket


@pytest.mark.parametrize("bucket", ["", None, "a.b", "a b", "a*", ">", "a/b", "ä", "a\n"])
def test_not_a_bucket(bucket: str | None) -> None:
    with pytest.raises(InvalidBucketNameError):
        check_bucket(bucket)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", [">"]),
        ("a", ["a"]),
        ([], [">"]),
        (["a", "b"], ["a", "b"]),
        (["a", "a"], ["a"]),
        (["a.b", "a.>", "c"], ["a.>", "c"]),
        (["a.*", "a.b", "a"], ["a.*", "a"]),
        (["a.*", "*.b"], ["a.*", "*.b"]),
        (["x", ">", "a.>"], [">"]),
    ],
)
def test_filters_that_others_cover_are_left_out(given: str | list[str], kept: list[str]) -> None:
    assert check_filters(given) == kept


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        (">", "a", True),
        (">", "a.b.>", True),
        (">", ">", True),
        ("a.>", "a", False),
        ("a.>", "a.b", True),
        ("a.>", "a.*.c", True),
        ("a.b", "a.*", False),
        ("a.*", "a.>", False),
        ("*", ">", False),
        ("*.b", "a.b", True),
        ("*.>", ">", False),
        ("*.>", "*.*", True),
        ("a.b.>", "a.>", False),
    ],
)
def test_covers(wide: str, narrow: str, covered: bool) -> None:
    assert covers(wide, narrow) is covered
