"""Who we are, as the server wants it in CONNECT.

A server that knows us by a key sends a nonce in INFO, and we sign it: with the seed of an NKey
whose public half it knows, or with the seed that belongs to a JWT that somebody it trusts has
signed. To the others a user and password, or a token, says it.

Files are read and callables called for every attempt to connect, so that credentials can be
exchanged under a running program.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias
from urllib.parse import ParseResult, unquote

import nkeys

from natstui.client.errors import InvalidUserCredentialsError

__all__ = [
    "Authenticator",
    "Credentials",
    "RawCredentials",
    "Secret",
    "SignatureCallback",
    "UserJWTCallback",
    "credentials_expiry",
]


class RawCredentials(str):
    """The text of a credentials file, for `user_credentials`, where a plain str is a path."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "RawCredentials(...)"


PathLike: TypeAlias = str | os.PathLike[str]
Credentials: TypeAlias = PathLike | tuple[PathLike, PathLike] | RawCredentials
Secret: TypeAlias = str | Callable[[], str]
SignatureCallback: TypeAlias = Callable[[str], bytes | bytearray | str]
UserJWTCallback: TypeAlias = Callable[[], bytes | bytearray | str]

# A block of a credentials file: a line of dashes with a label, its content, another line of dashes.
BLOCK = re.compile(rb"-{3,}[ \t]*BEGIN[ \t]+([^\r\n]*?)[ \t]*-{3,}\s*([^\s-]\S*)\s*-{3,}")
JWT_LABEL = b"JWT"
SEED_LABEL = b"SEED"
SEED_CHECKSUM_LENGTH = 2


class Authenticator:
    """What the authentication options of `connect` come to, for each server anew.

    The arguments are those options. `user`, `password` and `token` may be functions without
    arguments; `signature_cb` gets the nonce and gives the signature in base64; `user_jwt_cb` gives
    a JWT. `user_credentials` is the path of a credentials file, a pair of paths (JWT, seed), or
    RawCredentials. `nkeys_seed` is the path of a file with a seed, `nkeys_seed_str` the seed.
    """

    def __init__(
        self,
        *,
        user: Secret | None = None,
        password: Secret | None = None,
        token: Secret | None = None,
        signature_cb: SignatureCallback | None = None,
        user_jwt_cb: UserJWTCallback | None = None,
        user_credentials: Credentials | None = None,
        nkeys_seed: PathLike | None = None,
        nkeys_seed_str: str | None = None,
    ) -> None:
        self._user = user
        self._password = password
        self._token = token
        self._signature_cb = signature_cb
        self._user_jwt_cb = user_jwt_cb
        self._credentials = user_credentials
        self._seed_path = nkeys_seed
        self._seed_text = nkeys_seed_str

    def connect_fields(self, nonce: str | None, url: ParseResult) -> dict[str, str]:
        """The fields of CONNECT that say who we are, to the server at `url` that sent `nonce`.

        With a nonce: `jwt` and `sig`, or `nkey` and `sig`, of the first that was given of
        credentials, JWT function and seed. Besides: `user` and `pass`, or `auth_token`, of the
        options or else of the URL, where a user without a password is a token.

        Raises InvalidUserCredentialsError, naming the file and what is wrong with it; what a
        callable raises comes through.
        """
        signed = self._signed(nonce) if nonce else {}
        return signed | (self._from_options() or _from_url(url))

    def expiry(self) -> float | None:
        """When the JWT that would be sent now expires, in seconds since the epoch.

        None when there is no JWT, or it does not expire. Raises as `connect_fields` does.
        """
        if self._credentials is not None:
            with _wiped_credentials(self._credentials) as (jwt, _):
                return _jwt_expiry(jwt)
        return _jwt_expiry(_text("user_jwt_cb", self._user_jwt_cb())) if self._user_jwt_cb else None

    def _signed(self, nonce: str) -> dict[str, str]:
        if self._credentials is not None:
            with _wiped_credentials(self._credentials) as (jwt, seed):
                return {"jwt": jwt, "sig": _sign(_origin(self._credentials), seed, nonce)[1]}
        if self._user_jwt_cb is not None:
            return {"jwt": _text("user_jwt_cb", self._user_jwt_cb())} | self._own_signature(nonce)
        if self._seed_path is not None:
            with _wiped(_read(self._seed_path)) as content:
                return self._nkey(f"seed file {_name(self._seed_path)}", content, nonce)
        if self._seed_text is not None:
            with _wiped(bytearray(self._seed_text, "utf-8", "replace")) as content:
                return self._nkey("nkeys_seed_str", content, nonce)
        return self._own_signature(nonce)

    def _nkey(self, origin: str, content: bytearray, nonce: str) -> dict[str, str]:
        with _wiped(_only(origin, content, SEED_LABEL)) as seed:
            public, signature = _sign(origin, seed, nonce)
        return {"nkey": public, "sig": signature} | self._own_signature(nonce)

    def _own_signature(self, nonce: str) -> dict[str, str]:
        if self._signature_cb is None:
            return {}
        return {"sig": _text("signature_cb", self._signature_cb(nonce))}

    def _from_options(self) -> dict[str, str]:
        user, password, token = map(_value, (self._user, self._password, self._token))
        if token is not None and (user is None or password is None):
            return {"auth_token": token}
        if user is not None:
            return {"user": user, "pass": password or ""}
        return {}


