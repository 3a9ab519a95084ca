"""What is written is what the `nats` tool would have written, or nothing is."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from natstui.model.context_writing import save_context, select_context, unselect_context
from natstui.model.contexts import (
    ContextError,
    load_context,
    previous_context,
    selected_context,
)

WriteContext = Callable[..., Path]

# As the files of the `nats` tool have them, in its order.
KEYS = """
description url socks_proxy token user password creds nkey cert key ca nsc
jetstream_domain jetstream_api_prefix jetstream_event_prefix inbox_prefix
user_jwt user_seed color_scheme tls_first
windows_cert_store windows_cert_match_by windows_cert_match windows_ca_certs_match
"""


def mode(path: Path) -> str:
    return stat.filemode(path.stat().st_mode)


def test_every_key_is_in_a_file_for_our_eyes_only(home: Path) -> None:
    saved = save_context("prod", {"url": "nats://a", "password": "env://PW", "user": "ä"})
    path = Path(saved.path)
    values = json.loads(path.read_text(encoding="utf-8"))
    assert [*values] == KEYS.split()
    assert (values["url"], values["user"], values["tls_first"]) == ("nats://a", "ä", False)
    assert values["windows_ca_certs_match"] is None
    assert mode(path) == "-rw-------"
    assert mode(path.parent) == mode(path.parent.parent) == "drwx------"
    assert [*path.parent.iterdir()] == [path], "no temporary file is left"
    assert load_context("prod") == saved


def test_what_is_not_changed_stays_also_what_nobody_knows(write_context: WriteContext) -> None:
    path = write_context("prod", url="a", creds="~/$X/me", from_the_future=[1], tls_first=True)
    save_context("prod", {"description": "d", "tls_first": False})
    values = json.loads(path.read_text())
    assert (values["url"], values["creds"], values["description"]) == ("a", "~/$X/me", "d")
    assert values["from_the_future"] == [1]
    assert values["tls_first"] is False


def test_the_older_spelling_of_nsc_becomes_the_newer(write_context: WriteContext) -> None:
    path = write_context("prod", nsc="op/acct/me")
    save_context("prod", {"description": "d"})
    values = json.loads(path.read_text())
    assert (values["creds"], values["nsc"]) == ("nsc://op/acct/me", "")


@pytest.mark.parametrize(
    ("name", "changes", "problem"),
    [
        ("", {}, "needs a name"),
        ("../x", {}, "may not contain"),
        ("prod", {"user": "me", "creds": "b"}, "user, creds are set together"),
        ("prod", {"url": "http://me:hunter2@a"}, "unknown scheme 'http'"),
    ],
)
def test_what_would_be_no_context_is_not_written(
    write_context: WriteContext, name: str, changes: dict[str, str], problem: str
) -> None:
    path = write_context("prod", url="a")
    with pytest.raises(ContextError, match=problem) as caught:
        save_context(name, changes)
    assert "hunter2" not in str(caught.value)
    assert json.loads(path.read_text()) == {"url": "a"}
    assert [*path.parent.iterdir()] == [path]


def test_a_broken_file_is_not_written_over(write_context: WriteContext) -> None:
    path = write_context("prod")
    path.write_text('{"url":')
    with pytest.raises(ContextError, match="not valid JSON, line 1 column 8"):
        save_context("prod", {"url": "b"})
    assert path.read_text() == '{"url":'


def test_a_link_goes_on_leading_to_the_file(write_context: WriteContext, tmp_path: Path) -> None:
    path = write_context("prod", url="a")
    kept = path.rename(tmp_path / "kept.json")
    path.symlink_to(kept)
    save_context("prod", {"url": "b"})
    assert path.is_symlink()
    assert json.loads(kept.read_text())["url"] == "b"


def test_what_cannot_be_written_is_named(home: Path) -> None:
    (home / ".config").write_text("a file where the folder would be")
    with pytest.raises(ContextError, match=r"nothing was changed"):
        save_context("prod", {"url": "a"})


def test_the_selection_remembers_the_one_before(home: Path, write_context: WriteContext) -> None:
    write_context("prod", url="a")
    write_context("dev", url="b")
    with pytest.raises(ContextError, match="no context was selected before"):
        select_context("-")
    select_context("prod")
    select_context("prod")
    assert (selected_context(), previous_context()) == ("prod", "")
    select_context("dev")
    assert (home / ".config/nats/context.txt").read_text() == "dev"
    assert (home / ".config/nats/previous-context.txt").read_text() == "prod"
    select_context("-")
    assert (selected_context(), previous_context()) == ("prod", "dev")
    unselect_context()
    assert (selected_context(), previous_context()) == ("", "prod")
    unselect_context()
    select_context("-")
    assert selected_context() == "prod"


def test_only_what_exists_is_selected(home: Path, write_context: WriteContext) -> None:
    write_context("prod", url="a")
    with pytest.raises(ContextError, match='"prd" does not exist; use one of: prod'):
        select_context("prd")
    with pytest.raises(ContextError, match="may not contain"):
        select_context("../prod")
    assert selected_context() == ""
