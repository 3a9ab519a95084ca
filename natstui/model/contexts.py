"""The contexts of the `nats` tool: the same files, names and rules, only ever read.

A context is `$XDG_CONFIG_HOME/nats/context/NAME.json` (`~/.config` without that variable), the
selected one is named in `nats/context.txt` beside it. Select, add and edit them with
`nats context`.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from natstui.model.secret_refs import SecretError, expand_path, nsc_profile

_EXPANDED = ("creds", "nkey", "cert", "key", "ca")
_IDENTITIES = ("user", "creds", "nkey", "nsc", "user_jwt")


class ContextError(Exception):
    """A context that cannot be used; the message is one line: which, where, what to do."""


@dataclass(frozen=True, repr=False)
class Context:
    """One context as written, paths expanded; without a file it is the empty context.

    Fields are the file's keys; what it lacks is "". Secrets may still be references
    (`natstui.model.secret_refs`); nothing here has been looked up except the deprecated `nsc`.
    """

    name: str = ""
    path: str = ""
    description: str = ""
    url: str = ""
    socks_proxy: str = ""
    token: str = ""
    user: str = ""
    password: str = ""
    creds: str = ""
    nkey: str = ""
    cert: str = ""
    key: str = ""
    ca: str = ""
    nsc: str = ""
    jetstream_domain: str = ""
    jetstream_api_prefix: str = ""
    jetstream_event_prefix: str = ""
    inbox_prefix: str = ""
    user_jwt: str = ""
    user_seed: str = ""
    color_scheme: str = ""
    tls_first: bool = False

    def __repr__(self) -> str:
        return f"Context(name={self.name!r}, path={self.path!r})"


# The keys of a file; its name and path are not among them.
_DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Context)[2:]}


def context_names() -> list[str]:
    """Names of the contexts that there are, sorted; empty files and other suffixes are not ones."""
    try:
        files = list(_contexts_folder().iterdir())
    except OSError:
        return []
    return sorted(f.stem for f in files if f.suffix == ".json" and f.is_file() and f.stat().st_size)


def selected_context() -> str:
    """The name that `nats context select` wrote, "" when none is selected."""
    try:
        return (_nats_folder() / "context.txt").read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def load_context(name: str = "") -> Context:
    """The context called `name`, or in the file `name` if that is an existing `….json` path.

    Without a name: the selected one, or the empty context when none is selected. ContextError
    names the context, the file or field, and what to do. May run `nsc`.
    """
    if name.endswith(".json") and Path(name).is_file():
        return _read(Path(name).stem, Path(name))
    chosen = name or selected_context()
    if not chosen:
        return Context()
    _check_name(chosen)
    path = _contexts_folder() / f"{chosen}.json"
    if not path.exists():
        raise ContextError(_unknown(chosen, selected=not name))
    return _read(chosen, path)


def _nats_folder() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "nats"


def _contexts_folder() -> Path:
    return _nats_folder() / "context"


def _check_name(name: str) -> None:
    if any(part in name for part in ("..", "/", "\\")):
        raise ContextError(
            f'context "{name}": a name may not contain "..", "/" or "\\"; '
            "to use a file, give the path of one that exists and ends in .json"
        )


def _unknown(name: str, *, selected: bool) -> str:
    known = ", ".join(context_names()) or f"none, there are no files in {_contexts_folder()}"
    if selected:
        return (
            f'context "{name}" is selected but does not exist; '
            f"select one that does with `nats context select` or use --no-context (known: {known})"
        )
    return f'context "{name}" does not exist; use one of: {known}'


def _read(name: str, path: Path) -> Context:
    where = f'context "{name}" ({path})'
    try:
        values = json.loads(path.read_text())
    except OSError as error:
        raise ContextError(f"{where}: cannot read it: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ContextError(
            f"{where}: not a text file; write it again with `nats context`"
        ) from None
    except json.JSONDecodeError as error:
        raise ContextError(
            f"{where}: not valid JSON, line {error.lineno} column {error.colno}: {error.msg}"
        ) from None
    if not isinstance(values, dict):
        raise ContextError(f"{where}: must hold one JSON object of settings")
    context = Context(**_checked(where, values) | {"name": name, "path": str(path)})
    _check_identity(where, context)
    return _with_nsc(where, context)


def _checked(where: str, values: dict[str, Any]) -> dict[str, Any]:
    """The known fields with a value of the right type; unknown ones belong to newer tools."""
    known: dict[str, Any] = {}
    for key, default in _DEFAULTS.items():
        value = values.get(key)
        if value is None:
            continue
        if type(value) is not type(default):
            kind = "true or false" if default is False else "text in quotes"
            raise ContextError(f'{where}: "{key}" must be {kind}')
        known[key] = expand_path(value) if key in _EXPANDED else value
    return known


def _check_identity(where: str, context: Context) -> None:
    given = [name for name in _IDENTITIES if getattr(context, name)]
    if len(given) > 1:
        raise ContextError(f"{where}: {', '.join(given)} are set together; keep one of them")


def _with_nsc(where: str, context: Context) -> Context:
    """`nsc` resolved into credentials, and into the servers where the file names none."""
    if not context.nsc:
        return context
    try:
        profile = nsc_profile(context.nsc)
    except SecretError as error:
        raise ContextError(f"{where}: nsc: {error}") from None
    if not profile.creds_path:
        raise ContextError(f"{where}: nsc: {context.nsc} has no credentials; check `nsc env`")
    return replace(context, creds=profile.creds_path, url=context.url or profile.servers)
