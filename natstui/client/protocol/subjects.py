"""Which subjects, queue groups and inbox prefixes may be sent, and which subject matches which.

White space separates the arguments of an operation, so a subject with white space would be read as
something else: that is the rule a publisher needs. The server passes all else on (checked with
nats-server 2.15.1), other control characters and NUL included, and refuses malformed subjects
itself, with an error that does not end the connection. A subscription to a malformed subject would
wait forever, so subscribing is stricter: no empty token, and wildcards are whole tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from natstui.client.errors import BadSubjectError

__all__ = [
    "check_inbox_prefix",
    "check_publish_subject",
    "check_queue",
    "check_subscribe_subject",
    "subject_matches",
    "valid_publish_subject",
    "valid_queue",
    "valid_subscribe_subject",
]

# Lone surrogates have no UTF-8 form. (White space is the protocol's, not Unicode's.)
UNFIT = r" \t\r\n\ud800-\udfff"
PLAIN = rf"[^{UNFIT}.*>]+"
TOKEN = rf"(?:{PLAIN}|\*)"

WORD = re.compile(rf"[^{UNFIT}]+")
PATTERN = re.compile(rf"(?:{TOKEN}\.)*(?:{TOKEN}|>)")
LITERAL = re.compile(rf"{PLAIN}(?:\.{PLAIN})*")

NAMES = {" ": "a space", "\t": "a tab", "\r": "a carriage return", "\n": "a line feed"}

_is_word: Callable[[str], object] = WORD.fullmatch
_is_pattern: Callable[[str], object] = PATTERN.fullmatch
_is_literal: Callable[[str], object] = LITERAL.fullmatch


def valid_publish_subject(subject: str) -> bool:
    """Whether something may be published to `subject`: not empty, no white space in it."""
    return _is_word(subject) is not None


def valid_subscribe_subject(subject: str) -> bool:
    """Whether `subject` may be subscribed to: tokens between dots, none empty, none with white
    space; `*` stands alone in its token, and so does `>`, in the last one."""
    return _is_pattern(subject) is not None


def valid_queue(queue: str) -> bool:
    """Whether `queue` names a queue group: not empty, no white space in it."""
    return _is_word(queue) is not None


def check_publish_subject(subject: str) -> None:
    """Raise BadSubjectError, saying what is wrong, unless `valid_publish_subject`."""
    _check(_is_word, "subject", subject)


def check_subscribe_subject(subject: str) -> None:
    """Raise BadSubjectError, saying what is wrong, unless `valid_subscribe_subject`."""
    _check(_is_pattern, "subject", subject)


def check_queue(queue: str) -> None:
    """Raise BadSubjectError, saying what is wrong, unless `valid_queue`."""
    _check(_is_word, "queue group", queue)


def check_inbox_prefix(prefix: str | bytes) -> str:
    """The prefix as a str: a subject without wildcards, to which `.` and a token are added.

    Raises BadSubjectError for anything else, a dot at its end included.
    """
    try:
        text = prefix.decode() if isinstance(prefix, bytes) else prefix
    except UnicodeDecodeError:
        raise BadSubjectError(f"nats: invalid inbox prefix {prefix!r}: it is not UTF-8") from None
    _check(_is_literal, "inbox prefix", text)
    return text


def _check(fits: Callable[[str], object], what: str, text: object) -> None:
    if not isinstance(text, str):
        raise BadSubjectError(
            f"nats: invalid {what} {text!r}: its type is {type(text).__name__}, not str"
        )
    if fits(text) is None:
        raise BadSubjectError(f"nats: invalid {what} {text!r}: {_fault(text)}")


def _fault(text: str) -> str:
    """What is wrong with a text that one of the rules above refused."""
    if not text:
        return "it is empty"
    unfit = re.search(f"[{UNFIT}]", text)
    if unfit:
        return f"{NAMES.get(unfit[0], 'a lone surrogate')} at position {unfit.start()}"
    tokens = text.split(".")
    if "" in tokens:
        return "it has an empty token"
    if ">" in tokens[:-1]:
        return "'>' is not the last token"
    if any(len(token) > 1 and ("*" in token or ">" in token) for token in tokens):
        return "a wildcard is not a token of its own"
    return "it has a wildcard"


def subject_matches(pattern: str, subject: str) -> bool:
    """Whether a subscription to `pattern` gets what is published to `subject`.

    `*` stands for one token, `>` at the end for one or more.
    """
    wanted = pattern.split(".")
    tokens = subject.split(".")
    if wanted[-1] == ">":
        del wanted[-1]
        if len(tokens) <= len(wanted):
            return False
    elif len(tokens) != len(wanted):
        return False
    return all(want in ("*", token) for want, token in zip(wanted, tokens, strict=False))
