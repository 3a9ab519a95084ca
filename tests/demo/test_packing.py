from __future__ import annotations

import pytest

from natstui.demo.packing import msgpack, protobuf

# Expected bytes are from the formats' specifications, put together by hand.


def test_messagepack_of_each_kind() -> None:
    value = {"a": [1, -2, True, None], "b": 1.5}
    assert msgpack(value) == (
        b"\x82"
        b"\xd9\x01a\x94\x01\xd3\xff\xff\xff\xff\xff\xff\xff\xfe\xc3\xc0"
        b"\xd9\x01b\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"
    )
    assert msgpack(False) == b"\xc2"


def test_messagepack_knows_its_limits() -> None:
    with pytest.raises(TypeError, match="set"):
        msgpack({"a": {1}})


def test_protocol_buffers_of_each_kind() -> None:
    message = protobuf({1: 150, 2: b"testing", 3: 1.5})
    assert message == (
        b"\x08\x96\x01" + b"\x12\x07testing" + b"\x19\x00\x00\x00\x00\x00\x00\xf8\x3f"
    )
