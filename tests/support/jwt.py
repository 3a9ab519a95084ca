"""Operators, accounts and users as JWTs, minted on the spot.

An operator trusts accounts, which trust users; each is a JSON Web Token signed with the Ed25519
nkey of the one above it. The server gets the operator and the accounts in its configuration, a
user proves itself with its own token and a signature of the server's nonce.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import nkeys

from tests.support.auth import new_seed, public_key

Claims = dict[str, Any]

# The server reads a limit that is absent as "none allowed".
NO_LIMIT = -1


def sign(claims: Claims, seed: str) -> str:
    """The token for these claims, issued and signed by the nkey of this seed."""
    claims = {"iat": int(time.time()), "iss": public_key(seed), **claims}
    claims["jti"] = base64.b32encode(hashlib.sha256(_compact(claims)).digest()).decode().rstrip("=")
    head = _base64url(_compact({"typ": "JWT", "alg": "ed25519-nkey"}))
    signed = f"{head}.{_base64url(_compact(claims))}"
    signature: bytes = nkeys.from_seed(seed.encode()).sign(signed.encode())
    return f"{signed}.{_base64url(signature)}"


def claims_of(token: str) -> Claims:
    """What a token says; its signature is not looked at."""
    body = token.split(".")[1]
    claims: Claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def _compact(value: Claims) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass(frozen=True)
class User:
    jwt: str
    seed: str

    @property
    def public_key(self) -> str:
        return public_key(self.seed)

    @property
    def creds(self) -> str:
        """The text of a credentials file."""
        return f"""-----BEGIN NATS USER JWT-----
{self.jwt}
------END NATS USER JWT------

************************* IMPORTANT *************************
NKEY Seed printed below can be used to sign and prove identity.
NKEYs are sensitive and should be treated as secrets.

-----BEGIN USER NKEY SEED-----
{self.seed}
------END USER NKEY SEED------

*************************************************************
"""


@dataclass
class Account:
    name: str
    operator: Operator = field(repr=False)
    jetstream: bool = False
    seed: str = field(default_factory=lambda: new_seed(nkeys.PREFIX_BYTE_ACCOUNT))
    # Public key of a user ("*" for all) to the time, in Unix seconds, before which its tokens
    # are no longer valid.
    revocations: dict[str, int] = field(default_factory=dict)

    @property
    def public_key(self) -> str:
        return public_key(self.seed)

    @property
    def jwt(self) -> str:
        core = ("subs", "data", "payload", "imports", "exports", "conn", "leaf")
        stores = ("mem_storage", "disk_storage", "streams", "consumer")
        limits: Claims = dict.fromkeys(core, NO_LIMIT) | {"wildcards": True}
        if self.jetstream:
            limits |= dict.fromkeys(stores, NO_LIMIT)
        about: Claims = {"type": "account", "version": 2, "limits": limits}
        if self.revocations:
            about["revocations"] = self.revocations
        return sign({"sub": self.public_key, "name": self.name, "nats": about}, self.operator.seed)

    def user(
        self,
        name: str = "user",
        *,
        seed: str | None = None,
        expires_in: float | None = None,
        publish: Iterable[str] = (),
        subscribe: Iterable[str] = (),
        **more: Any,
    ) -> User:
        """A new user; without subjects it may use all of them.

        `expires_in`: seconds from now, rounded up to the whole second that a token can say.
        `more`: further fields of the claims, such as `allowed_connection_types=["WEBSOCKET"]`.
        """
        seed = seed or new_seed()
        about: Claims = {"type": "user", "version": 2}
        about |= dict.fromkeys(("subs", "data", "payload"), NO_LIMIT)
        about |= {"pub": {"allow": [*publish]}, "sub": {"allow": [*subscribe]}, **more}
        claims: Claims = {"sub": public_key(seed), "name": name, "nats": about}
        if expires_in is not None:
            claims["exp"] = math.ceil(time.time() + expires_in)
        return User(sign(claims, self.seed), seed)


class Operator:
    """An operator with a system account; `account` adds others."""

    def __init__(self) -> None:
        self.seed = new_seed(nkeys.PREFIX_BYTE_OPERATOR)
        self.accounts: list[Account] = []
        self.system = self.account("SYS")

    def account(self, name: str, *, jetstream: bool = False) -> Account:
        account = Account(name, self, jetstream)
        self.accounts.append(account)
        return account

    @property
    def jwt(self) -> str:
        key = public_key(self.seed)
        about = {"type": "operator", "version": 2, "system_account": self.system.public_key}
        return sign({"sub": key, "name": "operator", "nats": about}, self.seed)

    def config(self) -> str:
        """The configuration of a server that knows this operator and the accounts so far."""
        accounts = "\n".join(f"  {one.public_key}: {one.jwt}" for one in self.accounts)
        return f"operator: {self.jwt}\nresolver: MEMORY\nresolver_preload: {{\n{accounts}\n}}"
