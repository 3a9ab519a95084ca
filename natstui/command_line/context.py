"""`natstui context`: the contexts of the `nats` tool, seen, selected and written."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from natstui.command_line.arguments import (
    CONFIG,
    CONNECTION_NAME,
    CONTEXT,
    TIMEOUT,
    VALUE_FLAGS,
    Parser,
    UsageError,
    add_connection_flags,
    first_word,
    without_value,
)
from natstui.headless.complaints import complain
from natstui.headless.table import Heading, table
from natstui.model.context_shown import shown, who, without_user_info
from natstui.model.context_writing import save_context, select_context, unselect_context
from natstui.model.contexts import (
    Context,
    ContextError,
    context_names,
    read_context,
    read_keys,
    selected_context,
)
from natstui.model.safe_text import clean
from natstui.model.secret_refs import is_bare_path

NAMES = ("context", "ctx")
_NOT_KEPT = (
    *(CONTEXT.name, TIMEOUT.name, CONNECTION_NAME.name, CONFIG.name),
    *("--no-context", "--trace"),
)
_PATHS = {"creds", "nkey", "cert", "key", "ca"}

EPILOG = """\
commands:
  ls                  all contexts; * marks the selected one (the default)
  show [NAME]         what is in one, its secrets hidden
  select NAME         use it where none is named; - is the one before
  previous            the same as select -
  unselect            use none
  save NAME [flags]   write it: a new one, or these settings of an old one;
                      an empty value ('') clears a setting

They are the files of the nats tool, read and written as it does; see
docs/contexts.md. Nothing but select, previous, unselect and save writes any.
What save is given with a flag stands in the file as it was typed, secrets
too: rather give it env://NAME, op://… or file://….

examples:
  natstui context
  natstui context show prod --json | jq .settings.url
  natstui context save prod -s tls://a:4222,tls://b:4222 --creds ~/prod.creds \\
      --colors red --description 'do not touch'
  natstui context save prod --creds '' --user me --password env://PROD_PASSWORD
  natstui context select prod && natstui

exit codes:
  0 done   2 what was typed cannot be, or there is no such context, or its file
  is broken
