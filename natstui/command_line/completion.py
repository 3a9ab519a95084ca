"""Completion for shells: `natstui completion bash` prints what a shell has to read once.

With each TAB the shell then asks natstui itself, through argcomplete: commands and flags are those
of the parsers, contexts those that there are, streams, consumers and buckets those that the server
names within a second.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TextIO, cast

import argcomplete
from argcomplete.completers import BaseCompleter, FilesCompleter, SuppressCompleter
from argcomplete.shell_integration import shellcode

from natstui.command_line import (
    arguments,
    comparing,
    config,
    context,
    doctor,
    headless,
    help,
    recordings,
)
from natstui.command_line.arguments import COLORS, CONTEXT, Parser, UsageError, first_word
from natstui.command_line.merge import merged_settings
from natstui.headless.server import PAGES
from natstui.model.contexts import (
    COLOR_SCHEMES,
    Context,
    ContextError,
    context_names,
    read_context,
)
from natstui.model.known_names import Names, known_names

NAME = "completion"
SHELLS = ("bash", "zsh", "fish")
ASKED = "_ARGCOMPLETE"
"""The environment variable that a shell sets when it asks for completions."""

EPILOG = """\
examples:
  source <(natstui completion bash)      # in ~/.bashrc
  source <(natstui completion zsh)       # in ~/.zshrc, after compinit
  natstui completion fish | source       # in ~/.config/fish/config.fish
"""

_ASKING_PEOPLE = ("op://", "nsc://")


class Given(argparse.Namespace):
    """What was typed before the word that is being completed."""

    words: list[str] | None
    no_context: bool


Completer = Callable[[Given], Collection[str]]


def arguments_of(argv: Sequence[str]) -> list[str] | None:
    """The other arguments, if the first word in `argv` is our command; None if it is not."""
    place = first_word(argv)
    if place is None or argv[place] != NAME:
        return None
    return [*argv[:place], *argv[place + 1 :]]


def run(argv: list[str]) -> int:
    """Print what the shell has to read; the exit code. UsageError if there is no such shell."""
    try:
        shell: str = parser().parse_args(argv).shell
    except UsageError as error:
        raise UsageError(str(error), NAME) from None
    print(shellcode(["natstui"], shell=shell))
    return 0


def complete(exit: Callable[[int], object] = os._exit, answer: TextIO | None = None) -> None:
    """Answer the shell, and end the process: what argcomplete found stands in `answer`."""
    argcomplete.autocomplete(
        all_commands(),
        always_complete_options=False,
        default_completer=SuppressCompleter(),
        exit_method=exit,
        output_stream=answer,
    )


def parser() -> Parser:
    """Its words."""
    made = Parser(
        prog=f"natstui {NAME}",
        usage=f"natstui {NAME} {'|'.join(SHELLS)}",
        description="What makes a shell complete commands, flags, contexts and names.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("shell", choices=SHELLS, metavar="SHELL", help="the shell that is to read it")
    return made


def all_commands() -> Parser:
    """One parser of all commands, each with what may be typed where."""
    whole = arguments.parser(words=False)
    _complete_flags(whole)
    commands = whole.add_subparsers()
    for name, command, words in _commands():
        _complete_flags(command)
        for action in command._actions:
            if action.option_strings:
                action.default = argparse.SUPPRESS  # what stands before the command holds
                continue
            action.help = None  # what --help leaves out is not said here either
            if words is not None:
                _set(action, words)
        commands.add_parser(name, parents=[command], add_help=False, allow_abbrev=False)
    return whole


def _commands() -> Iterable[tuple[str, Parser, Completer | None]]:
    yield "demo", arguments.parser(words=False), None
    yield doctor.NAME, doctor.parser(), None
    yield config.NAME, config.parser(), None
    yield help.NAME, help.parser(), lambda _: help.topics()
    yield NAME, parser(), None
    yield context.NAMES[0], context.parser(), _context_words
    yield comparing.NAME, comparing.parser(), _compared
    for name, command in headless.COMMANDS.items():
        yield name, headless.parser_of(command), _WORDS.get(name)
    for name, recording in recordings.COMMANDS.items():
        yield name, recordings.parser_of(recording), None


def _complete_flags(made: Parser) -> None:
    for action in made._actions:
        if action.metavar == "FILE":
            cast(Any, action).completer = FilesCompleter()
        elif action.dest in (CONTEXT.key, "beside"):
            _set(action, lambda _: context_names())
        elif action.dest == "stream":
            _set(action, _streams)
        elif action.dest == COLORS.key:
            _set(action, lambda _: COLOR_SCHEMES)


def _set(action: argparse.Action, completer: Completer) -> None:
    cast(Any, action).completer = _Completer(completer)


class _Completer(BaseCompleter):
    """As argcomplete calls it; what fails completes nothing."""

    def __init__(self, completer: Completer) -> None:
        self.completer = completer

    def __call__(
        self,
        *,
        prefix: str,
        action: argparse.Action,
        parser: argparse.ArgumentParser,
        parsed_args: argparse.Namespace,
    ) -> list[str]:
        try:
            return sorted(self.completer(cast(Given, parsed_args)))
        except (UsageError, ContextError, OSError):
            return []


# Words


def _context_words(given: Given) -> Collection[str]:
    if not given.words:
        return context.VERBS
    return context_names() if given.words[0] in ("show", "select", "save") else ()


def _compared(given: Given) -> Collection[str]:
    match given.words or []:
        case []:
            return comparing.WHAT
        case [what]:
            return _names(given, "buckets" if what == "kv" else "streams")
    return ()


def _streams(given: Given) -> Collection[str]:
    return _names(given, "streams")


def _consumers(given: Given) -> Collection[str]:
    match given.words or []:
        case []:
            return _names(given, "streams")
        case [stream]:
            return _names(given, "consumers", stream)
    return ()


def _buckets(given: Given) -> Collection[str]:
    return () if given.words else _names(given, "buckets")


def _object_buckets(given: Given) -> Collection[str]:
    return () if given.words else _names(given, "object buckets")


_WORDS: dict[str, Completer] = {
    "streams": _streams,
    "consumers": _consumers,
    "dead-letters": lambda given: () if given.words else _names(given, "streams"),
    "kv": _buckets,
    "objects": _object_buckets,
    "server": lambda given: () if given.words else PAGES,
}


def _names(given: Given, what: Names, stream: str = "") -> list[str]:
    if _asks_people(given):
        return []
    blank = vars(arguments.parse_arguments([]))
    typed = {name: value for name, value in vars(given).items() if value is not None}
    settings = merged_settings(argparse.Namespace(**{**blank, **typed, "words": []}))
    return asyncio.run(known_names(settings, what, stream))


def _asks_people(given: Given) -> bool:
    """Whether a secret is where somebody has to show a finger, or type, for it."""
    name = getattr(given, CONTEXT.key, None) or os.environ.get(CONTEXT.env, "")
    wanted = Context() if given.no_context else read_context(name)
    if wanted.nsc:
        return True
    values = [*vars(wanted).values(), *vars(given).values()]
    return any(isinstance(value, str) and value.startswith(_ASKING_PEOPLE) for value in values)
