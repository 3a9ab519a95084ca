"""Who we are, what happens when a server does not believe it, and what it lets us do then."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nkeys
import pytest

from natstui.client import Msg, RawCredentials
from natstui.client import connect as open_client
from natstui.client.errors import (
    AuthorizationError,
    Error,
    InvalidUserCredentialsError,
    NoServersError,
)
from tests.client.conftest import Connect
from tests.conftest import ServerFactory
from tests.support.auth import new_seed, nkey_user, public_key, token, user_and_password
from tests.support.callbacks import Callbacks
from tests.support.jwt import Account, Operator, User
from tests.support.server import NatsServer
from tests.support.waiting import eventually

FAST: dict[str, Any] = {"reconnect_time_wait": 0.02}


async def ignore(message: Msg) -> None:
    pass


def signer(seed: str) -> Callable[[str], bytes]:
    """What a program does that keeps its key elsewhere."""
    return lambda nonce: base64.b64encode(nkeys.from_seed(seed.encode()).sign(nonce.encode()))


# The ways


@pytest.mark.parametrize(
    ("userinfo", "options"),
    [
        ("", {"user": "us:er", "password": "pass@word"}),
        ("", {"user": lambda: "us:er", "password": lambda: "pass@word"}),
        ("us%3Aer:pass%40word@", {}),
        ("someone:else@", {"user": "us:er", "password": "pass@word"}),
    ],
)
async def test_user_and_password(
    connect: Connect, server_factory: ServerFactory, userinfo: str, options: dict[str, Any]
) -> None:
    server = server_factory(user_and_password("us:er", "pass@word"))
    client = await connect(f"nats://{userinfo}127.0.0.1:{server.port}", **options)
    await client.flush()
    assert server.monitor("connz?auth=1")["connections"][0]["authorized_user"] == "us:er"


@pytest.mark.parametrize(
    ("userinfo", "options"),
    [
        ("", {"token": "s3cret+"}),
        ("", {"token": lambda: "s3cret+"}),
        ("s3cret%2B@", {}),
        ("another@", {"token": "s3cret+"}),
    ],
)
async def test_token(
    connect: Connect, server_factory: ServerFactory, userinfo: str, options: dict[str, Any]
) -> None:
    server = server_factory(token("s3cret+"))
    client = await connect(f"nats://{userinfo}127.0.0.1:{server.port}", **options)
    await client.flush()


@pytest.mark.parametrize("how", ["file", "text"])
async def test_nkey(
    connect: Connect, server_factory: ServerFactory, tmp_path: Path, how: str
) -> None:
    seed = new_seed()
    server = server_factory(nkey_user(seed))
    path = tmp_path / "user.nk"
    path.write_text(f"{seed}\n")
    options: dict[str, dict[str, Any]] = {
        "file": {"nkeys_seed": path},
        "text": {"nkeys_seed_str": seed},
    }
    client = await connect(server.url, **options[how])
    await client.flush()
    user = server.monitor("connz?auth=1")["connections"][0]["authorized_user"]
    assert user == public_key(seed)


@pytest.fixture
def account() -> Account:
    return Operator().account("APP")


@pytest.fixture
def user(account: Account) -> User:
    return account.user()


@pytest.mark.parametrize("how", ["file", "text path", "pair", "raw", "functions"])
async def test_credentials(
    connect: Connect,
    server_factory: ServerFactory,
    account: Account,
    user: User,
    tmp_path: Path,
    how: str,
) -> None:
    server = server_factory(account.operator.config())
    creds, jwt, seed = tmp_path / "user.creds", tmp_path / "user.jwt", tmp_path / "user.nk"
    creds.write_text(user.creds)
    jwt.write_text(user.jwt)
    seed.write_text(user.seed)
    options: dict[str, dict[str, Any]] = {
        "file": {"user_credentials": creds},
        "text path": {"user_credentials": str(creds)},
        "pair": {"user_credentials": (jwt, str(seed))},
        "raw": {"user_credentials": RawCredentials(user.creds)},
        "functions": {
            "user_jwt_cb": lambda: user.jwt.encode(),
            "signature_cb": signer(user.seed),
        },
    }
    client = await connect(server.url, **options[how])
    await client.flush()
    authorized = server.monitor("connz?auth=1")["connections"][0]["authorized_user"]
    assert authorized == user.public_key


# Refusals


async def test_a_refusal_is_in_the_words_of_the_server(
    server_factory: ServerFactory, account: Account
) -> None:
    locked = server_factory(user_and_password("user", "secret"))
    trusting = server_factory(account.operator.config())
    stranger = Operator().account("APP").user()
    attempts: list[tuple[NatsServer, dict[str, Any]]] = [
        (locked, {}),
        (locked, {"user": "user", "password": "wrong"}),
        (locked, {"token": "secret"}),
        (trusting, {}),
        (trusting, {"user_credentials": RawCredentials(stranger.creds)}),
        (trusting, {"nkeys_seed_str": new_seed()}),
    ]
    for server, options in attempts:
        with pytest.raises(AuthorizationError, match=r"^nats: Authorization Violation"):
            await open_client(server.url, **options)


async def test_credentials_that_expired_are_called_so(
    server_factory: ServerFactory, account: Account
) -> None:
    server = server_factory(account.operator.config())
    old = account.user(expires_in=-3600)
    with pytest.raises(AuthorizationError, match=r"expired on \d{4}-\d\d-\d\d"):
        await open_client(server.url, user_credentials=RawCredentials(old.creds))


async def test_credentials_that_are_broken_are_refused_before_they_are_sent(
    server_factory: ServerFactory, account: Account, user: User, tmp_path: Path
) -> None:
    server = server_factory(account.operator.config())
    creds = tmp_path / "user.creds"
    for text, words in [
        ("", "no block -----BEGIN NATS USER JWT-----"),
        (user.creds.replace("SEED", "KEY"), "no block -----BEGIN USER NKEY SEED-----"),
        (user.creds.replace(user.seed, user.seed[:-1]), "valid seed"),
    ]:
        creds.write_text(text)
        with pytest.raises(InvalidUserCredentialsError, match=words) as caught:
            await open_client(server.url, user_credentials=creds)
        assert str(creds) in str(caught.value)
        assert user.seed not in str(caught.value)


async def test_the_error_of_a_function_comes_through(server_factory: ServerFactory) -> None:
    server = server_factory(token("secret"))

    def vault() -> str:
        raise LookupError("the vault is sealed")

    with pytest.raises(LookupError, match="the vault is sealed"):
        await open_client(server.url, token=vault)


# Another time


async def test_functions_are_asked_for_every_connection(
    connect: Connect, server_factory: ServerFactory, callbacks: Callbacks
) -> None:
    server = server_factory(token("1"))
    tokens = iter(["1", "wrong", "raises", "2"])

    def next_token() -> str:
        value = next(tokens)
        if value == "raises":
            raise LookupError("the vault is sealed")
        return value

    await connect(server.url, token=next_token, **FAST, **callbacks.options)
    server.stop()
    server.config = token("2")
    server.start()
    await callbacks.until_error(AuthorizationError)
    await callbacks.until_error(LookupError)
    await callbacks.until("reconnected")


async def test_a_server_that_refuses_twice_with_the_same_words_is_given_up(
    connect: Connect, server_factory: ServerFactory, callbacks: Callbacks
) -> None:
    server = server_factory(token("1"))
    client = await connect(server.url, token="1", **FAST, **callbacks.options)
    server.stop()
    server.config = token("2")
    server.start()
    await callbacks.until("closed")
    assert isinstance(client.last_error, NoServersError)
    assert isinstance(client.last_error.__cause__, AuthorizationError)
    refusals = [error for error in callbacks.errors if isinstance(error, AuthorizationError)]
    assert len(refusals) == 2


async def test_a_server_that_refuses_may_be_asked_again_and_again(
    connect: Connect, server_factory: ServerFactory, callbacks: Callbacks
) -> None:
    server = server_factory(token("1"))
    await connect(server.url, token="1", ignore_auth_error_abort=True, **FAST, **callbacks.options)
    server.stop()
    server.config = token("2")
    server.start()
    await eventually(
        lambda: [type(error) for error in callbacks.errors].count(AuthorizationError) > 3,
        "it is refused",
    )
    server.reload(token("1"))
    await callbacks.until("reconnected")


async def test_a_client_that_is_thrown_out_by_a_reload_comes_back(
    connect: Connect, server_factory: ServerFactory, callbacks: Callbacks
) -> None:
    server = server_factory(token("1"))
    current = "1"
    await connect(server.url, token=lambda: current, **FAST, **callbacks.options)
    current = "2"
    server.reload(token("2"))
    await callbacks.until("reconnected")


async def test_credentials_that_expire_are_read_anew(
    connect: Connect,
    server_factory: ServerFactory,
    account: Account,
    user: User,
    tmp_path: Path,
    callbacks: Callbacks,
) -> None:
    """Even when somebody puts the fresh ones there long after the old ones were refused."""
    server = server_factory(account.operator.config())
    creds = tmp_path / "user.creds"
    creds.write_text(account.user(expires_in=0.5).creds)
    client = await connect(server.url, user_credentials=creds, **FAST, **callbacks.options)
    sub = await client.subscribe("news")
    await callbacks.until("disconnected")
    assert "Expired" in str(callbacks.errors[0])
    await eventually(
        lambda: sum("Violation" in str(error) for error in callbacks.errors) >= 3,
        "the old ones are refused",
        last_seen=lambda: callbacks.errors,
    )
    creds.write_text(user.creds)
    await callbacks.until("reconnected")
    await client.publish("news")
    await sub.next_msg(20)


# What we may do


PERMISSIONS = """
authorization {
  default_permissions: {
    publish: { deny: ["secret.>"] }
    subscribe: { allow: ["open", "question", "replies.>", "group.* members"] }
  }
  users: [ { user: user, password: secret } ]
}
"""


@pytest.fixture
def strict(server_factory: ServerFactory) -> str:
    """The URL of a server that lets us do less than everything."""
    return f"nats://user:secret@127.0.0.1:{server_factory(PERMISSIONS).port}"


async def test_a_publish_that_is_not_permitted_is_told(
    connect: Connect, strict: str, callbacks: Callbacks
) -> None:
    client = await connect(strict, **callbacks.options)
    sub = await client.subscribe("open")
    await client.publish("secret.plan")
    await client.publish("open")
    await sub.next_msg(20)
    assert [str(error) for error in callbacks.errors] == [
        'nats: Permissions Violation for Publish to "secret.plan"'
    ]
    assert client.last_error is callbacks.errors[0]
    assert callbacks.told == ["connected"]


async def test_a_subscription_that_is_not_permitted_ends_with_the_refusal(
    connect: Connect, strict: str, callbacks: Callbacks
) -> None:
    client = await connect(strict, **callbacks.options)

    awaited = await client.subscribe("secret.plan")
    iterated = await client.subscribe("secret.*")
    await client.subscribe("secret.>", cb=ignore)
    fine = await client.subscribe("open")
    words = 'Permissions Violation for Subscription to "secret'
    with pytest.raises(Error, match=words):
        await awaited.next_msg(timeout=None)
    with pytest.raises(Error, match=words):
        async for _ in iterated.messages:
            pass
    await client.flush()
    assert len(callbacks.errors) == 3
    assert all(words in str(error) for error in callbacks.errors)
    await client.publish("open")
    await fine.next_msg(20)
    await client.force_reconnect()
    await callbacks.until("reconnected")
    await client.flush()
    assert len(callbacks.errors) == 3  # it is not asked for again
    assert len(callbacks.told) == 3


async def test_a_queue_group_that_is_not_permitted_leaves_the_others_alone(
    connect: Connect, strict: str, callbacks: Callbacks
) -> None:
    client = await connect(strict, **callbacks.options)
    members = await client.subscribe("group.a", "members")
    strangers = await client.subscribe("group.a", "strangers")
    with pytest.raises(Error, match="Permissions Violation"):
        await strangers.next_msg(timeout=None)
    await client.publish("group.a")
    await members.next_msg(20)
    assert len(callbacks.errors) == 1


async def test_a_request_that_is_not_permitted_fails_at_once(connect: Connect, strict: str) -> None:
    client = await connect(strict, inbox_prefix="replies")
    other = await connect(strict)
    await other.subscribe("question", cb=ignore)
    await other.flush()
    permitted = asyncio.create_task(client.request("question", timeout=None))
    for _ in range(2):
        with pytest.raises(Error, match=r'Violation for Publish to "secret\.plan"'):
            await client.request("secret.plan", timeout=None)
    assert not permitted.done()
    permitted.cancel()


async def test_a_request_whose_answer_could_not_come_fails_at_once(
    connect: Connect, strict: str
) -> None:
    client = await connect(strict)
    for old_style in (False, True):
        with pytest.raises(Error, match='Permissions Violation for Subscription to "_INBOX'):
            await client.request("open", timeout=None, old_style=old_style)
    elsewhere = await connect(strict, inbox_prefix="replies")

    async def answer(message: Msg) -> None:
        await message.respond(b"answer")

    await elsewhere.subscribe("question", cb=answer)
    assert (await elsewhere.request("question", timeout=20)).data == b"answer"
