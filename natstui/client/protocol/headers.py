"""Message headers: the mapping that callers see, and the block that travels.

A block is `NATS/1.0`, a status in the replies of a server, then a line a value (ADR-4)::

    NATS/1.0[ SP code[ SP description]] CRLF
    *( key ":" [SP] value CRLF )
    CRLF

What comes in is taken as it is, so that no header is lost to one strange byte. What goes out is
checked, so that no value can smuggle in a header of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from natstui.client.errors import BadHeaderError

__all__ = [
    "Headers",
    "HeadersLike",
    "ParsedBlock",
    "encode_headers",
    "parse_headers",
    "read_headers",
]

HeadersLike: TypeAlias = Mapping[str, str | Sequence[str]]
Source: TypeAlias = HeadersLike | Iterable[tuple[str, str | Sequence[str]]]

VERSION = "NATS/1.0"
STATUS_LENGTH = 3
BLANK = " \t"
SPACE = " \t\r\n"

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
FORBIDDEN = re.compile(r"[\r\n\0]")

# Programs use few keys, over and over: from a checked key to how its line starts ("" for a key
# that is skipped). Bounded, because keys may also be made from data.
_LINE_STARTS: dict[str, str] = {}
LINE_STARTS_LIMIT = 1024


_new = dict.__new__
_fill = dict.update


class Headers(dict[str, str]):
    """Headers by key, in the order they came, case kept; a key may have further values.

    As a dictionary it holds the first value of each key. `get_all` and `pairs` give the others
    too. Assigning to a key replaces all its values, and a list assigns several::

        headers = Headers({"Trace": "7f", "Tag": ["new", "urgent"]})
        headers["Tag"]  # "new"
        headers.get_all("Tag")  # ["new", "urgent"]
    """

    # All pairs in order, kept only while some key has a second value.
    _pairs: list[tuple[str, str]] | None = None

    def __init__(self, source: Source = (), /) -> None:
        super().__init__()
        for key, value in _items(source):
            for one in _values(value):
                self.append(key, one)

    @staticmethod
    def of(firsts: dict[str, str], pairs: list[tuple[str, str]] | None) -> Headers:
        """Headers whose parts are known to fit: nothing is checked, `pairs` is kept."""
        headers = Headers.__new__(Headers)
        dict.update(headers, firsts)
        headers._pairs = pairs
        return headers

    def get_all(self, key: str) -> list[str]:
        """All values of `key` in order; none if it is not there."""
        if self._pairs is None:
            return [self[key]] if key in self else []
        return [value for name, value in self._pairs if name == key]

    def pairs(self) -> list[tuple[str, str]]:
        """Every (key, value) in order, repeated keys included."""
        return list(self.items() if self._pairs is None else self._pairs)

    def append(self, key: str, value: str) -> None:
        """Add a value after those that `key` has."""
        if key in self:
            if self._pairs is None:
                self._pairs = list(self.items())
        else:
            super().__setitem__(key, value)
        if self._pairs is not None:
            self._pairs.append((key, value))

    def __setitem__(self, key: str, value: str | Sequence[str]) -> None:
        values = _values(value)
        if self._pairs is None and len(values) == 1:
            super().__setitem__(key, values[0])
        else:
            self._replace(key, values)

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._forget(key)

    def pop(self, key: str, *default: Any) -> Any:
        value = super().pop(key, *default)
        self._forget(key)
        return value

    def popitem(self) -> tuple[str, str]:
        item = super().popitem()
        self._forget(item[0])
        return item

    def clear(self) -> None:
        super().clear()
        self._pairs = None

    def setdefault(self, key: str, default: str | Sequence[str] = "", /) -> str:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, source: Source = (), /) -> None:  # type: ignore[override]
        """Replace all values of each key that `source` has by those that it has there."""
        other = source if isinstance(source, Headers) else Headers(source)
        for key in other:
            self[key] = other.get_all(key)

    def copy(self) -> Headers:
        return Headers(self)

    def __or__(self, other: HeadersLike) -> Headers:  # type: ignore[override]
        merged = self.copy()
        merged.update(other)
        return merged

    def __ror__(self, other: HeadersLike) -> Headers:  # type: ignore[override]
        return Headers(other) | self

    def __ior__(self, other: HeadersLike) -> Headers:  # type: ignore[override]
        self.update(other)
        return self

    def __eq__(self, other: object) -> bool:
        """Equal when all values are; a plain mapping may hold lists. Order between keys is free."""
        if not isinstance(other, Mapping):
            return NotImplemented
        if self._pairs is None and not isinstance(other, Headers):
            return super().__eq__(other)
        return self._as_lists() == {
            key: other.get_all(key) if isinstance(other, Headers) else list(_values(value))
            for key, value in other.items()
        }

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None

    def __repr__(self) -> str:
        shown = {
            key: values if len(values) > 1 else values[0]
            for key, values in self._as_lists().items()
        }
        return f"Headers({shown!r})"

    def __reduce__(self) -> tuple[type[Headers], tuple[list[tuple[str, str]]]]:
        return type(self), (self.pairs(),)

    def _as_lists(self) -> dict[str, list[str]]:
        return {key: self.get_all(key) for key in self}

    def _forget(self, key: str) -> None:
        """Take what is left of a key, that is no longer in the dictionary, out of the pairs."""
        if self._pairs is not None:
            pairs = [pair for pair in self._pairs if pair[0] != key]
            self._pairs = pairs if len(pairs) > len(self) else None

    def _replace(self, key: str, values: Sequence[str]) -> None:
        """Give `key` these values, where its first one was."""
        old = self.pairs()
        place = next((at for at, pair in enumerate(old) if pair[0] == key), len(old))
        new = [(key, value) for value in values]
        kept = [pair for pair in old[place:] if pair[0] != key]
        self.clear()
        for name, value in old[:place] + new + kept:
            self.append(name, value)


class ParsedBlock(NamedTuple):
    """A header block taken apart; `status` is None and `description` "" unless a server sent one.

    `description` may be there without `status`, when the code is not a number.
    """

    status: int | None
    description: str
    headers: Headers


def read_headers(block: bytes) -> Headers | None:
    """The headers of a block as nearly all are: no status, no key twice, UTF-8.

    The quick way for those. None for all others, which `parse_headers` takes.
    """
    try:
        lines = block.decode().split("\r\n")
    except UnicodeDecodeError:
        return None
    if lines[0] != "NATS/1.0" or len(lines) < 3 or lines[-1] or lines[-2]:
        return None
    firsts = {}
    for line in lines[1:-2]:
        key, colon, value = line.partition(":")
        if not colon:
            return None
        firsts[key] = value.strip(" \t")
    if len(firsts) != len(lines) - 3 or "" in firsts:
        return None
    headers = _new(Headers)
    _fill(headers, firsts)
    return headers


def parse_headers(block: bytes) -> ParsedBlock:
    r"""Take a whole block apart, from `NATS/1.0` to its empty line; never raises.

    Values lose the blanks around them. Bytes that are not UTF-8 become surrogates, which
    `encode_headers` turns back into the same bytes. A line without a colon, or without a key, says
    nothing and is skipped. A lone CR or LF belongs to the value it stands in.
    """
    lines = block.decode("utf-8", "surrogateescape").split("\r\n")
    firsts: dict[str, str] = {}
    pairs: list[tuple[str, str]] | None = None
    for line in lines[1:]:
        key, colon, value = line.partition(":")
        if not (colon and key):
            continue
        value = value.strip(BLANK)
        if key not in firsts:
            firsts[key] = value
        elif pairs is None:
            pairs = list(firsts.items())  # up to this line, each key had one value
        if pairs is not None:
            pairs.append((key, value))
    headers = Headers.of(firsts, pairs)
    if lines[0] == VERSION:
        return ParsedBlock(None, "", headers)
    return ParsedBlock(*_parse_status(lines[0]), headers)


def _parse_status(line: str) -> tuple[int | None, str]:
    text = line.removeprefix(VERSION).strip(BLANK)
    code = text[:STATUS_LENGTH]
    if len(code) == STATUS_LENGTH and code.isascii() and code.isdigit():
        return int(code), text[STATUS_LENGTH:].lstrip(BLANK)
    return None, text


def encode_headers(headers: HeadersLike, status: int | None = None, description: str = "") -> bytes:
    """The block for `headers`, ready to be sent; with a `status` it is what a server sends.

    White space around keys and values is dropped, and a key that is empty then is skipped. A
    sequence makes one line for each of its values. The argument is not changed.

    Raises BadHeaderError when a key is not an RFC 7230 token, when a value is not a str or has a
    CR, LF or NUL inside, or when it cannot be encoded as UTF-8.
    """
    if status is None and headers.__class__ is dict:
        text = VERSION
        for key, value in headers.items():
            start = _LINE_STARTS.get(key)
            # What is printable has no control character and no surrogate.
            if not start or value.__class__ is not str or not value.isprintable():
                break
            text += start + value.strip()
        else:
            return (text + "\r\n\r\n").encode()
    return _encode(headers, status, description)


def _encode(headers: HeadersLike, status: int | None, description: str) -> bytes:
    parts = [VERSION if status is None else _status_line(status, description)]
    for key, value in headers.pairs() if isinstance(headers, Headers) else headers.items():
        start = _LINE_STARTS.get(key)
        if start is None:
            start = _line_start(key)
        if not start:
            continue
        for one in (value,) if isinstance(value, str) else _values(value):
            text = one.strip(SPACE)
            if not text.isprintable():
                _check_text(f"the value of header {_quote(key)}", text)
            parts += start, text
    parts.append("\r\n\r\n")
    return "".join(parts).encode("utf-8", "surrogateescape")


def _line_start(key: str) -> str:
    """Check a key that was not seen of late, and remember how its lines start."""
    if not isinstance(key, str):
        raise BadHeaderError(f"nats: a header key must be a str, not {type(key).__name__}")
    name = key.strip(SPACE)
    if name and not TOKEN.fullmatch(name):
        raise BadHeaderError(
            f"nats: invalid header key {_quote(key)}: only letters, digits and"
            " !#$%&'*+-.^_`|~ may be used"
        )
    start = f"\r\n{name}: " if name else ""
    if len(_LINE_STARTS) >= LINE_STARTS_LIMIT:
        _LINE_STARTS.clear()
    _LINE_STARTS[key] = start
    return start


def _status_line(status: int, description: str) -> str:
    if not 100 <= status <= 999:
        raise BadHeaderError(f"nats: a header status has three digits, {status} has not")
    _check_text("the status description", description)
    return f"{VERSION} {status} {description}".rstrip(SPACE)


def _check_text(what: str, text: str) -> None:
    if FORBIDDEN.search(text):
        raise BadHeaderError(f"nats: {what} has a line break or NUL inside")
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise BadHeaderError(f"nats: {what} has a surrogate that stands for no byte") from None


def _quote(key: str) -> str:
    # The text itself, also for a member of a `class Name(str, Enum)`.
    return str.__repr__(key)


def _values(value: object) -> Sequence[str]:
    if isinstance(value, str):
        return (value,)
    if (
        isinstance(value, Sequence)
        and not isinstance(value, bytes)
        and all(isinstance(one, str) for one in value)
    ):
        return value
    raise BadHeaderError(f"nats: a header value must be a str or a list of str, not {value!r}")


def _items(source: Source) -> Iterable[tuple[str, str | Sequence[str]]]:
    if isinstance(source, Headers):
        return source.pairs()
    if isinstance(source, Mapping):
        return source.items()
    return source
