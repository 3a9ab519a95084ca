"""Just enough of MessagePack and Protocol Buffers to write a few honest messages."""

from __future__ import annotations

import struct
from typing import Any


def msgpack(value: Any) -> bytes:
    """`value` in MessagePack: None, bool, int up to 64 bit, float, and short str, list and dict."""
    match value:
        case None:
            return b"\xc0"
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return bytes([value]) if 0 <= value < 128 else b"\xd3" + value.to_bytes(8, signed=True)
        case float():
            return b"\xcb" + struct.pack(">d", value)
        case str():
            text = value.encode()
            return b"\xd9" + bytes([len(text)]) + text
        case list():
            return bytes([0x90 | len(value)]) + b"".join(map(msgpack, value))
        case dict():
            pairs = b"".join(msgpack(key) + msgpack(item) for key, item in value.items())
            return bytes([0x80 | len(value)]) + pairs
    raise TypeError(f"no MessagePack for {type(value).__name__}")


def protobuf(fields: dict[int, int | float | bytes]) -> bytes:
    """A Protocol Buffers message of varints, doubles and byte strings, by field number."""
    return b"".join(_protobuf_field(number, value) for number, value in fields.items())


def _protobuf_field(number: int, value: int | float | bytes) -> bytes:
    match value:
        case int():
            return _varint(number << 3) + _varint(value)
        case float():
            return _varint(number << 3 | 1) + struct.pack("<d", value)
        case bytes():
            return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
