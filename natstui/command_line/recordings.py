"""`natstui record`: its flags, and the help that teaches them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from natstui.command_line.arguments import (
    Parser,
    UsageError,
    add_connection_flags,
    first_word,
    without_value,
)
from natstui.command_line.merge import merged_settings
from natstui.headless.complaints import complain
from natstui.headless.request import BadInputError
from natstui.model.durations import parse_duration
from natstui.model.settings import Settings
from natstui.model.sizes import parse_size

EXIT_CODES = """\
exit codes:
  0 done   1 fewer than --count came in time   2 what was typed cannot be
  3 no connection, no permission, a full disk
  130, 143, 129 ended by ctrl-c, SIGTERM, SIGHUP
"""


class RecordingCommand(NamedTuple):
    """`words` is what follows its name; `add` adds its flags, and `run` returns the exit code."""

    name: str
    words: str
    about: str
    epilog: str
    add: Callable[[Parser], None]
    run: Callable[[argparse.Namespace, Settings], int]


def recording_command(argv: Sequence[str]) -> tuple[RecordingCommand, list[str]] | None:
    """The command in `argv` and the other arguments; None if it is none of ours."""
    place = first_word(argv)
    if place is None or argv[place] not in COMMANDS:
        return None
    return COMMANDS[argv[place]], [*argv[:place], *argv[place + 1 :]]


def run(command: RecordingCommand, argv: list[str]) -> int:
    """Do what the flags in `argv` ask for; the exit code. UsageError if they cannot be.

    `--help` prints and raises SystemExit(0).
    """
    try:
        given = parse(command, argv)
        connection = argparse.Namespace(**{**vars(given), "words": [], "timeout": None})
        settings = merged_settings(connection)
        for note in settings.notes:
            complain(note)
        return command.run(given, settings)
    except (UsageError, BadInputError) as error:
        raise UsageError(str(error), command.name) from None


def parse(command: RecordingCommand, argv: list[str]) -> argparse.Namespace:
    """The flags in `argv`, None where not given, and `words`."""
    given, unknown = parser_of(command).parse_known_intermixed_args(argv)
    if unknown:
        raise UsageError(f"unknown flag {without_value(unknown[0])}")
    return given


def parser_of(command: RecordingCommand) -> Parser:
    """The flags of a command."""
    parser = Parser(
        prog=f"natstui {command.name}",
        usage=f"natstui {command.name} {command.words} [flags]",
        description=command.about,
        epilog=f"{command.epilog}\nmore: docs/recordings.md",
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=26, width=80
        ),
        allow_abbrev=False,
    )
    parser.add_argument("words", nargs="*", metavar=command.words, help=argparse.SUPPRESS)
    command.add(parser)
    add_connection_flags(parser, skip=("--timeout", "--colors"))
    parser.set_defaults(colors=None)
    return parser


# Record


def _add_record(parser: Parser) -> None:
    group = parser.add_argument_group("what is recorded, and how long")
    group.add_argument("--filter", metavar="TEXT", help="as in the pane: text, /regex/, -not")
    group.add_argument("--count", metavar="N", help="end after N messages")
    group.add_argument("--timeout", metavar="TIME", help="end after this time")
    group.add_argument("--max-bytes", metavar="SIZE", help="end before the file is larger")
    # Harmless: nothing is ever changed.
    parser.add_argument("--read-only", action="store_true", help=argparse.SUPPRESS)


def _record(given: argparse.Namespace, settings: Settings) -> int:
    from natstui.headless.record import RecordRequest, run  # here: other commands need no client

    if not given.words:
        raise UsageError("a file is needed, as in: natstui record orders.ndjson 'orders.>'")
    file, *subjects = given.words
    request = RecordRequest(
        Path(file),
        tuple(subjects),
        filter=given.filter or "",
        count=_value("--count", given.count, _number),
        timeout=_value("--timeout", given.timeout, parse_duration),
        max_bytes=_value("--max-bytes", given.max_bytes, parse_size),
    )
    return run(settings, request)


# What flags hold

T = TypeVar("T", int, float)


def _value(flag: str, text: str | None, parse: Callable[[str], T]) -> T | None:
    """What was typed behind a flag, more than nothing; None if it was not given."""
    if text is None:
        return None
    try:
        value = parse(text)
    except ValueError as error:
        raise UsageError(f"{flag}: {error}") from None
    if not value:
        raise UsageError(f"{flag}: must be more than nothing")
    return value


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{text!r} is no number above 0")
    return int(text)


COMMANDS = {
    command.name: command
    for command in (
        RecordingCommand(
            "record",
            "FILE SUBJECT ...",
            "What these subjects bring, into a new file: subject, reply, headers, payload,\n"
            "time. Nothing is left out, nothing is created, nothing is overwritten.",
            f"""\
examples:
  natstui record orders.ndjson 'orders.>'              # until ctrl-c
  natstui record night.ndjson '>' --timeout 8h --max-bytes 10GiB
  natstui record fail.ndjson 'orders.>' --filter fail --count 100

{EXIT_CODES}""",
            _add_record,
            _record,
        ),
    )
}
