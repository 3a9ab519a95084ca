from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from natstui import __version__
from natstui.command_line.arguments import UsageError, parse_arguments
from natstui.command_line.merge import merged_settings, refuse_connection_flags
from natstui.model.settings import Settings
from tests.support.auth import new_seed
from tests.support.jwt import User

WriteContext = Callable[..., Path]


@pytest.fixture(autouse=True)
def _no_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NATS_")]:
        monkeypatch.delenv(name)


def settings(*argv: str) -> Settings:
    return merged_settings(parse_arguments(list(argv)))


def who(*argv: str) -> dict[str, object]:
    """The options that say who we are, without the name and timeout that are always there."""
    options = settings(*argv).connect_options
    return {key: value for key, value in options.items() if key not in ("name", "connect_timeout")}


def test_without_anything_it_is_the_local_server() -> None:
    given = settings()
    assert given.servers == ("nats://127.0.0.1:4222",)
    assert given.context is None
    assert given.connect_options == {"name": f"natstui {__version__}", "connect_timeout": 5.0}
    assert (given.timeout, given.read_only, given.subjects) == (5.0, False, ())


def test_subjects_are_what_remains_between_flags() -> None:
    assert settings("a.>", "--read-only", "b.*", "--", "-c").subjects == ("a.>", "b.*", "-c")
    assert settings("--read-only").read_only


def test_a_subject_that_is_given_twice_is_tailed_once() -> None:
    assert settings("a.>", "b", "a.>").subjects == ("a.>", "b")


def test_a_command_with_a_server_of_its_own_takes_no_other() -> None:
    refuse_connection_flags(parse_arguments(["demo", "--read-only"]), "demo")
    with pytest.raises(UsageError, match="--server: natstui demo starts a server of its own"):
        refuse_connection_flags(parse_arguments(["demo", "-s", "nats://prod"]), "demo")