def _from_url(url: ParseResult) -> dict[str, str]:
    if not url.username:
        return {}
    if url.password is None:
        return {"auth_token": unquote(url.username)}
    return {"user": unquote(url.username), "pass": unquote(url.password)}


def _value(secret: Secret | None) -> str | None:
    return secret() if callable(secret) else secret


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (bytes, bytearray)):
        return value.decode().strip()
    raise InvalidUserCredentialsError(
        f"nats: {name} gave a {type(value).__name__}, it must give str or bytes"
    )


# Credentials and seeds


def credentials_expiry(text: str) -> float | None:
    """When the JWT in the text of a credentials file, or a bare JWT, expires: seconds since the
    epoch, not verified. None when it does not expire, or no JWT can be read."""
    jwt = _block(bytearray(text, "utf-8", "replace"), JWT_LABEL)
    return _jwt_expiry(text.strip() if jwt is None else jwt.decode("utf-8", "replace"))


def _jwt_expiry(jwt: str) -> float | None:
    try:
        claims = jwt.split(".")[1]
        expires = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        return float(expires) or None
    except (IndexError, KeyError, TypeError, ValueError, OverflowError):
        return None


@contextmanager
def _wiped_credentials(credentials: Credentials) -> Iterator[tuple[str, bytearray]]:
    """JWT and seed of the credentials; the seed is overwritten at the end."""
    if isinstance(credentials, tuple):
        jwt_path, seed_path = credentials
        with _wiped(_read(jwt_path)) as jwt_file, _wiped(_read(seed_path)) as seed_file:
            jwt = _only(f"JWT file {_name(jwt_path)}", jwt_file, JWT_LABEL)
            with _wiped(_only(f"seed file {_name(seed_path)}", seed_file, SEED_LABEL)) as seed:
                yield jwt.decode("utf-8", "replace"), seed
        return
    if isinstance(credentials, RawCredentials):
        text = bytearray(credentials, "utf-8", "replace")
    else:
        text = _read(credentials)
    with _wiped(text) as content:
        origin = _origin(credentials)
        jwt = _required(origin, content, JWT_LABEL, "BEGIN NATS USER JWT")
        with _wiped(_required(origin, content, SEED_LABEL, "BEGIN USER NKEY SEED")) as seed:
            yield jwt.decode("utf-8", "replace"), seed


def _required(origin: str, content: bytearray, label: bytes, line: str) -> bytearray:
    found = _block(content, label)
    if found is None:
        raise InvalidUserCredentialsError(f"nats: {origin} has no block -----{line}-----")
    return found


def _only(origin: str, content: bytearray, label: bytes) -> bytearray:
    """The content of a file that holds one thing, bare or in a block."""
    found = _block(content, label)
    if found is None:
        found = content.strip()
    if not found:
        raise InvalidUserCredentialsError(f"nats: {origin} is empty")
    return found


def _block(content: bytearray, label: bytes) -> bytearray | None:
    # Slices instead of groups: those would be bytes, which cannot be overwritten.
    for match in BLOCK.finditer(content):
        if label in match[1].upper():
            return content[slice(*match.span(2))]
    return None


def _sign(origin: str, seed: bytearray, nonce: str) -> tuple[str, str]:
    """(public key, signature in unpadded URL-safe base64) of the user whose seed it is."""
    _check_seed(origin, seed)
    pair = nkeys.from_seed(seed)
    try:
        public: bytes = pair.public_key
        signature = base64.urlsafe_b64encode(pair.sign(nonce.encode())).rstrip(b"=")
    finally:
        pair.wipe()
    return public.decode(), signature.decode()


def _check_seed(origin: str, seed: bytearray) -> None:
    # nkeys does not look at the checksum: a mistyped seed would be another user's.
    try:
        with _wiped(bytearray(base64.b32decode(seed + b"=" * (-len(seed) % 8)))) as raw:
            checksum = nkeys.crc16_checksum(raw[:-SEED_CHECKSUM_LENGTH])
            if raw[-SEED_CHECKSUM_LENGTH:] != checksum:
                raise nkeys.ErrInvalidSeed
        kind, _ = nkeys.decode_seed(seed)
    except (binascii.Error, nkeys.NkeysError):
        raise InvalidUserCredentialsError(f"nats: {origin} does not hold a valid seed") from None
    if kind != nkeys.PREFIX_BYTE_USER:
        raise InvalidUserCredentialsError(f"nats: the seed in {origin} is not that of a user")


def _origin(credentials: Credentials) -> str:
    if isinstance(credentials, RawCredentials):
        return "the text of the credentials"
    if isinstance(credentials, tuple):
        return f"seed file {_name(credentials[1])}"
    return f"credentials file {_name(credentials)}"


def _name(path: PathLike) -> str:
    return repr(os.fspath(path))


def _read(path: PathLike) -> bytearray:
    try:
        return bytearray(Path(path).expanduser().read_bytes())
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home directory
        reason = getattr(error, "strerror", None) or error
        raise InvalidUserCredentialsError(f"nats: cannot read {_name(path)}: {reason}") from error


@contextmanager
def _wiped(secret: bytearray) -> Iterator[bytearray]:
    """Overwrite our copy when it has served. (Python and the libraries may have made others.)"""
    try:
        yield secret
    finally:
        secret[:] = bytes(len(secret))
