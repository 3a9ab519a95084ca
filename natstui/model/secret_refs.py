"""Secrets that a context or a flag only points to, as the `nats` tool writes them.

`env://NAME`, `file://PATH`, `data:;base64,…`, `op://vault/item/field` (1Password) and
`nsc://operator/account/user`. Resolving one of the last two runs another program and may wait for
its user: do it outside the event loop.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_REFERENCE = re.compile(r"(?i)(env|file|op|nsc)://(.*)", re.DOTALL)
_DATA = re.compile(r"(?i)data:(?P<type>[^,]*),(?P<payload>.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
CHECK_PATH = "check the path, and who may read it"
_TOOL_SECONDS = 120  # `op` waits for a fingerprint, `nsc` for a passphrase


class SecretError(Exception):
    """A reference that cannot be resolved; the message is a line for the user, without secrets."""


@dataclass(frozen=True)
class NscProfile:
    """What `nsc generate profile` knows of a user: its credentials file and the server URLs."""

    creds_path: str
    servers: str


def expand_path(text: str) -> str:
    """`$VAR`, `${VAR}` (nothing when unset) and a leading `~` expanded, as `nats` does."""
    expanded = _VARIABLE.sub(lambda found: os.environ.get(found[1] or found[2], ""), text)
    if not expanded.startswith("~"):
        return expanded
    return os.path.expanduser("~") + expanded[1:]  # without a home, "~" is a name like any other


def file_path(reference: str) -> str | None:
    """The path that `reference` names (bare or `file://`), None when it is another scheme's."""
    if found := _REFERENCE.fullmatch(reference):
        return expand_path(found[2]) if found[1].lower() == "file" else None
    return None if _DATA.fullmatch(reference) else expand_path(reference)


def is_bare_path(reference: str) -> bool:
    """Whether it is a path as it stands: without a scheme, and nothing in it to expand."""
    is_other = _REFERENCE.fullmatch(reference) or _DATA.fullmatch(reference)
    return not is_other and not reference.startswith("~") and "$" not in reference


def resolve_document(reference: str) -> str:
    """The text of a credentials or seed document; a reference without a scheme is a path."""
    path = file_path(reference)
    return _resolve(reference) if path is None else _read(path)


def resolve_literal(value: str) -> str:
    """`value` itself, or what it points to when it starts with a known scheme (not a bare path)."""
    data = _DATA.fullmatch(value)
    points = _REFERENCE.fullmatch(value) or (data and _is_base64(data["type"]))
    return _resolve(value).rstrip("\r\n") if points else value


def nsc_profile(reference: str) -> NscProfile:
    """Ask `nsc` about `operator/account/user`, with or without the nsc:// in front."""
    path = re.sub("(?i)^nsc://", "", reference)
    out = _run("nsc", "generate", "profile", f"nsc://{path}")
    try:
        profile = json.loads(out)
        servers = profile.get("operator", {}).get("service") or []
        return NscProfile(profile.get("user_creds") or "", ",".join(servers))
    except (ValueError, AttributeError, TypeError):
        raise SecretError(f"{reference}: `nsc generate profile` did not answer in JSON") from None


def _resolve(reference: str) -> str:
    if data := _DATA.fullmatch(reference):
        return _from_data(data["type"], data["payload"])
    found = _REFERENCE.fullmatch(reference)
    assert found is not None, "only references come here"
    match found[1].lower():
        case "env":
            return _from_env(found[2])
        case "op":
            return _run("op", "read", f"op://{found[2]}")
        case "nsc":
            return _from_nsc(reference)
        case _:
            return _read(expand_path(found[2]))


def _from_env(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise SecretError(f"env://{name}: the environment variable {name} is not set; export it")
    return value


def _from_nsc(reference: str) -> str:
    profile = nsc_profile(reference)
    if not profile.creds_path:
        raise SecretError(f"{reference}: nsc knows no credentials file for it; check `nsc env`")
    return _read(profile.creds_path)


def _from_data(header: str, payload: str) -> str:
    if not _is_base64(header):
        raise SecretError("data: URI without ;base64; write it as data:;base64,…")
    try:
        return base64.b64decode(payload, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise SecretError("data: URI whose payload is not base64 of text") from None


def _is_base64(header: str) -> bool:
    return "base64" in (part.strip().lower() for part in header.split(";"))


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except ValueError:  # bytes that are not text, or a path with a NUL in it
        raise SecretError(f"{path!r}: not a text file") from None
    except OSError as error:
        raise SecretError(f"{path}: {error.strerror or error}; {CHECK_PATH}") from None


def _run(*command: str) -> str:
    """Standard output of `command`; its errors are shown, its output (the secret) never is."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TOOL_SECONDS)
    except FileNotFoundError:
        raise SecretError(
            f"{command[-1]}: the `{command[0]}` tool is not on the PATH; install it"
        ) from None
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        reason = "no answer in time" if isinstance(error, subprocess.TimeoutExpired) else str(error)
        raise SecretError(f"{command[-1]}: `{' '.join(command[:2])}` failed: {reason}") from None
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise SecretError(f"{command[-1]}: `{' '.join(command[:2])}` failed: {reason}")
    return done.stdout
