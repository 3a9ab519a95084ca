from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any

import pytest

from natstui.client.errors import JsonParseError, ProtocolError
from natstui.client.protocol.info import ServerInfo
from tests.support.server import NatsServer

SAMPLE: dict[str, Any] = {
    "server_id": "NA35TUFIW26NEYZJ",
    "server_name": "n1",
    "version": "2.15.1",
    "git_commit": "abc1234",
    "go": "go1.27.2",
    "proto": 1,
    "host": "0.0.0.0",
    "port": 4222,
    "headers": True,
    "max_payload": 1048576,
    "jetstream": True,
    "api_lvl": 5,
    "domain": "hub",
    "cluster": "east",
    "client_id": 5,
    "client_ip": "127.0.0.1",
    "auth_required": True,
    "nonce": "Jgo3mJ6",
    "tls_required": True,
    "tls_available": True,
    "tls_verify": True,
    "connect_urls": ["10.0.0.1:4222", "[::1]:4222"],
    "ws_connect_urls": ["10.0.0.1:8080"],
    "ldm": True,
    "xkey": "XCI4G6ZK",
    "connect_info": True,
    "remote_account": "APP",
    "acc_is_sys": True,
}


def test_every_field_is_read() -> None:
    info = ServerInfo.parse(json.dumps(SAMPLE).encode() + b" ")
    for name, value in SAMPLE.items():
        assert getattr(info, name) == (tuple(value) if isinstance(value, list) else value)
    assert set(SAMPLE) | {"raw"} == {field.name for field in dataclasses.fields(ServerInfo)}
    assert info.raw == SAMPLE


@pytest.mark.parametrize("data", [b"{}", bytearray(b"{}"), "{}", b'{"version":null,"port":null}'])
def test_what_is_left_out_has_a_default(data: bytes | bytearray | str) -> None:
    info = ServerInfo.parse(data)
    assert info == ServerInfo(raw=info.raw)
    assert (info.server_id, info.port, info.headers, info.connect_urls) == ("", 0, False, ())


def test_what_is_unknown_is_kept_as_it_came() -> None:
    info = ServerInfo.parse(b'{"feature":{"x":[1]},"version":"2.15.1"}')
    assert info.raw == {"feature": {"x": [1]}, "version": "2.15.1"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("server_id", 5),
        ("port", "4222"),
        ("port", 4222.5),
        ("port", True),
        ("max_payload", "1MB"),
        ("headers", 1),
        ("tls_required", "yes"),
        ("connect_urls", "10.0.0.1:4222"),
        ("connect_urls", [1]),
        ("ws_connect_urls", {}),
    ],
)
def test_a_field_of_another_type_is_named(field: str, value: object) -> None:
    with pytest.raises(ProtocolError, match=f"field '{field}' of the server's INFO is not"):
        ServerInfo.parse(json.dumps({field: value}))


@pytest.mark.parametrize("data", [b"", b"{", b"no json", b"[]", b"5", b"\xff{}", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(JsonParseError, match="the server's INFO is not"):
        ServerInfo.parse(data)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.15.1", (2, 15, 1)),
        ("2.10", (2, 10, 0)),
        ("v2.9.25", (2, 9, 25)),
        ("2.14.0-RC.3", (2, 14, 0)),
        ("", (0, 0, 0)),
        ("main", (0, 0, 0)),
    ],
)
def test_the_version_can_be_compared(version: str, expected: tuple[int, int, int]) -> None:
    assert ServerInfo(version=version).version_tuple == expected


def test_it_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ServerInfo().port = 1  # type: ignore[misc]


async def test_what_a_real_server_sends(server: NatsServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    info = ServerInfo.parse(line.removeprefix(b"INFO "))
    assert info.port == server.port
    assert info.server_name == server.name
    assert info.headers
    assert info.max_payload == 1024 * 1024
    assert info.version_tuple >= (2, 9, 0)
    assert info.client_ip == "127.0.0.1"
