from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nkeys
import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.client.auth import Authenticator, RawCredentials, credentials_expiry
from natstui.client.errors import InvalidUserCredentialsError
from natstui.client.protocol.info import ServerInfo
from natstui.client.urls import parse_url
from tests.conftest import ServerFactory
from tests.support.auth import new_seed, nkey_user, public_key, user_and_password
from tests.support.jwt import Operator, User
from tests.support.server import NatsServer

NONCE = "jA3c9n0nc3"
URL = parse_url("localhost")


@pytest.fixture(scope="module")
def user() -> User:
    return Operator().account("APP").user()


@pytest.fixture
def creds(tmp_path: Path, user: User) -> Path:
    path = tmp_path / "user.creds"
    path.write_text(user.creds)
    return path


def verify(signature: str, seed: str) -> None:
    """Raise unless `signature` is what CONNECT wants: of the nonce, by that seed, in base64."""
    assert not set(signature) & set("+/=\n")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    assert nkeys.from_seed(seed.encode()).verify(NONCE.encode(), raw)


def refused(**options: Any) -> str:
    """What `connect_fields` says about options that it refuses."""
    with pytest.raises(InvalidUserCredentialsError) as caught:
        Authenticator(**options).connect_fields(NONCE, URL)
    return str(caught.value)


# Users, passwords, tokens


@pytest.mark.parametrize(
    ("options", "url", "fields"),
    [
        ({}, "localhost", {}),
        ({"user": "u", "password": "p"}, "localhost", {"user": "u", "pass": "p"}),
        ({"user": "u"}, "localhost", {"user": "u", "pass": ""}),
        ({"password": "p"}, "localhost", {}),
        ({"token": "t"}, "localhost", {"auth_token": "t"}),
        ({"user": "u", "password": "p", "token": "t"}, "localhost", {"user": "u", "pass": "p"}),
        ({"user": "u", "token": "t"}, "localhost", {"auth_token": "t"}),
        ({}, "u:p@localhost", {"user": "u", "pass": "p"}),
        ({}, "u:@localhost", {"user": "u", "pass": ""}),
        ({}, "t@localhost", {"auth_token": "t"}),
        ({}, "@localhost", {}),
        ({}, "a%40b:c%2Fd@localhost", {"user": "a@b", "pass": "c/d"}),
        ({}, "t%3Dt@localhost", {"auth_token": "t=t"}),
        ({"token": "t"}, "u:p@localhost", {"auth_token": "t"}),
        ({"user": "u", "password": "p"}, "t@localhost", {"user": "u", "pass": "p"}),
    ],
)
@pytest.mark.parametrize("nonce", [None, NONCE])
def test_options_come_before_what_the_url_says(
    options: dict[str, str], url: str, fields: dict[str, str], nonce: str | None
) -> None:
    assert Authenticator(**options).connect_fields(nonce, parse_url(url)) == fields  # type: ignore[arg-type]


def test_functions_are_asked_each_time() -> None:
    numbers = iter(range(10))
    authenticator = Authenticator(user=lambda: "u", password=lambda: f"p{next(numbers)}")
    assert authenticator.connect_fields(None, URL) == {"user": "u", "pass": "p0"}
    assert authenticator.connect_fields(None, URL) == {"user": "u", "pass": "p1"}
    assert Authenticator(token=lambda: "t").connect_fields(None, URL) == {"auth_token": "t"}


def test_what_a_function_raises_comes_through() -> None:
    def fail() -> str:
        raise LookupError("vault is sealed")

    with pytest.raises(LookupError, match="vault is sealed"):
        Authenticator(token=fail).connect_fields(None, URL)


# Signatures


def shapes(user: User, folder: Path) -> Iterator[dict[str, Any]]:
    (folder / "user.creds").write_text(user.creds)
    (folder / "user.jwt").write_text(f"{user.jwt}\n")
    (folder / "user.nk").write_text(f"\n {user.seed}\r\n")
    yield {"user_credentials": folder / "user.creds"}
    yield {"user_credentials": str(folder / "user.creds")}
    yield {"user_credentials": RawCredentials(user.creds)}
    yield {"user_credentials": (folder / "user.jwt", str(folder / "user.nk"))}
    # Both halves may also be taken from the same credentials file.
    yield {"user_credentials": (folder / "user.creds", folder / "user.creds")}


