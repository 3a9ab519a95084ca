from __future__ import annotations

import asyncio
import base64
import errno
import json
import socket
import ssl
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from natstui.client import errors
from natstui.model.explain import Explanation, address, explain, identity
from natstui.model.settings import Settings

SERVER = "nats://me:hunter2@db.example:4222"
KNOWN = Settings(connect_options={"user": "me", "password": "hunter2"})


def caused(error: Exception, cause: BaseException) -> Exception:
    try:
        raise error from cause
    except Exception as raised:
        return raised


def violation(text: str) -> Exception:
    return errors.Error(f"nats: Permissions Violation for {text}")


CASES: list[tuple[BaseException, str, str]] = [
    (ConnectionRefusedError(111, "refused"), "nothing listens on db.example:4222", "its port"),
    (socket.gaierror(socket.EAI_NONAME, "unknown"), "no host called db.example", "spelling"),
    (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "could not be looked up", "VPN"),
    (OSError(errno.EHOSTUNREACH, "No route to host"), "no route to db.example", "firewall"),
    (TimeoutError(errno.ETIMEDOUT, "timed out"), "did not answer in time", "firewall"),
    (ConnectionResetError(104, "Connection reset by peer"), "broke: Connection reset", "log"),
    (OSError(errno.EADDRNOTAVAIL, "Cannot assign"), "db.example:4222: Cannot assign", "network"),
    (errors.AuthorizationError("nats: Authorization Violation"), 'refuses user "me"', "--creds"),
    (errors.AuthorizationError("nats: User Authentication Expired"), "have expired", "fresh"),
    (errors.AuthorizationError("nats: Authentication Timeout"), "no answer in time", "slow"),
    (errors.InvalidUserCredentialsError("nats: no seed"), 'user "me": no seed', "nsc"),
    (violation('Publish to "a.b"'), 'may not publish to "a.b"', "permission"),
    (violation('Publish with Reply of "r"'), 'may not ask for replies on "r"', "permission"),
    (violation('Subscription to "a.>"'), 'may not subscribe to "a.>"', "permission"),
    (violation('Subscription to "q" using queue "w"'), 'not subscribe to "q"', "permission"),
    (errors.PublishRefusedError("nats: a.b"), "read-only: a.b", "--read-only"),
    (errors.MaxPayloadError("nats: 9 bytes, 8 allowed"), "9 bytes, 8 allowed", "max_payload"),
    (errors.Error("nats: maximum connections exceeded"), "all the connections", "limit"),
    (
        errors.Error("nats: maximum account active connections exceeded"),
        "all the connections",
        "limit",
    ),
    (errors.Error("nats: maximum subscriptions exceeded"), "all the subscriptions", "fewer"),
    (errors.SlowConsumerError("a", "", 1, None), "some were dropped", "narrower"),
    (errors.OutboundBufferLimitError(), "while there is no connection", "wait"),
    (errors.BadSubjectError("nats: invalid subject 'a b'"), "invalid subject 'a b'", "dots"),
    (errors.Error("nats: Invalid Publish Subject"), "does not accept that subject", "dots"),
    (errors.BadHeaderError("nats: a header"), "a header", "KEY: VALUE"),
    (errors.NoRespondersError(), "nobody answers", "service running"),
    (
        errors.TimeoutError("nats: no answer within 2 s (connect_timeout)"),
        "did not answer in time",
        "8222",
    ),
    (errors.TimeoutError(), "no answer in time", "--timeout"),
    (
        errors.ProtocolError("nats: not the NATS protocol: b'SSH-2.0'"),
        "db.example:4222 does not speak NATS: it sent b'SSH-2.0'",
        "right port",
    ),
    (errors.ProtocolError("nats: no line end"), "broke the NATS protocol: no line end", "proxy"),
    (errors.JsonParseError("nats: not JSON"), "does not speak NATS", "right port"),
    (errors.UnexpectedEOF(), "closed the connection without a word", "log"),
    (errors.StaleConnectionError(), "went silent", "network down"),
    (errors.SecureConnWantedError(), "offers none", "nats://"),
    (errors.SecureConnRequiredError(), "takes only TLS", "tls://"),
    (errors.SecureConnFailedError("nats: closed"), "failed: closed", "--tlsca"),
    (
        ssl.SSLError(1, "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:2580)"),
        "does not accept our certificate: tlsv1 alert unknown ca",
        "--tlscert",
    ),
    (ssl.SSLError(1, "[SSL: NO_SHARED_CIPHER] no shared cipher"), "no shared cipher", "versions"),
    (errors.ConnectionClosedError(), "closed", "again"),
    (errors.ConnectionReconnectingError(), "no connection now", "wait"),
    (errors.NoServersError(), "no server could be reached: db.example:4222", "URL"),
    (errors.Error("nats: something new"), "db.example:4222: something new", "log"),
    (RuntimeError(), "RuntimeError", "log"),
]


@pytest.mark.parametrize(("error", "what", "do"), CASES, ids=lambda value: str(value)[:40])
def test_each_error_is_one_line_that_names_it_and_what_to_do(
    error: BaseException, what: str, do: str
) -> None:
    explanation = explain(error, SERVER, KNOWN)
    assert what in explanation.what
    assert do in explanation.do
    line = str(explanation)
    assert "\n" not in line
    assert "{" not in line
    assert "hunter2" not in line
    assert "nats: " not in line


def test_the_cause_speaks_rather_than_its_wrapper() -> None:
    refused = ConnectionRefusedError(111, "refused")
    wrapped = caused(errors.NoServersError(), caused(errors.Error("nats: no luck"), refused))
    assert explain(wrapped, SERVER).what == "nothing listens on db.example:4222"