"""


def arguments_of(argv: Sequence[str]) -> list[str] | None:
    """The other arguments, if the first word in `argv` is our command; None if it is not."""
    place = first_word(argv)
    if place is None or argv[place] not in NAMES:
        return None
    return [*argv[:place], *argv[place + 1 :]]


def run(argv: list[str]) -> int:
    """Do it; the exit code. UsageError if it cannot be. `--help` raises SystemExit(0)."""
    try:
        given = _parse(argv)
        verb, *words = given.words or ["ls"]
        do, most = VERBS.get(verb, (None, 0))
        if do is None:
            raise UsageError(f"{verb!r} is none of: {', '.join(VERBS)}")
        if len(words) > most:
            raise UsageError(f"{words[most]!r} is more than `natstui context {verb}` takes")
        _check_flags(verb, given)
        do(words[0] if words else "", given)
    except (UsageError, ContextError) as error:
        raise UsageError(str(error), NAMES[0]) from None
    return 0


# What it does


def _list(_: str, given: argparse.Namespace) -> None:
    names, selected = context_names(), selected_context()
    if given.names:
        print("".join(f"{clean(name)}\n" for name in names), end="")
        return
    found = [_summary(name, selected) for name in names]
    if given.json:
        print(json.dumps(found, indent=2))
        return
    if selected and selected not in names:
        complain(f'context "{selected}" is selected, but does not exist; select another one')
    if not found:
        complain("there are no contexts; write one with: natstui context save NAME -s URL")
        return
    rows = [[_name(row), row["url"], row["who"], _about(row)] for row in found]
    print(table([*map(Heading, ("NAME", "SERVERS", "WHO", "ABOUT"))], rows), end="")


def _name(row: dict[str, Any]) -> str:
    return f"{row['name']}{' *' if row['selected'] else ''}"


def _about(row: dict[str, Any]) -> str:
    return str(row["problem"] or row["description"])


def _summary(name: str, selected: str) -> dict[str, Any]:
    """Of a broken one, what is wrong: the others are of use all the same."""
    context, problem = Context(), ""
    try:
        context = read_context(name)
    except ContextError as error:
        problem = str(error)
    return {
        "name": name,
        "selected": name == selected,
        "description": context.description,
        "url": without_user_info(context.url),
        "who": who(context),
        "problem": problem,
    }


def _show(name: str, given: argparse.Namespace) -> None:
    context = read_context(name)
    if not context.path:
        raise UsageError("no context is selected; name one, or select one")
    keys = read_keys(context.name, context.path)
    settings = {key: shown(key, value) for key, value in keys.items() if value}
    is_selected = context.name == selected_context()
    if given.json:
        about = {"name": context.name, "path": context.path, "selected": is_selected}
        print(json.dumps({**about, "settings": settings, "notes": context.notes}, indent=2))
        return
    rows = [("name", f"{context.name}{' (selected)' if is_selected else ''}")]
    rows += [("file", context.path), *settings.items()]
    width = max(len(clean(key)) for key, _ in rows)
    print("".join(f"{clean(key):<{width}}  {clean(text)}\n" for key, text in rows), end="")
    for note in context.notes:
        complain(note)


def _select(name: str, _: argparse.Namespace) -> None:
    if not name:
        raise UsageError("which one? name it, or - for the one before")
    select_context(name)
    print(f"selected {clean(selected_context())}")


def _previous(_: str, given: argparse.Namespace) -> None:
    _select("-", given)


def _unselect(_: str, given: argparse.Namespace) -> None:
    unselect_context()
    print("no context is selected")


def _save(name: str, given: argparse.Namespace) -> None:
    context = save_context(name, _changes(given))
    print(f"wrote {clean(context.path)}")
    for note in context.notes:
        complain(note)
    if given.select:
        _select(name, given)


def _changes(given: argparse.Namespace) -> dict[str, Any]:
    """What flags say; the environment has no say in what is kept."""
    changes: dict[str, Any] = {}
    for flag in VALUE_FLAGS:
        value = getattr(given, flag.key, None)
        if flag.setting and value is not None:
            is_path = flag.setting in _PATHS and is_bare_path(value)
            changes[flag.setting] = _absolute(value) if is_path else value
    if given.description is not None:
        changes["description"] = given.description
    if given.tlsfirst or given.no_tlsfirst:
        changes["tls_first"] = given.tlsfirst
    return changes


def _absolute(path: str) -> str:
    """A file that is here must be found from elsewhere, too."""
    return os.path.abspath(path) if path and Path(path).exists() else path


# What is typed


VERBS: dict[str, tuple[Callable[[str, argparse.Namespace], None], int]] = {
    "ls": (_list, 0),
    "show": (_show, 1),
    "select": (_select, 1),
    "previous": (_previous, 0),
    "unselect": (_unselect, 0),
    "save": (_save, 1),
}
_ONLY_FOR = {"json": ("ls", "show"), "names": ("ls",), "select": ("save",)}


def _check_flags(verb: str, given: argparse.Namespace) -> None:
    for key, verbs in _ONLY_FOR.items():
        if getattr(given, key) and verb not in verbs:
            raise UsageError(f"--{key}: goes with {' and '.join(verbs)}")
    if verb != "save" and _changes(given):
        raise UsageError(f"`natstui context {verb}` takes no settings; they go with save")
    if given.tlsfirst and given.no_tlsfirst:
        raise UsageError("--tlsfirst and --no-tlsfirst exclude each other")


def _parse(argv: list[str]) -> argparse.Namespace:
    given, unknown = parser().parse_known_intermixed_args(argv)
    if unknown:
        raise UsageError(f"unknown flag {without_value(unknown[0])}")
    return given


def parser() -> Parser:
    """Its flags."""
    made = Parser(
        prog="natstui context",
        usage="natstui context [ls | show [NAME] | select NAME | previous | unselect |"
        "\n                       save NAME] [flags]",
        description="The contexts of the nats tool.",
        epilog=EPILOG,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=26, width=80
        ),
        allow_abbrev=False,
    )
    made.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    made.add_argument("-j", "--json", action="store_true", help="for programs (ls, show)")
    made.add_argument("-n", "--names", action="store_true", help="names only (ls)")
    made.add_argument("--select", action="store_true", help="and select it (save)")
    made.add_argument("--description", metavar="TEXT", help="what it is for (save)")
    made.add_argument("--no-tlsfirst", action="store_true", help="undo --tlsfirst (save)")
    add_connection_flags(made, skip=_NOT_KEPT, with_variables=False)
    return made
