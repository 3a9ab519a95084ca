from __future__ import annotations

import pytest

from natstui.model.urls import BadUrlError, redacted, server_address, split_servers


def test_a_list_is_split_at_commas_and_blanks_are_dropped() -> None:
    assert split_servers(" nats://a:4222, b ,, tls://c ") == ("nats://a:4222", "b", "tls://c")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("localhost", ("localhost", 4222)),
        ("10.0.0.1:5222", ("10.0.0.1", 5222)),
        ("nats://user:p%40ss@host", ("host", 4222)),
        ("tls://[::1]:9222", ("::1", 9222)),
        ("ws://host", ("host", 80)),
        ("wss://host/path", ("host", 443)),
    ],
)
def test_an_address_has_the_default_port_of_its_scheme(url: str, address: tuple[str, int]) -> None:
    assert server_address(url) == address


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://host", "http:// is not a NATS scheme"),
        ("nats://host:99999", "the port is not a number"),
        ("nats://host:http", "the port is not a number"),
        ("nats://:4222", "names no host"),
        ("nats://[::1", "Invalid IPv6"),
    ],
)
def test_a_bad_url_is_named_with_its_problem(url: str, problem: str) -> None:
    with pytest.raises(BadUrlError, match=problem) as caught:
        split_servers(f"good:4222,{url}")
    assert url in str(caught.value)


def test_a_bad_url_does_not_show_its_password() -> None:
    with pytest.raises(BadUrlError) as caught:
        split_servers("http://me:hunter2@host")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("nats://me:hunter2@host:4222", "nats://***@host:4222"),
        ("hunter2@host", "***@host"),
        ("me:hun@ter2@host", "***@host"),
        ("nats://host", "nats://host"),
        ("host:4222", "host:4222"),
    ],
)
def test_redacted_hides_who_and_keeps_where(url: str, shown: str) -> None:
    assert redacted(url) == shown