def test_a_member_of_a_group_speaks() -> None:
    group = ExceptionGroup("all", [RuntimeError("x"), socket.gaierror(socket.EAI_NONAME, "no")])
    assert "no host called db.example" in explain(group, SERVER).what


def test_a_circle_of_causes_ends() -> None:
    one, other = RuntimeError("one"), RuntimeError("other")
    one.__cause__, other.__cause__ = other, one
    assert explain(one, SERVER) == Explanation(
        "db.example:4222: other", "the server's log may say more"
    )


def test_without_a_server_it_is_the_first_of_the_settings() -> None:
    settings = Settings(servers=("tls://one:5222", "two"))
    assert explain(errors.NoServersError(), settings=settings).what.endswith("one:5222")


def test_an_address_is_fit_for_a_screen() -> None:
    assert address(SERVER) == "db.example:4222"
    assert address("wss://[::1]/path") == "[::1]:443"
    assert address("http://nonsense") == "the server"


@pytest.mark.parametrize(
    ("options", "who"),
    [
        ({"user": "me", "password": "hunter2"}, 'user "me"'),
        ({"token": "hunter2"}, "the given token"),
        ({"user_credentials": "/me.creds", "token": "t"}, "the credentials in /me.creds"),
        ({"nkeys_seed": "/me.nk"}, "the nkey in /me.nk"),
        ({"nkeys_seed_str": "hunter2"}, "the given nkey"),
        ({"user_jwt_cb": lambda: b"hunter2"}, "the given JWT"),
        ({}, ""),
    ],
)
def test_identity_says_who_without_the_secret(options: dict[str, object], who: str) -> None:
    assert identity(Settings(connect_options=options)) == who


def test_identity_may_be_in_the_url() -> None:
    assert identity(Settings(), SERVER) == 'user "me"'
    assert identity(Settings(), "nats://hunter2@host") == "the token in the URL"
    assert identity(Settings(), "http://nonsense") == ""


REFUSED = errors.AuthorizationError("nats: Authorization Violation")


def test_who_said_nothing_is_told_so() -> None:
    explanation = explain(REFUSED, "nats://host")
    assert explanation.what == "host:4222 wants to know who we are, and was told nothing"
    assert "--context" in explanation.do


def write_creds(path: Path, claims: object) -> Settings:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    path.write_text(f"-----BEGIN NATS USER JWT-----\neyJhIjoxfQ.{body}.c2ln\n")
    return Settings(connect_options={"user_credentials": str(path)})


def test_expired_credentials_are_found_out(tmp_path: Path) -> None:
    settings = write_creds(tmp_path / "me.creds", {"exp": 1_600_000_000})
    explanation = explain(caused(errors.NoServersError(), REFUSED), SERVER, settings)
    assert explanation.what.endswith("me.creds expired on 2020-09-13 12:26 UTC")
    assert "fresh" in explanation.do


@pytest.mark.parametrize("claims", [{"exp": int(time.time()) + 3600}, {}, [1], {"exp": "soon"}])
def test_credentials_that_are_not_expired_are_refused_for_another_reason(
    tmp_path: Path, claims: object
) -> None:
    settings = write_creds(tmp_path / "me.creds", claims)
    assert "refuses the credentials in" in explain(REFUSED, SERVER, settings).what


@pytest.mark.parametrize("text", ["", "eyJh.!!!.x", "eyJh.AAAA.x"])
def test_a_file_that_is_no_credentials_is_refused_for_another_reason(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "me.creds").write_text(text)
    settings = Settings(connect_options={"user_credentials": str(tmp_path / "me.creds")})
    assert "refuses the credentials in" in explain(REFUSED, SERVER, settings).what
    (tmp_path / "me.creds").unlink()
    assert "refuses the credentials in" in explain(REFUSED, SERVER, settings).what


# Errors of real handshakes: what OpenSSL says is its own, and changes with its version.


async def handshake_error(
    server: ssl.SSLContext | None, client: ssl.SSLContext, name: str
) -> Exception:
    """What the client meets: the server writes a line as soon as it may, as nats-server does."""

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"INFO {}\r\n")
        writer.close()

    listener = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=server)
    async with listener:
        host, port = listener.sockets[0].getsockname()
        try:
            reader, writer = await asyncio.open_connection(
                host, port, ssl=client, server_hostname=name
            )
            with closing(writer):
                await reader.readexactly(100)
        except Exception as error:  # which one it is, is what the caller asks
            return error
    raise AssertionError("the handshake went through")


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_an_untrusted_certificate(authority: trustme.CA) -> None:
    server = server_context(authority.issue_cert("localhost"))
    error = await handshake_error(server, ssl.create_default_context(), "localhost")
    explanation = explain(error, "tls://localhost")
    assert "signed by an authority that is not trusted here" in explanation.what
    assert "--tlsca" in explanation.do


async def test_a_certificate_of_another_host(authority: trustme.CA) -> None:
    server = server_context(authority.issue_cert("other.example"))
    error = await handshake_error(server, client_context(authority), "localhost")
    assert "is for another name than localhost" in explain(error, "tls://localhost").what


async def test_an_expired_certificate(authority: trustme.CA) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    leaf = authority.issue_cert("localhost", not_after=yesterday)
    error = await handshake_error(server_context(leaf), client_context(authority), "localhost")
    assert "has expired" in explain(error, "tls://localhost").what


async def test_tls_with_a_server_that_speaks_first(authority: trustme.CA) -> None:
    error = await handshake_error(None, client_context(authority), "localhost")
    explanation = explain(error, "nats://localhost")
    assert explanation.what == "localhost:4222 does not answer in TLS"
    assert "--tlsfirst" in explanation.do
