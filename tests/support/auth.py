"""Configuration texts for the ways in which a server can ask who is there."""

from __future__ import annotations

import os
from collections.abc import Iterable

import nkeys


def user_and_password(user: str, password: str) -> str:
    return f'authorization {{ user: "{user}", password: "{password}" }}'


def token(value: str) -> str:
    return f'authorization {{ token: "{value}" }}'


def new_seed(prefix: int = nkeys.PREFIX_BYTE_USER) -> str:
    """The seed of a new nkey, a user's by default."""
    seed: bytes = nkeys.encode_seed(os.urandom(32), prefix)
    return seed.decode()


def public_key(seed: str) -> str:
    key: bytes = nkeys.from_seed(seed.encode()).public_key
    return key.decode()


def nkey_user(seed: str) -> str:
    return f"authorization {{ users: [ {{ nkey: {public_key(seed)} }} ] }}"


def subjects(names: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def user_with_permissions(
    user: str,
    password: str,
    *,
    publish: Iterable[str] = (">",),
    publish_deny: Iterable[str] = (),
    subscribe: Iterable[str] = (">",),
    subscribe_deny: Iterable[str] = (),
) -> str:
    """An entry for `users`: what this user may send to and listen to, and what not."""
    return f"""{{
  user: "{user}", password: "{password}"
  permissions: {{
    publish: {{ allow: {subjects(publish)}, deny: {subjects(publish_deny)} }}
    subscribe: {{ allow: {subjects(subscribe)}, deny: {subjects(subscribe_deny)} }}
  }}
}}"""


def users(*entries: str) -> str:
    return "authorization { users: [\n" + ",\n".join(entries) + "\n] }"


# Who connects without a name is in APP; sys:sys is in the system account and sees $SYS.
WITH_SYSTEM_USER = """
accounts {
  APP { jetstream: enabled, users: [ { user: app, password: app } ] }
  SYS { users: [ { user: sys, password: sys } ] }
}
system_account: SYS
no_auth_user: app
"""
