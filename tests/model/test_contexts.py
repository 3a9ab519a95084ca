from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from natstui.model.contexts import (
    Context,
    ContextError,
    context_names,
    load_context,
    selected_context,
)

WriteContext = Callable[..., Path]


def select(home: Path, text: str) -> None:
    (home / ".config/nats").mkdir(parents=True, exist_ok=True)
    (home / ".config/nats/context.txt").write_text(text)


def test_without_any_file_there_is_the_empty_context(home: Path) -> None:
    assert context_names() == []
    assert selected_context() == ""
    assert load_context() == Context()


def test_names_are_the_json_files_that_hold_something(
    home: Path, write_context: WriteContext
) -> None:
    folder = write_context("prod", url="a").parent
    write_context("dev.eu", url="b")
    (folder / "empty.json").touch()
    (folder / "notes.txt").write_text("hello")
    (folder / "folder.json").mkdir()
    assert context_names() == ["dev.eu", "prod"]


def test_the_selected_context_is_the_default(home: Path, write_context: WriteContext) -> None:
    write_context("prod", url="nats://prod")
    write_context("dev", url="nats://dev")
    select(home, "dev\n")
    assert selected_context() == "dev"
    assert load_context().url == "nats://dev"
    assert load_context("prod").url == "nats://prod"


