from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.client.errors import Error
from natstui.client.urls import is_secure, is_websocket, parse_url, parse_urls, same_address


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("demo.nats.io", "nats://demo.nats.io:4222"),
        ("localhost:4333", "nats://localhost:4333"),
        (" localhost ", "nats://localhost:4222"),
        ("nats://localhost", "nats://localhost:4222"),
        ("NATS://localhost", "nats://localhost:4222"),
        ("tls://localhost", "tls://localhost:4222"),
        ("ws://localhost", "ws://localhost:80"),
        ("wss://localhost", "wss://localhost:443"),
        ("wss://localhost:8443/nats?x=1", "wss://localhost:8443/nats?x=1"),
        ("localhost:", "nats://localhost:4222"),
        ("derek:s3cret@localhost", "nats://derek:s3cret@localhost:4222"),
        ("nats://t0ken@localhost:1", "nats://t0ken@localhost:1"),
        ("nats://a%40b:c%2Fd@localhost", "nats://a%40b:c%2Fd@localhost:4222"),
        ("nats://u:p@ss@localhost", "nats://u:p@ss@localhost:4222"),
        ("[::1]", "nats://[::1]:4222"),
        ("[::1]:4333", "nats://[::1]:4333"),
        ("nats://u:p@[fe80::1%25eth0]:1", "nats://u:p@[fe80::1%25eth0]:1"),
    ],
)
def test_what_people_write_is_completed(text: str, complete: str) -> None:
    assert parse_url(text).geturl() == complete


def test_user_and_host_can_be_read_from_it() -> None:
    url = parse_url("derek:s3cret@[::1]")
    assert (url.username, url.password, url.hostname, url.port) == ("derek", "s3cret", "::1", 4222)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://localhost", "unknown scheme 'http'"),
        ("://localhost", "unknown scheme ''"),
        ("", "it has no host"),
        ("nats://", "it has no host"),
        ("nats://:4222", "it has no host"),
        ("::1", "it has no host"),
        ("user@", "it has no host"),
        ("local host", "it has white space or a control character"),
        ("local\nhost", "it has white space or a control character"),
        ("local\0host", "it has white space or a control character"),
        ("localhost:port", "its host or port cannot be read"),
        ("localhost:70000", "its host or port cannot be read"),
        ("localhost:0", "port 0 is not a port to connect to"),
        ("[::1", "its host or port cannot be read"),
    ],
)
def test_what_is_no_server_is_named_with_what_is_accepted(text: str, reason: str) -> None:
    with pytest.raises(Error) as caught:
        parse_url(text)
    message = str(caught.value)
    assert message.startswith("nats: invalid server ")
    assert f": {reason} (accepted: host, host:port, or a URL with nats://" in message


def test_a_server_must_be_text() -> None:
    with pytest.raises(Error, match="must be a str, not int"):
        parse_url(4222)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["nats://u:s3c#ret@host:1", "u:s3c/ret@host", "nats://u:s3cret@host:x", "x://u:s3cret@host"],
)
def test_an_error_shows_no_password(text: str) -> None:
    with pytest.raises(Error) as caught:
        parse_url(text)
    assert "s3c" not in str(caught.value)
    assert "ret" not in str(caught.value)
    assert "***@host" in str(caught.value)


def test_a_password_that_breaks_the_url_is_explained() -> None:
    with pytest.raises(Error, match="must be percent-encoded"):
        parse_url("nats://u:p#ss@host:1")


@pytest.mark.parametrize(
    "servers",
    [
        "a,b:1",
        " a , b:1, ",
        ["a", "b:1"],
        ("nats://a", "nats://b:1"),
        ["a", "b:1", "nats://a:4222"],
    ],
)
def test_several_servers(servers: str | list[str]) -> None:
    assert [url.geturl() for url in parse_urls(servers)] == ["nats://a:4222", "nats://b:1"]


def test_a_comma_separates_in_a_text_only() -> None:
    (url,) = parse_urls(["nats://u:p,w@a"])
    assert url.password == "p,w"


@pytest.mark.parametrize("servers", ["", " , ", [], ()])
def test_no_server_at_all(servers: str | list[str]) -> None:
    with pytest.raises(Error, match="no server given"):
        parse_urls(servers)


def test_an_empty_entry_in_a_list_is_a_mistake() -> None:
    with pytest.raises(Error, match="invalid server ''"):
        parse_urls(["a", ""])


@pytest.mark.parametrize("servers", ["ws://a,b", ["wss://a", "tls://b"], "nats://a,ws://b"])
def test_websocket_is_not_mixed_with_the_rest(servers: str | list[str]) -> None:
    with pytest.raises(Error, match="cannot be mixed"):
        parse_urls(servers)
    assert len(parse_urls("ws://a,wss://b")) == len(parse_urls("nats://a,tls://b")) == 2


def test_what_a_scheme_says() -> None:
    schemes = ("nats", "tls", "ws", "wss")
    urls = {scheme: parse_url(f"{scheme}://a") for scheme in schemes}
    assert [scheme for scheme in schemes if is_secure(urls[scheme])] == ["tls", "wss"]
    assert [scheme for scheme in schemes if is_websocket(urls[scheme])] == ["ws", "wss"]


def test_an_address_is_host_and_port() -> None:
    assert same_address(parse_url("nats://u:p@Host"), parse_url("tls://host:4222"))
    assert not same_address(parse_url("host"), parse_url("host:4223"))
    assert not same_address(parse_url("host"), parse_url("other"))


@given(st.text(max_size=20))
def test_any_text_is_a_server_or_an_error_of_ours(text: str) -> None:
    try:
        url = parse_url(text)
    except Error:
        return
    assert url.hostname
    assert url.port
    assert parse_url(url.geturl()) == url
