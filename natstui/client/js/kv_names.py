"""What buckets and keys may be called, and which subjects keys are on (ADR-8)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from natstui.client.js.errors import InvalidBucketNameError, InvalidKeyError

STREAM_PREFIX = "KV_"

_TOKEN = "[-/_=A-Za-z0-9]+"
_BUCKET = re.compile("[-_A-Za-z0-9]+").fullmatch
_KEY = re.compile(rf"{_TOKEN}(?:\.{_TOKEN})*").fullmatch
_FILTER = re.compile(rf">|(?:(?:{_TOKEN}|\*)\.)*(?:{_TOKEN}|\*|>)").fullmatch
_UNFIT = re.compile("[^-/_=.A-Za-z0-9]")


def check_bucket(bucket: str | None) -> str:
    """Raises InvalidBucketNameError for what no bucket can be called."""
    if not isinstance(bucket, str) or _BUCKET(bucket) is None:
        raise InvalidBucketNameError(
            f"invalid bucket name {bucket!r}: letters, digits, '-' and '_' only"
        )
    return bucket


def check_key(key: str) -> None:
    """Raises InvalidKeyError, saying what is wrong, for what cannot be a key."""
    if not isinstance(key, str):
        raise InvalidKeyError(f"invalid key {key!r}: it is not text")
    if _KEY(key) is None:
        raise InvalidKeyError(f"invalid key {key!r}: {_fault(key)}")


def check_filter(pattern: str) -> None:
    """Raises InvalidKeyError for what is neither a key nor a pattern for keys.

    `*` stands for one token of a key, `>` at the end for one or more.
    """
    if not isinstance(pattern, str):
        raise InvalidKeyError(f"invalid key filter {pattern!r}: it is not text")
    if _FILTER(pattern) is None:
        raise InvalidKeyError(f"invalid key filter {pattern!r}: {_fault(pattern)}")


def check_filters(keys: str | Iterable[str]) -> list[str]:
    """One or several filters, without those that another one covers; "" and [] stand for ">"."""
    if not isinstance(keys, str | Iterable):
        raise InvalidKeyError(f"invalid key filter {keys!r}: it is not text")
    patterns = [keys] if isinstance(keys, str) else list(keys)
    patterns = [">" if pattern == "" else pattern for pattern in patterns] or [">"]
    for pattern in patterns:
        check_filter(pattern)
    # The server refuses filters that overlap.
    kept: list[str] = []
    for pattern in dict.fromkeys(patterns):
        if not any(covers(other, pattern) for other in patterns if other != pattern):
            kept.append(pattern)
    return kept


def check_revision(name: str, revision: object) -> None:
    """Raises ValueError for what no revision can be."""
    if revision is not None and (not isinstance(revision, int) or revision < 0):
        raise ValueError(f"nats: {name} is a revision, from 0 on, not {revision!r}")


def covers(wide: str, narrow: str) -> bool:
    """Whether every key that matches `narrow` matches `wide`."""
    wanted, tokens = wide.split("."), narrow.split(".")
    if wanted[-1] == ">":
        del wanted[-1]
        if len(tokens) <= len(wanted):
            return False
    elif len(tokens) != len(wanted) or tokens[-1] == ">":
        return False
    return all(
        want == token or (want == "*" and token != ">")
        for want, token in zip(wanted, tokens, strict=False)
    )


def _fault(key: str) -> str:
    if not key:
        return "it is empty"
    if key.startswith(".") or key.endswith("."):
        return "it starts or ends with a dot"
    if ".." in key:
        return "two dots in a row"
    if unfit := _UNFIT.search(key.replace("*", "").replace(">", "")):
        return f"{unfit[0]!r} in it; letters, digits and - / _ = . only"
    return "a wildcard where none can be"
