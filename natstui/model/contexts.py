"""The contexts of the `nats` tool: the same files, names and rules. Here they are only read.

A context is `$XDG_CONFIG_HOME/nats/context/NAME.json` (`~/.config` without that variable), the
selected one is named in `nats/context.txt` beside it, the one before in `previous-context.txt`.
They are written by `natstui.model.context_writing`, when somebody asks for that.
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from natstui.model.secret_refs import SecretError, expand_path, nsc_profile

_EXPANDED = ("creds", "nkey", "cert", "key", "ca")
_IDENTITIES = ("user", "creds", "nkey", "nsc", "user_jwt")
# As the `nats` tool names them; "rounded" and "double" are of its tables, and no colour.
COLOR_SCHEMES = ("rounded", "double", "yellow", "blue", "cyan", "green", "magenta", "red")
# Of the certificate store of Windows; they are carried along.
WINDOWS_KEYS = (
    "windows_cert_store",
    "windows_cert_match_by",
    "windows_cert_match",
    "windows_ca_certs_match",
)
_OR_ELSE = "or choose another context with --context, or none with --no-context"


class ContextError(Exception):
    """A context that cannot be used; the message is one line: which, where, what to do."""


@dataclass(frozen=True, repr=False)
class Context:
    """One context as written, paths expanded; without a file it is the empty context.

    Fields are the file's keys; what it lacks is "". Secrets may still be references
    (`natstui.model.secret_refs`); nothing here has been looked up except the deprecated `nsc`.
    `notes` are lines about what in the file has no effect.
    """

    name: str = ""
    path: str = ""
    notes: tuple[str, ...] = ()
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


# The keys of a file; name, path and notes are not among them.
DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Context)[3:]}


def context_names() -> list[str]:
    """Names of the contexts that there are, sorted; empty files and other suffixes are not ones."""
    try:
        files = list(contexts_folder().iterdir())
    except (OSError, ContextError):
        return []
    return sorted(file.stem for file in files if file.suffix == ".json" and _holds_something(file))


def _holds_something(file: Path) -> bool:
    try:
        return file.is_file() and file.stat().st_size > 0
    except OSError:  # it is gone meanwhile
        return False


def selected_context() -> str:
    """The name that `nats context select` wrote, "" when none is selected."""
    return _name_in("context.txt")


def previous_context() -> str:
    """The one that was selected before, "" without one."""
    return _name_in("previous-context.txt")


def _name_in(file: str) -> str:
    try:
        return (nats_folder() / file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError, ContextError):
        return ""


def load_context(name: str = "") -> Context:
    """The context called `name`, or in the file `name` if that is an existing `….json` path.

    Without a name: the selected one, or the empty context when none is selected. ContextError
    names the context, the file or field, and what to do. May run `nsc`.
    """
    context = read_context(name)
    return _with_nsc(context)


def read_context(name: str = "") -> Context:
    """As `load_context`, without running `nsc` for a context that uses that key."""
    if name.endswith(".json") and Path(name).is_file():
        return _read(Path(name).stem, Path(name))
    chosen = name or selected_context()
    if not chosen:
        return Context()
    check_name(chosen)
    path = context_path(chosen)
    try:
        return _read(chosen, path)
    except FileNotFoundError:
        raise ContextError(_unknown(chosen, selected=not name)) from None


def read_keys(name: str, path: Path | str) -> dict[str, Any]:
    """All that the file holds, unknown keys too; ContextError if it is not to be read."""
    return _values(_where(name, path), _text(_where(name, path), Path(path)))


def nats_folder() -> Path:
    """`$XDG_CONFIG_HOME/nats`, by default `~/.config/nats`; it need not exist."""
    home = os.environ.get("XDG_CONFIG_HOME")
    if home:
        return Path(home) / "nats"
    try:
        return Path.home() / ".config" / "nats"
    except RuntimeError:  # a user that the system does not know, and no $HOME
        raise ContextError("there is no home folder to look for contexts in; set HOME") from None


def contexts_folder() -> Path:
    """Where the files are."""
    return nats_folder() / "context"


def context_path(name: str) -> Path:
    """The file of the context with this name, which need not be there."""
    return contexts_folder() / f"{name}.json"


def check_name(name: str) -> None:
    """ContextError for what cannot be the name of a context."""
    if any(part in name for part in ("..", "/", "\\")):
        raise ContextError(
            f'context "{name}": a name may not contain "..", "/" or "\\"; '
            "to use a file, give the path of one that exists and ends in .json"
        )


def _unknown(name: str, *, selected: bool) -> str:
    known = ", ".join(context_names()) or f"none, there are no files in {contexts_folder()}"
    if selected:
        return (
            f'context "{name}" is selected but does not exist; select one that does '
            f"with `natstui context select`, or use --no-context (known: {known})"
        )
    return f'context "{name}" does not exist; use one of: {known}'


def _where(name: str, path: Path | str) -> str:
    return f'context "{name}" ({path})'


def _read(name: str, path: Path) -> Context:
    return parse_context(name, path, _text(_where(name, path), path))


def parse_context(name: str, path: Path, text: str) -> Context:
    """What `text`, which is or will be in the file `path`, says; ContextError if it cannot be."""
    where = _where(name, path)
    values = _values(where, text)
    known = _checked(where, text, values)
    context = Context(**known, name=name, path=str(path), notes=_notes(path, text, values))
    _check_identity(where, context)
    return context


def _text(where: str, path: Path) -> str:
    """FileNotFoundError when there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ContextError(
            f"{where}: cannot read it: {error.strerror or error}; mend its permissions, {_OR_ELSE}"
        ) from None
    except UnicodeDecodeError:
        raise ContextError(
            f"{where}: not a text file; write it again with `natstui context save`, {_OR_ELSE}"
        ) from None


