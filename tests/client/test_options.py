from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

import natstui.client as nats
from natstui.client.errors import BadSubjectError, InvalidCallbackTypeError
from natstui.client.options import is_coroutine_callable
from tests.support.server import NatsServer

CALLBACKS = [
    "error_cb",
    "disconnected_cb",
    "closed_cb",
    "discovered_server_cb",
    "reconnected_cb",
    "connected_cb",
    "lame_duck_mode_cb",
]


async def coroutine_function(*args: object) -> None: ...


def function(*args: object) -> None: ...


class Methods:
    async def coroutine(self, *args: object) -> None: ...

    def plain(self, *args: object) -> None: ...

    @staticmethod
    async def static(*args: object) -> None: ...

    @classmethod
    async def of_class(cls, *args: object) -> None: ...


class Awaitable:
    async def __call__(self, *args: object) -> None: ...


class Plain:
    def __call__(self, *args: object) -> None: ...


class Wrapper:
    """As a decorator makes it: an object that keeps a function under the name `func`."""

    def __init__(self, func: Callable[..., object]) -> None:
        self.func = func

    async def __call__(self, *args: object) -> None: ...


@functools.wraps(function)
async def wrapped(*args: object) -> None: ...


@pytest.mark.parametrize(
    "callback",
    [
        coroutine_function,
        functools.partial(coroutine_function, 1),
        functools.partial(functools.partial(coroutine_function, 1), 2),
        Methods().coroutine,
        Methods.static,
        Methods.of_class,
        functools.partial(Methods().coroutine, 1),
        Awaitable(),
        functools.partial(Awaitable(), 1),
        Wrapper(function),
        wrapped,
    ],
    ids=range(11),
)
def test_what_gives_a_coroutine(callback: object) -> None:
    assert is_coroutine_callable(callback)


@pytest.mark.parametrize(
    "callback",
    [
        function,
        functools.partial(function, 1),
        Methods().plain,
        Plain(),
        lambda: None,
        print,
        5,
        None,
    ],
    ids=range(8),
)
def test_what_gives_none(callback: object) -> None:
    assert not is_coroutine_callable(callback)


@pytest.mark.parametrize("name", CALLBACKS)
async def test_callbacks_are_checked_before_anything_is_connected(name: str) -> None:
    nc = nats.Client()
    with pytest.raises(InvalidCallbackTypeError, match=name):
        await nc.connect("nats://127.0.0.1:1", **{name: function})  # type: ignore[arg-type]
    assert nc.status is nats.ConnectionStatus.DISCONNECTED
    assert nc.last_error is None


async def test_every_kind_of_coroutine_callable_is_taken(server: NatsServer) -> None:
    kinds = [functools.partial(coroutine_function), Methods().coroutine, Awaitable()]
    for kind in kinds:
        every: dict[str, Any] = dict.fromkeys(CALLBACKS, kind)
        async with await nats.connect(server.url, **every) as nc:
            assert nc.options["error_cb"] is kind


@pytest.mark.parametrize("prefix", ["", "a.", "a b", "a.*", "a.>", "a..b", b"\xff"])
async def test_the_inbox_prefix_is_a_subject(prefix: str | bytes) -> None:
    with pytest.raises(BadSubjectError):
        await nats.connect("nats://127.0.0.1:1", inbox_prefix=prefix)


@pytest.mark.parametrize("prefix", ["mine.too", b"mine.too"])
async def test_inboxes_start_with_their_prefix(server: NatsServer, prefix: str | bytes) -> None:
    async with await nats.connect(server.url, inbox_prefix=prefix) as nc:
        first, second = nc.new_inbox(), nc.new_inbox()
        assert first != second
        for inbox in (first, second):
            head, _, token = inbox.rpartition(".")
            assert (head, len(token)) == ("mine.too", 22)
        assert nc.options["inbox_prefix"] == nc.options.inbox_prefix == "mine.too"
