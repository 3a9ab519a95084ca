"""Flags over environment over context over defaults: one Settings out of all of them."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from natstui import __version__
from natstui.client.errors import Error
from natstui.client.protocol.subjects import valid_subscribe_subject
from natstui.client.urls import parse_urls
from natstui.command_line.arguments import (
    COLORS,
    CONFIG,
    CONNECTION_NAME,
    CONTEXT,
    MONITOR,
    TIMEOUT,
    VALUE_FLAGS,
    Flag,
    UsageError,
)
from natstui.model.config import Config, Problem
from natstui.model.config_reading import config_path, read_config
from natstui.model.connect_options import connect_options
from natstui.model.contexts import COLOR_SCHEMES, Context, ContextError, load_context, place_of
from natstui.model.durations import parse_duration
from natstui.model.settings import DEFAULT_SERVER, DEFAULT_TIMEOUT, Settings
from natstui.model.watch import parse_watch


def merged_settings(given: Namespace) -> Settings:
    """What to connect to and how. UsageError is one line that says what to mend.

    Reads the environment and the context's files, and may run `op` or `nsc` for a secret.
    """
    try:
        context, origins = _override(_context(given), given)
        timeout = _timeout(given)
        options = connect_options(context, origins)
        return Settings(
            servers=_servers(context, origins),
            context=context.name or None,
            connect_options=options
            | {
                "name": _value(CONNECTION_NAME, given) or f"natstui {__version__}",
                "connect_timeout": timeout,
            },
            read_only=given.read_only,
            subjects=_subjects(given),
            color_scheme=context.color_scheme,
            timeout=timeout,
            js_domain=context.jetstream_domain,
            js_api_prefix=context.jetstream_api_prefix,
            js_event_prefix=context.jetstream_event_prefix,
            notes=context.notes,
            trace=given.trace,
            config=wanted_config(given),
            monitors=_monitors(given),
        )
    except ContextError as error:
        raise UsageError(str(error)) from None


def wanted_config(given: Namespace) -> Config:
    """What the user wants of the explorer; UsageError if a file that was named cannot be read.

    What is wrong in it is in its `problems`. A file that nobody named need not be there.
    """
    named = _value(CONFIG, given)
    path = Path(named).expanduser() if named else config_path()
    try:
        return read_config(path, parse_watch)
    except OSError as error:
        reason = error.strerror or str(error)
        if named:
            raise UsageError(f"{_origin(CONFIG, given)}: {named}: {reason}") from None
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        return Config(problems=() if missing else (Problem(str(path), 0, reason),))


def refuse_connection_flags(given: Namespace, command: str) -> None:
    """UsageError when a flag says where to connect, for a command that has its own server."""
    for flag in VALUE_FLAGS:
        if flag is not CONFIG and getattr(given, flag.key) is not None:
            raise UsageError(f"{flag.name}: natstui {command} starts a server of its own")


def refuse_further_words(given: Namespace, command: str) -> None:
    """UsageError when something follows a command that takes nothing."""
    if len(given.words) > 1:
        raise UsageError(
            f"natstui {command} takes no subjects, but found {given.words[1]!r}; "
            f"to tail a subject called {command}: natstui -- {command}"
        )


def _subjects(given: Namespace) -> tuple[str, ...]:
    for subject in given.words:
        if not valid_subscribe_subject(subject):
            raise UsageError(
                f"{subject!r} is no subject: words with dots between them; "
                "* stands for one word, > at the end for the rest"
            )
    return tuple(dict.fromkeys(given.words))


def _context(given: Namespace) -> Context:
    if given.no_context:
        if given.context:
            raise UsageError("--context and --no-context exclude each other")
        return Context()
    return load_context(_value(CONTEXT, given))


def _override(context: Context, given: Namespace) -> tuple[Context, dict[str, str]]:
    """The context with what flags and environment set, and which of them set it."""
    settings = {flag.setting: flag for flag in VALUE_FLAGS if flag.setting and _value(flag, given)}
    values: dict[str, Any] = {setting: _value(flag, given) for setting, flag in settings.items()}
    origins = {setting: _origin(flag, given) for setting, flag in settings.items()}
    if "user" in values and "password" not in values:
        # What the `nats` tool does: a user alone is a token, and leaves the context's user be.
        user, origin = values.pop("user"), origins.pop("user")
        values.setdefault("token", user)
        origins.setdefault("token", origin)
    if given.tlsfirst:
        values["tls_first"] = True
    merged = replace(context, **values)
    _check_scheme(given)
    _check_companions(merged, given)
    return merged, origins


def _check_scheme(given: Namespace) -> None:
    """That of a context may be any: newer tools may know others."""
    scheme = _value(COLORS, given)
    if scheme and scheme.lower() not in COLOR_SCHEMES:
        raise UsageError(
            f"{_origin(COLORS, given)}: there is no {scheme!r}; "
            f"use one of: {', '.join(COLOR_SCHEMES)}"
        )


def _check_companions(merged: Context, given: Namespace) -> None:
    """A secret that was typed and would go unused was meant to be used."""
    if given.password and not merged.user:
        raise UsageError("--password: needs --user beside it")
    if given.seed and not merged.user_jwt:
        raise UsageError("--seed: needs --jwt beside it; a seed alone goes into a file for --nkey")


def _value(flag: Flag, given: Namespace) -> str:
    typed: str | None = getattr(given, flag.key)
    return os.environ.get(flag.env, "") if typed is None and flag.env else typed or ""


def _origin(flag: Flag, given: Namespace) -> str:
    return flag.env if getattr(given, flag.key) is None else flag.name


def _servers(context: Context, origins: dict[str, str]) -> tuple[str, ...]:
    if not context.url.strip(", "):
        return (DEFAULT_SERVER,)
    try:
        parse_urls(context.url)
    except Error as error:
        origin = origins.get("url") or f"{place_of(context, 'url')}: url"
        raise UsageError(f"{origin}: {str(error).removeprefix('nats: ')}") from None
    return tuple(url.strip() for url in context.url.split(",") if url.strip())


def _monitors(given: Namespace) -> tuple[str, ...]:
    urls = [url.strip().rstrip("/") for url in _value(MONITOR, given).split(",")]
    for url in filter(None, urls):
        try:
            parts = urlsplit(url)
            known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            known = False
        if not known or "@" in url or not url.isprintable() or " " in url:
            # It may hold a password, which nobody else should read.
            origin = _origin(MONITOR, given)
            raise UsageError(f"{origin}: that is no address like http://127.0.0.1:8222")
    return tuple(dict.fromkeys(filter(None, urls)))


def _timeout(given: Namespace) -> float:
    text = _value(TIMEOUT, given)
    try:
        seconds = parse_duration(text) if text else DEFAULT_TIMEOUT
    except ValueError as error:
        raise UsageError(f"{_origin(TIMEOUT, given)}: {error}") from None
    if not seconds:
        raise UsageError(f"{_origin(TIMEOUT, given)}: must be more than nothing")
    return seconds