def test_credentials_in_every_shape_sign_the_nonce(user: User, tmp_path: Path) -> None:
    for options in shapes(user, tmp_path):
        fields = Authenticator(**options).connect_fields(NONCE, URL)
        assert set(fields) == {"jwt", "sig"}
        assert fields["jwt"] == user.jwt
        verify(fields["sig"], user.seed)


def test_seeds_in_every_shape_sign_the_nonce(tmp_path: Path) -> None:
    seed = new_seed()
    bare, wrapped = tmp_path / "bare.nk", tmp_path / "wrapped.nk"
    bare.write_text(f"{seed}\n")
    wrapped.write_text(f"-----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n")
    files: list[dict[str, Any]] = [{"nkeys_seed": bare}, {"nkeys_seed": str(wrapped)}]
    for options in [*files, {"nkeys_seed_str": seed}, {"nkeys_seed_str": f" {seed}\n"}]:
        fields = Authenticator(**options).connect_fields(NONCE, URL)
        assert set(fields) == {"nkey", "sig"}
        assert fields["nkey"] == public_key(seed)
        verify(fields["sig"], seed)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\n".join("   " + line for line in text.splitlines()),
        lambda text: text.replace("-----", "---").replace("------", "---"),
        lambda text: text.replace("BEGIN", " BEGIN").replace("NATS USER JWT", "nats user jwt"),
        lambda text: "# a comment\n\n" + text,
    ],
)
def test_credentials_survive_editors_and_mail(user: User, change: Callable[[str], str]) -> None:
    raw = RawCredentials(change(user.creds))
    fields = Authenticator(user_credentials=raw).connect_fields(NONCE, URL)
    assert fields["jwt"] == user.jwt
    verify(fields["sig"], user.seed)


def test_functions_give_jwt_and_signature(user: User) -> None:
    def sign(nonce: str) -> bytes:
        signature: bytes = nkeys.from_seed(user.seed.encode()).sign(nonce.encode())
        return base64.urlsafe_b64encode(signature).rstrip(b"=")

    authenticator = Authenticator(
        user_jwt_cb=lambda: bytearray(user.jwt.encode() + b"\n"), signature_cb=sign
    )
    fields = authenticator.connect_fields(NONCE, URL)
    assert fields["jwt"] == user.jwt
    verify(fields["sig"], user.seed)


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"user_jwt_cb": lambda: "a.b.c"}, {"jwt": "a.b.c"}),
        ({"signature_cb": lambda nonce: nonce.upper()}, {"sig": NONCE.upper()}),
    ],
)
def test_either_function_may_be_alone(options: dict[str, Any], fields: dict[str, str]) -> None:
    assert Authenticator(**options).connect_fields(NONCE, URL) == fields


def test_a_signature_function_goes_before_the_seed_it_is_given_with() -> None:
    seed = new_seed()
    authenticator = Authenticator(nkeys_seed_str=seed, signature_cb=lambda nonce: b"own")
    assert authenticator.connect_fields(NONCE, URL) == {"nkey": public_key(seed), "sig": "own"}


def test_credentials_come_before_functions_and_those_before_seeds(user: User) -> None:
    other = {"user_jwt_cb": lambda: "jwt", "signature_cb": lambda _: "sig"}
    seed = {"nkeys_seed_str": new_seed()}
    all_of_them: dict[str, Any] = {"user_credentials": RawCredentials(user.creds)} | other | seed
    assert Authenticator(**all_of_them).connect_fields(NONCE, URL)["jwt"] == user.jwt
    without: dict[str, Any] = other | seed
    assert Authenticator(**without).connect_fields(NONCE, URL) == {"jwt": "jwt", "sig": "sig"}


def test_a_token_may_go_along_with_a_signature(user: User) -> None:
    authenticator = Authenticator(user_credentials=RawCredentials(user.creds), token="t")
    assert set(authenticator.connect_fields(NONCE, URL)) == {"jwt", "sig", "auth_token"}


def test_without_a_nonce_nothing_is_signed_or_read() -> None:
    authenticator = Authenticator(user_credentials="/does/not/exist")
    for nonce in (None, ""):
        assert authenticator.connect_fields(nonce, parse_url("t@h")) == {"auth_token": "t"}


