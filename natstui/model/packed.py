"""MessagePack and CBOR as JSON text, as far as it was asked for.

Their own libraries make Python objects of a whole value. Here a payload may be cut, it may claim
four billion members, and a tag in it must not make anything happen; what is asked for is text, and
never more than so much of it. So this walks over the bytes with no recursion, and writes.

What JSON has no word for becomes a string: `h'0a0b'` for bytes, as in CBOR's own notation
(RFC 8949, section 8), and a tag or an extension an object of one member, `{"tag 1": …}`.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from typing import NamedTuple

DEEPEST = 200
_SHOWN_BYTES = 4_096
# Which number of bytes CBOR's and MessagePack's lengths and floats have.
_FLOATS = {2: ">e", 4: ">f", 8: ">d"}


class NotPackedError(ValueError):
    """The bytes are not of this format; the message says where."""


class Short(Exception):
    """The payload ends within a value."""


class Item(NamedTuple):
    """What was read: "value" with its JSON text; "array", "map" or "tag" with how many `values`
    follow, None: until an "end" comes."""

    kind: str
    text: str = ""
    values: int | None = 0


class Packed(NamedTuple):
    """`whole` is False where the text was cut, or the payload ended early."""

    text: str
    whole: bool


class Bytes:
    """The payload, and how far it was read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes; Short if there are fewer."""
        found = self.data[self.at : self.at + size]
        if len(found) < size:
            raise Short
        self.at += size
        return found

    def number(self, size: int, *, signed: bool = False) -> int:
        """A big-endian number of so many bytes."""
        return int.from_bytes(self.take(size), "big", signed=signed)

    def real(self, size: int) -> Item:
        """A float of so many bytes."""
        (value,) = struct.unpack(_FLOATS[size], self.take(size))
        return Item("value", repr(value) if math.isfinite(value) else f'"{value}"')

    def string(self, size: int) -> Item:
        """UTF-8, with what is none of it as \\xNN."""
        text = self.take(size).decode("utf-8", "backslashreplace")
        return Item("value", json.dumps(text, ensure_ascii=False))

    def raw(self, size: int) -> Item:
        """Bytes, the first of them in hex."""
        return Item("value", json.dumps(_hex(self.take(size))))


def _hex(data: bytes) -> str:
    more = f" and {len(data) - _SHOWN_BYTES:,} more" if len(data) > _SHOWN_BYTES else ""
    return f"h'{data[:_SHOWN_BYTES].hex()}'{more}"


Reader = Callable[[Bytes], Item]


def as_json(data: bytes, read: Reader, limit: int) -> Packed:
    """The value that `data` begins with, in at most about `limit` characters.

    NotPackedError if it is no such value, or something follows it.
    """
    source, writer = Bytes(data), _Writer()
    try:
        while not writer.is_done and writer.length <= limit:
            writer.put(read(source), source.at)
    except Short:
        if not writer.length:
            raise NotPackedError("it ends before the first value does") from None
        return Packed(writer.text, whole=False)
    if writer.is_done and source.at < len(data):
        left = len(data) - source.at
        raise NotPackedError(f"{left:,} bytes follow the value, from byte {source.at:,} on")
    return Packed(writer.text, whole=writer.is_done)


class _Open(NamedTuple):
    kind: str
    left: int | None
    put: int


class _Writer:
    """Items in, JSON out."""

    def __init__(self) -> None:
        self.length = 0
        self.is_done = False
        self._parts: list[str] = []
        self._open: list[_Open] = []

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def put(self, item: Item, at: int) -> None:
        """The next item, which ends at byte `at`."""
        if item.kind == "end":
            self._end(at)
        else:
            self._write(self._before(item, at) + self._begin(item, at))
        while self._open and self._open[-1].put == self._open[-1].left:
            self._close()
        self.is_done = not self._open

    def _before(self, item: Item, at: int) -> str:
        """What stands between this and what came before it."""
        if not self._open:
            return ""
        kind, left, put = self._open[-1]
        self._open[-1] = _Open(kind, left, put + 1)
        if kind != "map" or put % 2 == 0:
            if kind == "map" and item.kind != "value":
                raise NotPackedError(f"a key at byte {at:,} is no simple value")
            return ", " if put and kind != "tag" else ""
        return ": "

    def _begin(self, item: Item, at: int) -> str:
        if item.kind == "value":
            return item.text if not self._is_key() else _as_key(item.text)
        if len(self._open) >= DEEPEST:
            raise NotPackedError(f"deeper than {DEEPEST} levels at byte {at:,}")
        self._open.append(_Open(item.kind, item.values, 0))
        return {"array": "[", "map": "{", "tag": f'{{"{item.text}": '}[item.kind]

    def _is_key(self) -> bool:
        return bool(self._open) and self._open[-1].kind == "map" and self._open[-1].put % 2 == 1

    def _end(self, at: int) -> None:
        is_open = self._open and self._open[-1].left is None
        if not is_open or (self._open[-1].kind == "map" and self._open[-1].put % 2):
            raise NotPackedError(f"an end at byte {at:,} where nothing can end")
        self._close()

    def _close(self) -> None:
        self._write("]" if self._open.pop().kind == "array" else "}")

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self.length += len(text)


def _as_key(text: str) -> str:
    return text if text.startswith('"') else json.dumps(text)


# MessagePack, https://github.com/msgpack/msgpack/blob/master/spec.md


def read_msgpack(source: Bytes) -> Item:
    """The next item of MessagePack."""
    first = source.number(1)
    if first < 0x80 or first >= 0xE0:
        return Item("value", str(first if first < 0x80 else first - 0x100))
    if first < 0x90:
        return Item("map", values=2 * (first & 0x0F))
    if first < 0xA0:
        return Item("array", values=first & 0x0F)
    if first < 0xC0:
        return source.string(first & 0x1F)
    if first == 0xC1:
        raise NotPackedError(f"byte {source.at - 1:,} is never used in MessagePack")
    return _MSGPACK[first](source)


_Read = Callable[[Bytes], Item]


def _constant(text: str) -> _Read:
    return lambda _: Item("value", text)


def _number(size: int, *, signed: bool) -> _Read:
    return lambda source: Item("value", str(source.number(size, signed=signed)))


def _counted(size: int, make: Callable[[Bytes, int], Item]) -> _Read:
    """What begins with a count of so many bytes."""
    return lambda source: make(source, source.number(size))


def _extension(size: int) -> _Read:
    """With so many bytes of length; negative: of so many bytes."""

    def read(source: Bytes) -> Item:
        length = source.number(size) if size > 0 else -size
        kind = source.number(1, signed=True)
        text = json.dumps({f"ext {kind}": _hex(source.take(length))})
        return Item("value", text)

    return read


def _table() -> dict[int, _Read]:
    table: dict[int, _Read] = {
        0xC0: _constant("null"),
        0xC2: _constant("false"),
        0xC3: _constant("true"),
        0xCA: lambda source: source.real(4),
        0xCB: lambda source: source.real(8),
    }
    for power in range(4):
        table[0xCC + power] = _number(1 << power, signed=False)
        table[0xD0 + power] = _number(1 << power, signed=True)
    for power in range(3):
        size = 1 << power
        table[0xC4 + power] = _counted(size, Bytes.raw)
        table[0xD9 + power] = _counted(size, Bytes.string)
        table[0xC7 + power] = _extension(size)
    for power in range(5):
        table[0xD4 + power] = _extension(-(1 << power))
    for power in (1, 2):
        size = 1 << power
        table[0xDB + power] = _counted(size, lambda _, count: Item("array", values=count))
        table[0xDD + power] = _counted(size, lambda _, count: Item("map", values=2 * count))
    return table


_MSGPACK = _table()


# CBOR, RFC 8949

_SIMPLE = {20: "false", 21: "true", 22: "null", 23: '"undefined"'}
_INDEFINITE = 31


def read_cbor(source: Bytes) -> Item:
    """The next item of CBOR."""
    first = source.number(1)
    major, info = first >> 5, first & 0x1F
    if major == 7:
        return _cbor_simple(source, info)
    if info == _INDEFINITE:
        return _cbor_indefinite(source, major)
    argument = _cbor_argument(source, info)
    match major:
        case 0:
            return Item("value", str(argument))
        case 1:
            return Item("value", str(-1 - argument))
        case 2:
            return source.raw(argument)
        case 3:
            return source.string(argument)
        case 4:
            return Item("array", values=argument)
        case 5:
            return Item("map", values=2 * argument)
    return Item("tag", f"tag {argument}", 1)


def _cbor_argument(source: Bytes, info: int) -> int:
    if info < 24:
        return info
    if info > 27:
        raise NotPackedError(f"byte {source.at - 1:,} is reserved in CBOR")
    return source.number(1 << (info - 24))


def _cbor_simple(source: Bytes, info: int) -> Item:
    if info == _INDEFINITE:
        return Item("end")
    if info in (25, 26, 27):
        return source.real(1 << (info - 24))
    number = _cbor_argument(source, info)
    return Item("value", _SIMPLE.get(number, f'"simple({number})"'))


def _cbor_indefinite(source: Bytes, major: int) -> Item:
    """Until an end comes: an array, a map, or the pieces of a string."""
    if major in (4, 5):
        return Item("array" if major == 4 else "map", values=None)
    if major not in (2, 3):
        raise NotPackedError(f"byte {source.at - 1:,} is reserved in CBOR")
    pieces = []
    while (first := source.number(1)) != 0xFF:
        if first >> 5 != major or first & 0x1F == _INDEFINITE:
            raise NotPackedError(f"a piece at byte {source.at - 1:,} is of another type")
        pieces.append(source.take(_cbor_argument(source, first & 0x1F)))
    whole = Bytes(b"".join(pieces))
    size = len(whole.data)
    return whole.raw(size) if major == 2 else whole.string(size)
