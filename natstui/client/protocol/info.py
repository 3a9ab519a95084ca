"""What a server says about itself in INFO, when a client connects and whenever it changes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, fields
from typing import Any

from natstui.client.errors import JsonParseError, ProtocolError

__all__ = ["ServerInfo"]

VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """One INFO. What the server left out has the default; `raw` is the whole of what it sent."""

    server_id: str = ""
    server_name: str = ""
    version: str = ""
    git_commit: str = ""
    go: str = ""
    proto: int = 0
    host: str = ""
    port: int = 0
    headers: bool = False
    """Whether messages may have headers."""
    max_payload: int = 0
    """Bytes of headers and payload together; 0 when the server did not say."""
    jetstream: bool = False
    api_lvl: int = 0
    """JetStream API level: 0 before 2.11, then 1, 2 (2.12), 4 (2.14), 5 (2.15)."""
    domain: str = ""
    """JetStream domain."""
    cluster: str = ""
    client_id: int = 0
    client_ip: str = ""
    """Our own address, as the server sees it."""
    auth_required: bool = False
    nonce: str = ""
    """What to sign with an NKey."""
    tls_required: bool = False
    tls_available: bool = False
    tls_verify: bool = False
    """Whether the server asks for a certificate of ours."""
    connect_urls: tuple[str, ...] = ()
    """`host:port` of the cluster's servers, for clients that connect as this one did: over TCP,
    or over WebSocket."""
    ws_connect_urls: tuple[str, ...] = ()
    """What servers tell each other; to WebSocket clients they say `connect_urls` too."""
    ldm: bool = False
    """Lame duck mode: the server is about to evict its clients."""
    xkey: str = ""
    connect_info: bool = False
    """Sent right after CONNECT, to tell the next two."""
    remote_account: str = ""
    acc_is_sys: bool = False
    raw: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, data: bytes | bytearray | str) -> ServerInfo:
        """Read the JSON after `INFO `; fields that are unknown are found in `raw` only.

        Raises JsonParseError when it is not a JSON object, ProtocolError when a known field is of
        another type than it should be. null counts as left out.
        """
        try:
            raw = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise JsonParseError(f"nats: the server's INFO is not JSON: {error}") from error
        if not isinstance(raw, dict):
            raise JsonParseError(f"nats: the server's INFO is not a JSON object: {raw!r:.80}")
        known = {
            name: _checked(name, raw[name], kind)
            for name, kind in _KINDS.items()
            if raw.get(name) is not None
        }
        return cls(**known, raw=raw)

    @property
    def version_tuple(self) -> tuple[int, int, int]:
        """(major, minor, patch) of the server; zeros where its version does not say."""
        found = VERSION.match(self.version)
        if not found:
            return (0, 0, 0)
        major, minor, patch = found.groups(default="0")
        return (int(major), int(minor), int(patch))


_KINDS: dict[str, type] = {
    each.name: type(each.default) for each in fields(ServerInfo) if each.name != "raw"
}


def _checked(name: str, value: Any, kind: type) -> Any:
    if kind is tuple:
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        wanted = "a list of str"
    # By the exact type, because a JSON true is no number.
    elif type(value) is kind:
        return value
    else:
        wanted = kind.__name__
    raise ProtocolError(f"nats: field {name!r} of the server's INFO is not {wanted}: {value!r:.80}")
