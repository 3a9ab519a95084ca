"""`natstui record`, `open`, `replay`: their flags, and the help that teaches them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeVar

from natstui.command_line.arguments import (
    Parser,
    UsageError,
    add_connection_flags,
    add_terminal_flags,
    first_word,
    without_value,
)
from natstui.command_line.merge import merged_settings
from natstui.command_line.standard_input import keyboard_again, spooled, terminal_problem
from natstui.command_line.switching import context_choices
from natstui.command_line.terminal import traits_of
from natstui.headless.complaints import complain
from natstui.headless.request import BadInputError, FailedError
from natstui.model.durations import parse_duration
from natstui.model.recording import Recording, RecordingError
from natstui.model.replay_form import parse_times
from natstui.model.replay_plan import (
    DEFAULT_RATE,
    Mapping,
    MappingError,
    ReplayOptions,
    parse_mapping,
    parse_prefix,
)
from natstui.model.settings import Settings
from natstui.model.sizes import parse_size

EXIT_CODES = """\
exit codes:
  0 done   1 fewer than --count came in time   2 what was typed cannot be
  3 no connection, no permission, a full disk
  130, 143, 129 ended by ctrl-c, SIGTERM, SIGHUP
"""


REPLAY_CODES = """\
exit codes:
  0 done, or said what would be   1 not all of it was sent, or may be lost
  2 what was typed cannot be
  3 it cannot be read, no connection, no permission
  130, 143, 129 ended by ctrl-c, SIGTERM, SIGHUP, having said how much was sent
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


# Open


def _add_open(parser: Parser) -> None:
    # It is sent nowhere unless it is replayed, and then to where the other flags say.
    parser.add_argument("--read-only", action="store_true", help="refuse to replay it")
    add_terminal_flags(parser)


def _open(given: argparse.Namespace, settings: Settings) -> int:
    from natstui.ui.configured import checked  # here: other commands need no Textual
    from natstui.ui.opened import run

    if not given.words:
        raise UsageError("a file is needed, as in: natstui open orders.ndjson")
    recording = _opened(given.words)
    if "-" in given.words:
        keyboard_again()
    if problem := terminal_problem():
        recording.close()
        raise FailedError(problem)
    settings = replace(settings, config=checked(settings.config))
    traits = traits_of(given, settings.config.limits)
    return run(settings, traits, recording, context_choices(given, settings))


def _opened(names: Sequence[str]) -> Recording:
    """What is in these files and folders; `-` is standard input."""
    if names.count("-") > 1:
        raise UsageError("-: standard input can be read once")
    try:
        with spooled(names) as paths:
            return Recording(paths)
    except (RecordingError, OSError) as error:
        raise FailedError(str(error)) from None


# Replay


def _add_replay(parser: Parser) -> None:
    where = parser.add_argument_group("to which subjects")
    where.add_argument("--prefix", metavar="PREFIX", help="in front of each, e.g. test.")
    where.add_argument(
        "--map", metavar="FROM=TO", action="append", help="e.g. 'orders.*.new=test.$1'"
    )
    pace = parser.add_argument_group("how fast")
    pace.add_argument("--speed", metavar="TIMES", help="as it came; 2: twice as fast; max")
    pace.add_argument("--rate", metavar="N", help="messages a second at most (1000); none")
    what = parser.add_argument_group("what is sent")
    what.add_argument("--yes", action="store_true", help="send it; without, only say what")
    what.add_argument("--dry-run", action="store_true", help="only say what would be sent")
    what.add_argument("--replies", action="store_true", help="with the reply subjects")
    what.add_argument(
        "--nats-headers", action="store_true", help="with headers that begin with Nats-"
    )
    what.add_argument("-j", "--json", action="store_true", help="the plan as JSON")
    what.add_argument("--read-only", action="store_true", help="send nothing whatever")


def _replay(given: argparse.Namespace, settings: Settings) -> int:
    from natstui.headless.replay import ReplayRequest, run  # here: others need no client

    if not given.words:
        raise UsageError("a file is needed, as in: natstui replay orders.ndjson --prefix test.")
    if given.yes and given.dry_run:
        raise UsageError("--yes and --dry-run exclude each other")
    options = ReplayOptions(
        prefix=_prefix(given.prefix or ""),
        mappings=tuple(_mapping(text) for text in given.map or ()),
        speed=_times("--speed", given.speed, 1.0, "max"),
        rate=_times("--rate", given.rate, DEFAULT_RATE, "none"),
        replies=given.replies,
        control_headers=given.nats_headers,
    )
    if "-" in given.words:
        raise UsageError("-: a recording is read twice; save it to a file first")
    paths = tuple(Path(name) for name in given.words)
    return run(settings, ReplayRequest(paths, options, send=given.yes, json=given.json))


def _times(flag: str, text: str | None, default: float, unlimited: str) -> float | None:
    return None if text == unlimited else _value(flag, text, parse_times) or default


def _prefix(text: str) -> str:
    try:
        return parse_prefix(text)
    except MappingError as error:
        raise UsageError(f"--prefix: {error}") from None


def _mapping(text: str) -> Mapping:
    try:
        return parse_mapping(text)
    except MappingError as error:
        raise UsageError(f"--map: {error}") from None


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
            "replay",
            "FILE ...",
            "A recording is sent again, in its own time. What would be sent, to which\n"
            "subjects and for how long is said first, and only --yes sends it.",
            f"""\
examples:
  natstui replay orders.ndjson --prefix test.       # says what it would do
  natstui replay orders.ndjson --prefix test. --yes
  natstui replay orders.ndjson --context staging --speed 10 --yes
  natstui replay orders.ndjson --map 'orders.*.new=load.$1' --speed max

never sent: messages to $..., answers to inboxes, what cannot be read.
left out: reply subjects, and headers that begin with Nats- (see above).

{REPLAY_CODES}""",
            _add_replay,
            _replay,
        ),
        RecordingCommand(
            "open",
            "FILE ...",
            "A recording in the tail pane, without a connection: of natstui record, an\n"
            "export, a folder or file of nats sub --dump; - is standard input.",
            """\
examples:
  natstui open orders.ndjson
  natstui open monday.ndjson tuesday.ndjson
  nats sub 'orders.>' --dump dumped; natstui open dumped
  nats sub 'orders.>' --count 100 --dump - | natstui open -

exit codes:
  0 left   2 what was typed cannot be   3 it cannot be read
  130, 143, 129 ended by ctrl-c, SIGTERM, SIGHUP
""",
            _add_open,
            _open,
        ),
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
