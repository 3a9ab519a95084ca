"""Writing contexts as the `nats` tool does: only when somebody asks for it.

Every key is in a file that was written, files are 0600 in folders of 0700, and a file is replaced
in one go, so that nobody ever reads half of one.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from natstui.client.errors import Error
from natstui.client.urls import parse_urls
from natstui.model.contexts import (
    DEFAULTS,
    WINDOWS_KEYS,
    Context,
    ContextError,
    check_name,
    context_names,
    context_path,
    contexts_folder,
    nats_folder,
    parse_context,
    previous_context,
    read_keys,
    selected_context,
)


def save_context(name: str, changes: Mapping[str, Any]) -> Context:
    """Write the context with these keys changed, the others as they were; a new one if need be.

    ContextError when that would be no context, or the file cannot be written: nothing changed.
    """
    if not name:
        raise ContextError("a context needs a name")
    check_name(name)
    path = context_path(name)
    values = _every_key() | (read_keys(name, path) if path.exists() else {}) | dict(changes)
    if values["nsc"] and not values["creds"]:  # the older spelling
        values |= {"creds": f"nsc://{values['nsc'].removeprefix('nsc://')}", "nsc": ""}
    text = json.dumps(values, indent=2, ensure_ascii=False)
    context = parse_context(name, path, text)
    _check_servers(context)
    _write(path, text)
    return context


def select_context(name: str) -> None:
    """Make it the one that is used where none is named; `-` is the one that was so before."""
    chosen = previous_context() if name == "-" else name
    if not chosen:
        raise ContextError("no context was selected before; choose one by its name")
    check_name(chosen)
    if not context_path(chosen).is_file():
        known = ", ".join(context_names()) or f"none, there are no files in {contexts_folder()}"
        raise ContextError(f'context "{chosen}" does not exist; use one of: {known}')
    if (before := selected_context()) and before != chosen:
        _write(nats_folder() / "previous-context.txt", before)
    _write(nats_folder() / "context.txt", chosen)


def unselect_context() -> None:
    """Without a selection, the server on this machine is used; `select -` brings it back."""
    if before := selected_context():
        _write(nats_folder() / "previous-context.txt", before)
    try:
        (nats_folder() / "context.txt").unlink(missing_ok=True)
    except OSError as error:
        raise ContextError(f"{error.filename}: {error.strerror}") from None


def _every_key() -> dict[str, Any]:
    windows: dict[str, Any] = dict.fromkeys(WINDOWS_KEYS, "")
    return DEFAULTS | windows | {"windows_ca_certs_match": None}


def _check_servers(context: Context) -> None:
    if context.url.strip(", "):
        try:
            parse_urls(context.url)
        except Error as error:
            problem = str(error).removeprefix("nats: ")
            raise ContextError(f'context "{context.name}": url: {problem}') from None


def _write(path: Path, text: str) -> None:
    try:
        for folder in (nats_folder(), path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(
            "w",
            encoding="utf-8",
            dir=os.path.dirname(os.path.realpath(path)),
            prefix=".",
            suffix=".tmp",
            delete=False,
        ) as file:  # mode 0600
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                # What a link leads to is replaced, and not the link.
                os.replace(file.name, os.path.realpath(path))
            except BaseException:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise ContextError(f"{path}: {error.strerror or error}; nothing was changed") from None