def test_files_are_read_each_time(creds: Path) -> None:
    authenticator = Authenticator(user_credentials=creds)
    authenticator.connect_fields(NONCE, URL)
    fresh = Operator().account("APP").user()
    creds.write_text(fresh.creds)
    fields = authenticator.connect_fields(NONCE, URL)
    assert fields["jwt"] == fresh.jwt
    verify(fields["sig"], fresh.seed)


def test_the_home_directory_is_found(creds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(creds.parent))
    assert Authenticator(user_credentials="~/user.creds").connect_fields(NONCE, URL)["jwt"]


# What can be wrong


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, creds: Path) -> None:
    missing = tmp_path / "missing"
    sentence = f"nats: cannot read '{missing}': No such file or directory"
    assert refused(user_credentials=missing) == sentence
    assert refused(user_credentials=(missing, creds)) == sentence
    assert refused(user_credentials=(creds, missing)) == sentence
    assert refused(nkeys_seed=missing) == sentence
    assert refused(user_credentials=tmp_path) == f"nats: cannot read '{tmp_path}': Is a directory"
    assert "cannot read '~nobody-of-this-name/x'" in refused(nkeys_seed="~nobody-of-this-name/x")


def test_what_is_missing_from_credentials_is_named(user: User, creds: Path) -> None:
    jwt_only, seed_only = user.creds.split("-----BEGIN USER")
    creds.write_text(jwt_only)
    assert refused(user_credentials=creds) == (
        f"nats: credentials file '{creds}' has no block -----BEGIN USER NKEY SEED-----"
    )
    creds.write_text("-----BEGIN USER" + seed_only)
    assert refused(user_credentials=creds) == (
        f"nats: credentials file '{creds}' has no block -----BEGIN NATS USER JWT-----"
    )
    assert refused(user_credentials=RawCredentials("")) == (
        "nats: the text of the credentials has no block -----BEGIN NATS USER JWT-----"
    )


def test_an_empty_file_is_named(tmp_path: Path, creds: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text(" \n")
    assert refused(nkeys_seed=empty) == f"nats: seed file '{empty}' is empty"
    assert refused(user_credentials=(empty, creds)) == f"nats: JWT file '{empty}' is empty"
    assert refused(user_credentials=(creds, empty)) == f"nats: seed file '{empty}' is empty"
    assert refused(nkeys_seed_str="") == "nats: nkeys_seed_str is empty"


def mistyped(seed: str) -> str:
    at = 20
    return seed[:at] + ("A" if seed[at] != "A" else "B") + seed[at + 1 :]


@pytest.mark.parametrize(
    "seed",
    ["S", "no seed", "SUAM", "é\ud800", mistyped(new_seed()), new_seed()[:-1], new_seed().lower()],
    ids=["letter", "words", "short", "surrogate", "mistyped", "cut", "lower-case"],
)
def test_a_broken_seed_is_refused_and_not_shown(seed: str) -> None:
    message = refused(nkeys_seed_str=seed)
    assert message == "nats: nkeys_seed_str does not hold a valid seed"


def test_what_is_no_seed_at_all_is_refused() -> None:
    public_not_seed = public_key(new_seed())
    assert refused(nkeys_seed_str=public_not_seed) == (
        "nats: nkeys_seed_str does not hold a valid seed"
    )


def test_the_seed_of_an_account_signs_for_no_user(tmp_path: Path) -> None:
    path = tmp_path / "account.nk"
    path.write_text(new_seed(nkeys.PREFIX_BYTE_ACCOUNT))
    assert refused(nkeys_seed=path) == (
        f"nats: the seed in seed file '{path}' is not that of a user"
    )


@pytest.mark.parametrize("name", ["user_jwt_cb", "signature_cb"])
def test_a_function_that_gives_something_else_is_named(name: str) -> None:
    assert refused(**{name: lambda *_: None}) == (
        f"nats: {name} gave a NoneType, it must give str or bytes"
    )


@given(st.binary(max_size=200))
def test_any_file_is_refused_in_our_own_words(content: bytes) -> None:
    for options in (
        {"user_credentials": RawCredentials(content.decode("latin-1"))},
        {"nkeys_seed_str": content.decode("latin-1")},
    ):
        assert refused(**options).startswith("nats: ")


def test_our_copies_of_a_seed_are_overwritten(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytearray] = []
    from_seed = nkeys.from_seed

    def remember(seed: bytearray) -> Any:
        made.append(seed)
        return from_seed(seed)

    monkeypatch.setattr(nkeys, "from_seed", remember)
    raw = RawCredentials(user.creds)
    Authenticator(user_credentials=raw).connect_fields(NONCE, URL)
    Authenticator(nkeys_seed_str=user.seed).connect_fields(NONCE, URL)
    assert [bytes(seed) for seed in made] == [bytes(len(user.seed))] * 2


def test_credentials_do_not_show_in_a_traceback(user: User) -> None:
    assert repr(RawCredentials(user.creds)) == "RawCredentials(...)"
    assert user.seed not in repr(Authenticator(nkeys_seed_str=user.seed))


# Expiry


def token(claims: object) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJ0.{body}.c2ln"


def test_the_expiry_is_read_from_credentials_and_from_a_bare_token() -> None:
    user = Operator().account("APP").user(expires_in=3600)
    for text in (user.creds, user.jwt, f" {user.jwt}\n"):
        expiry = credentials_expiry(text)
        assert expiry is not None
        assert 3590 < expiry - time.time() <= 3601


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no token",
        "a.b.c",
        "a.\xff.c",
        token({"iat": 1}),
        token({"exp": 0}),
        token({"exp": "soon"}),
        token({"exp": 10**400}),
        token([1]),
        token("x"),
        "a." + "A" * 5 + ".c",
    ],
)
def test_what_does_not_expire(text: str) -> None:
    assert credentials_expiry(text) is None