def test_a_password_alone_belongs_to_the_user_of_the_context(
    write_context: WriteContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_context("prod", user="me", password="old")
    assert who("--context", "prod", "--password", "pw") == {"user": "me", "password": "pw"}
    monkeypatch.setenv("NATS_PASSWORD", "pw")  # it may stand there for another user's sake
    assert who() == {}


def test_flag_beats_environment_beats_context_beats_default(
    write_context: WriteContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings().servers == ("nats://127.0.0.1:4222",)
    write_context("prod", url="nats://context:1, nats://context:2")
    monkeypatch.setenv("NATS_CONTEXT", "prod")
    assert settings().servers == ("nats://context:1", "nats://context:2")
    monkeypatch.setenv("NATS_URL", "nats://environment")
    assert settings().servers == ("nats://environment",)
    assert settings("-s", "nats://flag").servers == ("nats://flag",)
    assert settings("--server", "a,b").servers == ("a", "b")


def test_the_selected_context_counts_until_told_otherwise(
    home: Path, write_context: WriteContext
) -> None:
    write_context("prod", url="nats://prod", color_scheme="red", jetstream_domain="hub")
    write_context("dev", url="nats://dev")
    (home / ".config/nats/context.txt").write_text("prod")
    selected = settings()
    assert (selected.context, selected.color_scheme, selected.api_prefix) == (
        "prod",
        "red",
        "$JS.hub.API",
    )
    assert settings("--context", "dev").context == "dev"
    assert settings("--no-context").context is None
    assert settings("--colors", "green").color_scheme == "green"


def test_a_flag_is_laid_over_the_context_and_leaves_the_rest(write_context: WriteContext) -> None:
    write_context("prod", url="nats://prod", user="me", password="pw", jetstream_domain="hub")
    given = settings("--context", "prod", "-s", "nats://other", "--js-domain", "leaf")
    assert given.servers == ("nats://other",)
    assert given.connect_options["user"] == "me"
    assert given.js_domain == "leaf"


def test_a_user_without_a_password_is_a_token() -> None:
    assert who("--user", "tok") == {"token": "tok"}
    assert who("--user", "me", "--password", "pw") == {"user": "me", "password": "pw"}
    assert who("--user", "me", "--token", "tok") == {"token": "tok"}


def test_the_password_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_PASSWORD", "pw")
    assert who("--user", "me") == {"user": "me", "password": "pw"}


def test_the_identity_is_picked_in_the_order_of_nats(
    write_context: WriteContext, tmp_path: Path
) -> None:
    creds = tmp_path / "me.creds"
    creds.write_text(User("a.b.c", new_seed()).creds)
    write_context("prod", user="me", password="pw")
    assert who("--creds", str(creds)) == {"user_credentials": str(creds)}
    assert who("--context", "prod", "--creds", str(creds)) == {"user": "me", "password": "pw"}
    assert who("--creds", str(creds), "--nkey", "/no/file", "--token", "t") == {
        "user_credentials": str(creds),
        "token": "t",
    }


def test_every_environment_variable_of_nats_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    creds, nkey = tmp_path / "me.creds", tmp_path / "me.nk"
    creds.write_text(User("a.b.c", new_seed()).creds)
    nkey.write_text(new_seed())

    def with_variables(**variables: str) -> dict[str, object]:
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            return who()

    assert with_variables(NATS_USER="me", NATS_PASSWORD="pw") == {"user": "me", "password": "pw"}
    assert with_variables(NATS_USER="tok") == with_variables(NATS_TOKEN="tok") == {"token": "tok"}
    assert with_variables(NATS_CREDS=str(creds)) == {"user_credentials": str(creds)}
    assert with_variables(NATS_NKEY=str(nkey)) == {"nkeys_seed": str(nkey)}
    assert set(with_variables(NATS_JWT="a.b.c")) == {"user_jwt_cb"}
    assert set(with_variables(NATS_JWT="a.b.c", NATS_SEED=new_seed())) == {"user_credentials"}
    for name in ("NATS_CERT", "NATS_KEY", "NATS_CA"):
        with pytest.raises(UsageError, match=f"^{name}: "):
            with_variables(**{name: "/no/file"})
    monkeypatch.setenv("NATS_TIMEOUT", "250ms")
    monkeypatch.setenv("NATS_COLOR", "red")
    monkeypatch.setenv("NATS_SOCKS_PROXY", "none")
    assert settings().timeout == 0.25
    assert settings().connect_options["connect_timeout"] == 0.25
    assert settings().color_scheme == "red"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", "")
    monkeypatch.setenv("NATS_TIMEOUT", "")
    assert settings().servers == ("nats://127.0.0.1:4222",)


def test_the_proxy_of_a_context_can_be_replaced_and_left_out(
    write_context: WriteContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_context("prod", socks_proxy="socks5://context")

    def proxy(*argv: str) -> object:
        return who("--context", "prod", *argv).get("socks_proxy")

    assert proxy() == "socks5://context"
    assert proxy("--socks-proxy", "none") is proxy("--socks-proxy", "-") is None
    monkeypatch.setenv("NATS_SOCKS_PROXY", "socks5://environment")
    assert proxy() == "socks5://environment"
    assert proxy("--socks-proxy", "socks5://flag") == "socks5://flag"


def test_a_proxy_that_cannot_be_names_who_gave_it_and_no_secret(
    write_context: WriteContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_context("prod", socks_proxy="http://me:hunter2@p")
    with pytest.raises(
        UsageError, match=r'^context "prod" \(.*\), line 1: socks_proxy: .* not socks5'
    ) as no:
        settings("--context", "prod")
    assert "hunter2" not in str(no.value)
    monkeypatch.setenv("NATS_SOCKS_PROXY", "hunter2@p")
    with pytest.raises(UsageError, match=r"^NATS_SOCKS_PROXY: invalid SOCKS proxy 'p'"):
        settings()


def test_the_other_spellings_of_nats_are_understood() -> None:
    assert settings("--domain", "hub").js_domain == "hub"
    assert settings("--tls-first").connect_options["tls_handshake_first"] is True
    assert settings("--tlsfirst").connect_options["tls_handshake_first"] is True
    assert settings("--connection-name", "me").connect_options["name"] == "me"
    assert settings("--inbox-prefix", "_ME").connect_options["inbox_prefix"] == "_ME"


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        (["--nonsense"], "unknown flag --nonsense"),
        (["--pasword=hunter2"], r"unknown flag --pasword$"),
        (["-Phunter2"], r"unknown flag -P$"),
        (["--server"], "argument -s/--server: expected one argument"),
        (["--cred", "x"], "unknown flag --cred"),
        (
            ["-s", "http://me:hunter2@a"],
            r"--server: invalid server 'http://\*\*\*@a': unknown scheme",
        ),
        (["-s", "a,ws://b"], "--server: ws:// and wss:// servers cannot be mixed"),
        (["--timeout", "soon"], "--timeout: 'soon' is not a duration"),
        (["--timeout", "0"], "--timeout: must be more than nothing"),
        (["--context", "a", "--no-context"], "exclude each other"),
        (["--context", "prd"], 'context "prd" does not exist'),
        (["orders..new"], r"'orders\.\.new' is no subject: words with dots"),
        (["a b"], "'a b' is no subject"),
        (["--creds", "/no/file"], "--creds: cannot read '/no/file': No such file"),
        (["--tlscert", "/c"], "--tlscert: needs a key beside it"),
        (["--jwt", "j", "--seed", "hunter2"], "--seed: .* does not hold a valid seed"),
        (["--seed", "hunter2"], "--seed: needs --jwt beside it"),
        (["--password", "hunter2"], "--password: needs --user beside it"),
        (["--inbox-prefix", "a b"], "--inbox-prefix: .*'a b'"),
        (["--inbox-prefix", "a.*"], r"--inbox-prefix: .*'a\.\*'"),
        (["--colors", "brown"], "--colors: there is no 'brown'; use one of: rounded, double,"),
        (["--js-domain", "a b"], "--js-domain: .*'a b'"),
        (["--monitor", "127.0.0.1:8222"], "--monitor: that is no address like http://127"),
        (["--monitor", "http://a:8222,ftp://b"], "--monitor: that is no address like http://127"),
        (["--monitor", "http://me:hunter2@a:8222"], "--monitor: that is no address like http"),
        (["--monitor", "http://a:port"], "--monitor: that is no address like http://127"),
        (["--js-api-prefix", "a b."], "--js-api-prefix: .*'a b'"),
    ],
)
def test_a_mistake_is_one_line_that_names_it_and_keeps_secrets(
    argv: list[str], problem: str
) -> None:
    with pytest.raises(UsageError, match=problem) as caught:
        settings(*argv)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_monitors_are_several_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings().monitors == ()
    monkeypatch.setenv("NATSTUI_MONITOR", "http://a:8222/, https://b:8222,")
    assert settings().monitors == ("http://a:8222", "https://b:8222")


def test_a_mistake_in_the_environment_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, write_context: WriteContext
) -> None:
    monkeypatch.setenv("NATS_CREDS", "env://NOT_SET")
    with pytest.raises(UsageError, match=r"^NATS_CREDS: env://NOT_SET"):
        settings()
    monkeypatch.delenv("NATS_CREDS")
    path = write_context("prod", url="nats://a:port")
    with pytest.raises(UsageError) as caught:
        settings("--context", "prod")
    assert str(caught.value).startswith(
        f"context \"prod\" ({path}), line 1: url: invalid server 'nats://a:port'"
    )
