from __future__ import annotations

import pytest

from natstui.model.context_shown import HIDDEN, shown, who, without_user_info
from natstui.model.contexts import Context


@pytest.mark.parametrize(
    ("key", "value", "seen"),
    [
        ("password", "hunter2", HIDDEN),
        ("password", "env://PW", "env://PW"),
        ("user_jwt", "a.b.c", HIDDEN),
        ("user_seed", "op://vault/item/field", "op://vault/item/field"),
        ("creds", "/home/me/me.creds", "/home/me/me.creds"),
        ("creds", "DATA:;base64,aHVudGVyMg==", HIDDEN),
        ("nkey", "data:;base64,aHVudGVyMg==", HIDDEN),
        ("pasword", "hunter2", HIDDEN),
        ("windows_ca_certs_match", ["a"], "['a']"),
        ("tls_first", True, "true"),
        ("url", "nats://me:hunter2@a,b", "nats://***@a,b"),
        ("socks_proxy", "socks5://me:hunter2@p:1080", "socks5://***@p:1080"),
    ],
)
def test_a_reference_is_shown_and_a_secret_is_not(key: str, value: object, seen: str) -> None:
    assert shown(key, value) == seen


@pytest.mark.parametrize(
    ("urls", "seen"),
    [
        ("a:4222,tls://b", "a:4222,tls://b"),
        ("tls://a:4222,nats://hunter2@b", "tls://a:4222,nats://***@b"),
        ("hunter2@a", "***@a"),
        ("nats://u:hunter2,x@a", "nats://***@a"),
        ("nats://u:hunter2/x@a,nats://b", "nats://***@a,nats://b"),
        ("nats://u:hunter2@x@a", "nats://***@a"),
        ("u:hunter2@a,u:hunter2@b", "***@b"),
    ],
)
def test_urls_are_shown_without_their_users(urls: str, seen: str) -> None:
    assert without_user_info(urls) == seen


def test_who_is_said_in_a_word() -> None:
    assert who(Context()) == ""
    assert who(Context(user="me", token="hunter2")) == "user me"
    assert who(Context(token="hunter2")) == "token"
