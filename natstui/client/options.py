"""The options of `connect`, checked before any I/O."""

from __future__ import annotations

import functools
import inspect
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import ParseResult

from .auth import RawCredentials
from .errors import InvalidCallbackTypeError
from .pool import Server
from .protocol.info import ServerInfo
from .socks import SocksProxy

Callback = Callable[[], Awaitable[None]]
ErrorCallback = Callable[[Exception], Awaitable[None]]
Credentials = str | Path | RawCredentials | tuple[str | Path, str | Path]
ServerHandler = Callable[
    [list[Server], ServerInfo | None], tuple[Server | ParseResult | str | None, float]
]


@dataclass(kw_only=True, repr=False)
class Options:
    """Every option of `Client.connect`; what each means is said there. Secrets are among them, so
    `repr()` shows none of it."""

    error_cb: ErrorCallback | None
    disconnected_cb: Callback | None
    closed_cb: Callback | None
    discovered_server_cb: Callback | None
    reconnected_cb: Callback | None
    connected_cb: Callback | None
    lame_duck_mode_cb: Callback | None
    name: str | None
    pedantic: bool
    verbose: bool
    allow_reconnect: bool
    connect_timeout: float
    reconnect_time_wait: float
    max_reconnect_attempts: int
    ping_interval: float
    max_outstanding_pings: int
    dont_randomize: bool
    flusher_queue_size: int
    no_echo: bool
    tls: ssl.SSLContext | None
    tls_hostname: str | None
    tls_handshake_first: bool
    user: str | Callable[[], str] | None
    password: str | Callable[[], str] | None
    token: str | Callable[[], str] | None
    drain_timeout: float
    signature_cb: Callable[[str], bytes] | None
    user_jwt_cb: Callable[[], bytes | bytearray] | None
    user_credentials: Credentials | None
    nkeys_seed: str | Path | None
    nkeys_seed_str: str | None
    inbox_prefix: str
    pending_size: int
    flush_timeout: float | None
    ws_connection_headers: Mapping[str, str | Sequence[str]] | None
    reconnect_to_server_handler: ServerHandler | None
    skip_subject_validation: bool
    retry_on_failed_connect: bool
    ignore_discovered_servers: bool
    ignore_auth_error_abort: bool
    publish_guard: Callable[[str], None] | None
    socks_proxy: SocksProxy | None

    def __post_init__(self) -> None:
        for name in (
            "error_cb",
            "disconnected_cb",
            "closed_cb",
            "discovered_server_cb",
            "reconnected_cb",
            "connected_cb",
            "lame_duck_mode_cb",
        ):
            callback = getattr(self, name)
            if callback is not None and not is_coroutine_callable(callback):
                raise InvalidCallbackTypeError(
                    f"nats: {name} must be a coroutine function (async def), not {callback!r}"
                )

    def __getitem__(self, name: str) -> Any:
        """`client.options["name"]`, as a mapping of the options."""
        return getattr(self, name)


def is_coroutine_callable(callback: object) -> bool:
    """Whether calling it gives a coroutine: an `async def`, a partial or a method of one, or an
    object whose `__call__` is one."""
    while isinstance(callback, functools.partial):
        callback = callback.func
    if inspect.iscoroutinefunction(callback):
        return True
    return inspect.iscoroutinefunction(getattr(callback, "__call__", None))  # noqa: B004