def _values(where: str, text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise ContextError(
            f"{where}: not valid JSON, line {error.lineno} column {error.colno}: {error.msg}; "
            f"mend it there, {_OR_ELSE}"
        ) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
        values = None
    if not isinstance(values, dict):
        raise ContextError(f"{where}: must hold one JSON object of settings; mend it, {_OR_ELSE}")
    return values


def _checked(where: str, text: str, values: dict[str, Any]) -> dict[str, Any]:
    """The known fields with a value of the right type."""
    known: dict[str, Any] = {}
    for key, default in DEFAULTS.items():
        value = values.get(key)
        if value is None:
            continue
        if type(value) is not type(default):
            kind = "true or false" if default is False else "text in quotes"
            raise ContextError(f'{where}, line {_line_of(key, text)}: "{key}" must be {kind}')
        known[key] = expand_path(value) if key in _EXPANDED else value
    return known


def _notes(path: Path, text: str, values: dict[str, Any]) -> tuple[str, ...]:
    """What is in the file and has no effect: unknown keys belong to newer tools, or are typos."""
    said = {}
    for key, value in values.items():
        if key in WINDOWS_KEYS:
            if value and sys.platform != "win32":
                said[key] = f"key {key!r} is for Windows, and not used"
        elif key not in DEFAULTS:
            near = get_close_matches(key, DEFAULTS, n=1, cutoff=0.75)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            said[key] = f"unknown key {key!r} is not used{hint}"
    scheme = values.get("color_scheme")
    if scheme and str(scheme).lower() not in COLOR_SCHEMES:
        known = ", ".join(COLOR_SCHEMES)
        said["color_scheme"] = f"unknown color_scheme {scheme!r} is not used (known: {known})"
    # The place comes last: in the event drawer a line may be cut.
    return tuple(f"{what} ({path}, line {_line_of(key, text)})" for key, what in said.items())


def place_of(context: Context, key: str) -> str:
    """Where in which file a setting stands, for who has to mend it."""
    where = _where(context.name, context.path)
    try:
        text = Path(context.path).read_text(encoding="utf-8")
    except (OSError, ValueError):  # there is none, or it is another one by now
        return where
    return f"{where}, line {_line_of(key, text)}" if json.dumps(key) in text else where


def _line_of(key: str, text: str) -> int:
    found = re.search(rf"{re.escape(json.dumps(key))}\s*:", text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _check_identity(where: str, context: Context) -> None:
    given = [name for name in _IDENTITIES if getattr(context, name)]
    if len(given) > 1:
        raise ContextError(f"{where}: {', '.join(given)} are set together; keep one of them")


def _with_nsc(context: Context) -> Context:
    """`nsc` resolved into credentials, and into the servers where the file names none."""
    if not context.nsc:
        return context
    try:
        profile = nsc_profile(context.nsc)
    except SecretError as error:
        raise ContextError(f"{place_of(context, 'nsc')}: nsc: {error}") from None
    if not profile.creds_path:
        where = place_of(context, "nsc")
        raise ContextError(f"{where}: nsc: {context.nsc} has no credentials; check `nsc env`")
    return replace(context, creds=profile.creds_path, url=context.url or profile.servers)
