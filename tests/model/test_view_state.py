"""How a system was looked at, written down and read back."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.model.settings import Settings
from natstui.model.view_state import (
    LevelState,
    TailState,
    ViewState,
    ViewStateError,
    is_name,
    view_name,
)
from natstui.model.view_store import MOST_BYTES, ViewStore

STATE = ViewState(
    "Streams",
    TailState(("orders.>", "a.*"), "-health", paused=True),
    {
        "Streams": (
            LevelState("streams", filter="ord", order="messages", descending=True, at=("ORDERS",)),
            LevelState("messages", "ORDERS", only="orders.*", at=(97,)),
        ),
        "Consumers": (LevelState("consumers", at=("ORDERS", "billing")),),
    },
)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ViewStore:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return ViewStore()


@given(st.text(), st.text(), st.integers())
def test_what_is_written_is_read_back_whatever_it_is_called(one: str, two: str, at: int) -> None:
    state = replace(STATE, panes={one: (LevelState(one, two, at=(two, at)),)})
    text = state.to_json()
    assert text.isascii()
    assert ViewState.from_json(text) == state
    assert ViewState.from_json(STATE.to_json()) == STATE


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{",
        "[]",
        "1",
        "{}",
        '{"version": 2}',
        "[" * 100_000,
        '{"version": 1, "panes": []}',
        '{"version": 1, "pane": 1}',
        '{"version": 1, "panes": {"Streams": {}}}',
        '{"version": 1, "panes": {"Streams": [{"kind": 1}]}}',
        '{"version": 1, "panes": {"Streams": [{"at": [1.5]}]}}',
        '{"version": 1, "panes": {"Streams": [{"at": "x"}]}}',
        '{"version": 1, "panes": {"Streams": [{"flat": 1}]}}',
        '{"version": 1, "tail": {"subjects": [1]}}',
        '{"version": 1, "tail": {"paused": "yes"}}',
    ],
)
def test_what_is_no_view_is_said_to_be_none(broken: str) -> None:
    with pytest.raises(ViewStateError):
        ViewState.from_json(broken)


def test_what_a_newer_version_added_is_left_out() -> None:
    data = json.loads(STATE.to_json())
    data["new"] = data["tail"]["new"] = data["panes"]["Consumers"][0]["new"] = {"more": 1}
    assert ViewState.from_json(json.dumps(data)) == STATE


def test_it_is_kept_for_the_user_alone(store: ViewStore) -> None:
    assert store.load("context prod") is None
    store.save("context prod", STATE)
    store.save("context prod", STATE)
    path = store.path("context prod")
    assert store.load("context prod") == STATE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["context prod.json"]


@pytest.mark.parametrize("name", ["context ../../x", "context a/b", "server \ud800", "x" * 5_000])
def test_any_name_is_a_file_in_its_folder(store: ViewStore, name: str) -> None:
    store.save(name, STATE)
    assert store.load(name) == STATE
    assert store.path(name).parent == store.path("x").parent
    assert store.load(name[:-1]) is None


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b" " * (MOST_BYTES + 1)])
def test_a_broken_file_is_named(store: ViewStore, content: bytes) -> None:
    store.save("context prod", STATE)
    path = store.path("context prod")
    path.write_bytes(content)
    with pytest.raises(ViewStateError, match=r"context prod\.json: "):
        store.load("context prod")
    store.save("context prod", STATE)
    assert store.load("context prod") == STATE


def test_nothing_secret_is_in_a_name() -> None:
    servers = ("nats://me:hidden@a:4222", "wss://b/x?token=hidden")
    assert view_name(Settings(servers=servers)) == "server nats://a:4222,wss://b:443"
    assert view_name(Settings(servers=servers, context="prod")) == "context prod"


def test_what_can_be_a_name() -> None:
    assert is_name("ORDERS")
    assert is_name("odd\x1b[red]")
    for bad in ("", "a b", "a.b", ">", "*", "a/b", "a\\b", "a\r\nPUB x 0"):
        assert not is_name(bad)
