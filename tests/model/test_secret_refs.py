from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from natstui.model.secret_refs import (
    SecretError,
    expand_path,
    file_path,
    nsc_profile,
    resolve_document,
    resolve_literal,
)

InstallTool = Callable[[str, str], None]


def test_a_path_is_expanded_with_the_environment_and_the_home(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM", "blue")
    assert expand_path("~/creds/${TEAM}/$TEAM.creds") == f"{home}/creds/blue/blue.creds"
    assert expand_path("/a/$NO_SUCH_VARIABLE/b~") == "/a//b~"


def test_only_bare_and_file_references_have_a_path() -> None:
    assert file_path("/etc/me.creds") == "/etc/me.creds"
    assert file_path("FILE:///etc/me.creds") == "/etc/me.creds"
    assert file_path("env://CREDS") is None
    assert file_path("data:;base64,aGk=") is None


def test_a_document_is_read_from_a_file_or_from_what_the_reference_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "me.creds"
    document.write_text("secret\n")
    monkeypatch.setenv("CREDS", "from env")
    inline = base64.b64encode(b"inline").decode()
    assert resolve_document(str(document)) == "secret\n"
    assert resolve_document(f"file://{document}") == "secret\n"
    assert resolve_document("env://CREDS") == "from env"
    assert resolve_document(f"data:;base64,{inline}") == "inline"
    assert resolve_document(f"data:text/plain;base64,{inline}") == "inline"


def test_a_literal_is_itself_unless_it_points_somewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "token"
    secret.write_text("from file\r\n")
    monkeypatch.setenv("TOKEN", "from env")
    assert resolve_literal("hunter2") == "hunter2"
    assert resolve_literal("/looks/like/a/path") == "/looks/like/a/path"
    assert resolve_literal("data:not a reference, really") == "data:not a reference, really"
    assert resolve_literal("env://TOKEN") == "from env"
    assert resolve_literal(f"file://{secret}") == "from file"
    assert resolve_literal("data:;base64,aGVsbG8=") == "hello"


@pytest.mark.parametrize("value", ["", None])
def test_an_unset_variable_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NATS_TOKEN_FILE", raising=False)
    if value is not None:
        monkeypatch.setenv("NATS_TOKEN_FILE", value)
    with pytest.raises(SecretError, match="NATS_TOKEN_FILE is not set; export it"):
        resolve_literal("env://NATS_TOKEN_FILE")


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("data:,plain", "without ;base64"),
        ("data:;base64,???", "payload is not base64"),
        ("data:;base64,//8=", "payload is not base64 of text"),
        ("/no/such/file", "/no/such/file: No such file"),
    ],
)
def test_a_bad_document_reference_says_what_is_wrong(reference: str, problem: str) -> None:
    with pytest.raises(SecretError, match=problem):
        resolve_document(reference)


def test_a_binary_file_is_no_document(tmp_path: Path) -> None:
    path = tmp_path / "binary"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SecretError, match="not a text file"):
        resolve_document(str(path))


def test_op_is_asked_for_the_reference_as_written(install_tool: InstallTool) -> None:
    install_tool("op", 'echo "$1:$2"')
    assert resolve_literal("OP://vault/item/field") == "read:op://vault/item/field"


def test_a_missing_tool_is_named(install_tool: InstallTool) -> None:
    with pytest.raises(SecretError, match=r"op://v/i/f: the `op` tool is not on the PATH"):
        resolve_literal("op://v/i/f")


def test_a_failing_tool_shows_its_complaint_and_never_its_output(install_tool: InstallTool) -> None:
    install_tool("op", 'echo hunter2; echo "not signed in" >&2; exit 1')
    with pytest.raises(SecretError, match="`op read` failed: not signed in") as caught:
        resolve_literal("op://v/i/f")
    assert "hunter2" not in str(caught.value)


def test_a_tool_that_fails_without_a_word_shows_its_exit_code(install_tool: InstallTool) -> None:
    install_tool("op", "exit 7")
    with pytest.raises(SecretError, match="exit code 7"):
        resolve_literal("op://v/i/f")


def test_a_reference_that_no_program_could_take_is_a_plain_error(
    install_tool: InstallTool,
) -> None:
    install_tool("op", "")
    with pytest.raises(SecretError, match="`op read` failed: embedded null byte"):
        resolve_literal("op://v/\0/f")
    with pytest.raises(SecretError, match="not a text file"):
        resolve_document("/a/\0/b")


def test_nsc_names_a_file_that_is_read(install_tool: InstallTool, tmp_path: Path) -> None:
    creds = tmp_path / "me.creds"
    creds.write_text("jwt and seed")
    services = '"operator": {"service": ["nats://a", "nats://b"]}'
    install_tool(
        "nsc", f"""echo '{{"user_creds": "{creds}", {services}}}'; echo "$@" > {tmp_path}/args"""
    )
    assert resolve_document("nsc://op/acct/me") == "jwt and seed"
    assert (tmp_path / "args").read_text() == "generate profile nsc://op/acct/me\n"
    assert nsc_profile("nsc://op/acct/me").servers == "nats://a,nats://b"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [("{}", "knows no credentials file"), ("nonsense", "not answer in JSON"), ("[]", "in JSON")],
)
def test_a_useless_answer_of_nsc_is_said(
    install_tool: InstallTool, answer: str, problem: str
) -> None:
    install_tool("nsc", f"echo '{answer}'")
    with pytest.raises(SecretError, match=problem):
        resolve_document("nsc://op/acct/me")