def test_xdg_config_home_moves_everything(
    home: Path, write_context: WriteContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_context("prod", url="nats://prod")
    (home / ".config").rename(tmp_path / "elsewhere")
    assert context_names() == []
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    assert load_context("prod").url == "nats://prod"


def test_every_setting_is_read_and_unknown_ones_are_left_alone(write_context: WriteContext) -> None:
    settings: dict[str, Any] = {
        "description": "d",
        "url": "nats://a:4222,nats://b:4222",
        "socks_proxy": "",
        "user": "me",
        "password": "pw",
        "token": "tok",
        "jetstream_domain": "hub",
        "jetstream_api_prefix": "js.api",
        "jetstream_event_prefix": "js.event",
        "inbox_prefix": "_ME",
        "color_scheme": "red",
        "tls_first": True,
    }
    newer: dict[str, Any] = {"windows_ca_certs_match": None, "from_the_future": [1]}
    path = write_context("full", **settings, **newer)
    context = load_context("full")
    assert (context.name, context.path) == ("full", str(path))
    assert {key: getattr(context, key) for key in settings} == settings


def test_paths_are_expanded_and_nothing_else_is(
    home: Path, write_context: WriteContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHERE", "here")
    settings = {key: f"~/$WHERE/{key}" for key in ("creds", "cert", "key", "ca", "password", "url")}
    write_context("paths", **settings)
    context = load_context("paths")
    assert context.creds == f"{home}/here/creds"
    assert context.cert == f"{home}/here/cert"
    assert context.key == f"{home}/here/key"
    assert context.ca == f"{home}/here/ca"
    assert context.password == "~/$WHERE/password"
    assert context.url == "~/$WHERE/url"


def test_an_existing_json_path_is_a_context(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "shared.json"
    path.write_text('{"url": "nats://shared"}')
    context = load_context(str(path))
    assert (context.name, context.url) == ("shared", "nats://shared")


def test_repr_shows_no_secret(write_context: WriteContext) -> None:
    write_context("prod", url="nats://me:hunter2@host", password="hunter2", user="me")
    assert "hunter2" not in repr(load_context("prod"))


def test_an_unknown_name_lists_the_known_ones(write_context: WriteContext) -> None:
    write_context("prod", url="a")
    write_context("dev", url="a")
    with pytest.raises(ContextError, match='"prd" does not exist; use one of: dev, prod'):
        load_context("prd")


def test_an_unknown_name_without_any_context_names_the_folder(home: Path) -> None:
    with pytest.raises(ContextError, match=f"no files in {home}/.config/nats/context"):
        load_context("prd")


def test_a_selection_that_is_gone_says_how_to_select_again(home: Path) -> None:
    select(home, "gone")
    with pytest.raises(ContextError, match="natstui context select"):
        load_context()
    assert (home / ".config/nats/context.txt").read_text() == "gone", "never unselected by us"


@pytest.mark.parametrize("name", ["../secrets", "a/b", "a\\b", ".."])
def test_a_name_cannot_leave_the_folder(home: Path, name: str) -> None:
    with pytest.raises(ContextError, match="may not contain"):
        load_context(name)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not valid JSON, line 1 column 2"),
        ("[1]", "one JSON object"),
        ("[" * 100_000, "one JSON object"),
        ('{"url": ' + "9" * 5_000 + "}", "one JSON object"),
        ('{\n"url": "a",\n"password" : 12345}', 'line 3: "password" must be text in quotes'),
        ('{"tls_first": "yes"}', 'line 1: "tls_first" must be true or false'),
        ('{"user": "a", "creds": "b"}', "user, creds are set together; keep one"),
    ],
)
def test_a_bad_file_is_named_with_the_field_and_the_problem(
    write_context: WriteContext, text: str, problem: str
) -> None:
    path = write_context("broken")
    path.write_text(text)
    with pytest.raises(ContextError, match=problem) as caught:
        load_context("broken")
    assert f'context "broken" ({path})' in str(caught.value)
    assert "12345" not in str(caught.value)


def test_what_has_no_effect_is_noted_by_line_and_is_no_fault(home: Path) -> None:
    path = home / "shared.json"
    path.write_text(
        """{
  "url": "nats://a",
  "tls_frst": true,
  "from_the_future": "hunter2",
  "windows_cert_store": "MY",
  "windows_cert_match": "",
  "color_scheme": "purple",
  "password": "not password:"
}"""
    )
    context = load_context(str(path))
    assert context.url == "nats://a"
    assert list(context.notes) == [
        f"unknown key 'tls_frst' is not used; did you mean \"tls_first\"? ({path}, line 3)",
        f"unknown key 'from_the_future' is not used ({path}, line 4)",
        f"key 'windows_cert_store' is for Windows, and not used ({path}, line 5)",
        "unknown color_scheme 'purple' is not used (known: rounded, double, yellow, blue, cyan, "
        f"green, magenta, red) ({path}, line 7)",
    ]


def test_a_user_without_a_home_has_no_contexts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    assert (context_names(), selected_context(), load_context()) == ([], "", Context())
    with pytest.raises(ContextError, match="set HOME"):
        load_context("prod")


def test_a_file_that_is_not_text_is_named(write_context: WriteContext) -> None:
    write_context("binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ContextError, match="not a text file"):
        load_context("binary")


def test_a_file_that_cannot_be_read_is_named(write_context: WriteContext) -> None:
    path = write_context("folder")
    path.unlink()
    path.mkdir()
    with pytest.raises(ContextError, match=r"folder\.json\): cannot read it"):
        load_context("folder")


def test_nsc_becomes_credentials_and_servers(
    write_context: WriteContext, install_tool: Callable[[str, str], None]
) -> None:
    services = '"operator": {"service": ["nats://a", "nats://b"]}'
    install_tool("nsc", f"""echo '{{"user_creds": "/keys/me.creds", {services}}}'""")
    write_context("old", nsc="op/acct/me")
    write_context("own", nsc="nsc://op/acct/me", url="nats://mine")
    assert load_context("old").creds == "/keys/me.creds"
    assert load_context("old").url == "nats://a,nats://b"
    assert load_context("own").url == "nats://mine"


def test_nsc_trouble_names_the_context_and_the_field(
    write_context: WriteContext, install_tool: Callable[[str, str], None]
) -> None:
    write_context("old", nsc="op/acct/me")
    with pytest.raises(
        ContextError, match=r'"old" .*: nsc: nsc://op/acct/me: the `nsc` tool is not on'
    ):
        load_context("old")
    install_tool("nsc", "echo '{}'")
    with pytest.raises(ContextError, match="has no credentials"):
        load_context("old")