def test_an_authenticator_knows_when_what_it_would_send_expires(creds: Path) -> None:
    assert Authenticator(user_credentials=creds).expiry() is None
    creds.write_text(Operator().account("APP").user(expires_in=60).creds)
    expiry = Authenticator(user_credentials=creds).expiry()
    assert expiry is not None
    assert Authenticator(user_jwt_cb=lambda: token({"exp": 5})).expiry() == 5.0
    assert Authenticator(nkeys_seed_str=new_seed()).expiry() is None


# What a server says to it


async def connect(server: NatsServer, authenticator: Authenticator) -> str:
    """Connect by hand; the server's answer: PONG, or its error."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        line = await reader.readline()
        info = ServerInfo.parse(line.removeprefix(b"INFO "))
        fields = authenticator.connect_fields(info.nonce, parse_url(server.url))
        connect = {"verbose": False, "pedantic": False, "protocol": 1, **fields}
        writer.write(b"CONNECT " + json.dumps(connect).encode() + b"\r\nPING\r\n")
        answer = b"INFO"
        while answer.startswith(b"INFO"):
            answer = await reader.readline()
        return answer.decode().strip()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_server_takes_credentials_of_an_account_that_it_trusts(
    server_factory: ServerFactory, tmp_path: Path
) -> None:
    operator = Operator()
    account = operator.account("APP")
    server = server_factory(operator.config())
    for options in shapes(account.user(), tmp_path):
        assert await connect(server, Authenticator(**options)) == "PONG"
    strange = Operator().account("APP").user()
    answer = await connect(server, Authenticator(user_credentials=RawCredentials(strange.creds)))
    assert "Authorization Violation" in answer


async def test_a_server_takes_the_nkey_that_it_knows(server_factory: ServerFactory) -> None:
    seed = new_seed()
    server = server_factory(nkey_user(seed))
    assert await connect(server, Authenticator(nkeys_seed_str=seed)) == "PONG"
    answer = await connect(server, Authenticator(nkeys_seed_str=new_seed()))
    assert "Authorization Violation" in answer


async def test_a_server_takes_a_user_and_password(server_factory: ServerFactory) -> None:
    server = server_factory(user_and_password("derek", "s3cret"))
    assert await connect(server, Authenticator(user="derek", password="s3cret")) == "PONG"
    answer = await connect(server, Authenticator(user="derek", password="wrong"))
    assert "Authorization Violation" in answer
