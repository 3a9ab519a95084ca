"""The `natstui` command: from what was typed to an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace

from natstui.command_line import comparing, completion, config, context, doctor, help, recordings
from natstui.command_line.arguments import UsageError, parse_arguments
from natstui.command_line.headless import (
    Command,
    connection_of,
    headless_command,
    parse_headless,
    request_of,
)
from natstui.command_line.merge import (
    merged_settings,
    refuse_connection_flags,
    refuse_further_words,
    wanted_config,
)
from natstui.command_line.signals import Terminated, ended_by_signals
from natstui.command_line.standard_input import terminal_problem
from natstui.command_line.switching import context_choices
from natstui.command_line.terminal import traits_of
from natstui.headless.complaints import complain
from natstui.headless.request import FAILED as HEADLESS_FAILED
from natstui.headless.request import FailedError
from natstui.model.config import Config
from natstui.model.settings import Settings
from natstui.model.terminal import TerminalTraits
from natstui.model.view_store import ViewStore

FAILED, WRONG_USAGE = 1, 2


class Failure(Exception):
    """Something did not work out; the message is for the user."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run `natstui` with `argv` (default: the process's own); returns the exit code."""
    try:
        with ended_by_signals():
            try:
                return run(list(sys.argv[1:] if argv is None else argv))
            finally:
                _flush()
    except UsageError as error:
        see = " ".join(filter(None, ("natstui", error.command, "--help")))
        return _complain(_on_one_line(f"{error} (see {see})"), WRONG_USAGE)
    except Failure as error:
        return _complain(str(error), FAILED)
    except Terminated as end:
        return end.code
    except BrokenPipeError:  # natstui --help | head
        return FAILED
    except Exception as error:  # whatever is left is a fault of ours; a traceback helps nobody
        if os.environ.get("NATSTUI_DEBUG"):
            traceback.print_exc()
        problem = _on_one_line(f"internal error: {type(error).__name__}: {error}")
        return _complain(f"{problem} (NATSTUI_DEBUG=1 shows where)", FAILED)


def _flush() -> None:
    """Notice here that a reader or the terminal is gone: at the very end Python makes it 120.

    BrokenPipeError if it is the reader of standard output.
    """
    gone: BrokenPipeError | None = None
    for stream in filter(None, (sys.stderr, sys.stdout)):  # None: natstui >&-
        try:
            stream.flush()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            gone = error if isinstance(error, BrokenPipeError) else None
    if gone is not None:
        raise gone


def run(argv: list[str]) -> int:
    """Do what `argv` asks for; UsageError and Failure say why not."""
    if completion.ASKED in os.environ:
        completion.complete()
    if (found := headless_command(argv)) is not None:
        return headless(*found)
    if (rest := doctor.arguments_of(argv)) is not None:
        return doctor.run(rest)
    if (recording := recordings.recording_command(argv)) is not None:
        return with_recording(*recording)
    if (rest := context.arguments_of(argv)) is not None:
        return context.run(rest)
    if (rest := config.arguments_of(argv)) is not None:
        return config.run(rest)
    if (rest := comparing.arguments_of(argv)) is not None:
        return compare(rest)
    if (rest := completion.arguments_of(argv)) is not None:
        return completion.run(rest)
    if (rest := help.arguments_of(argv)) is not None:
        return help.run(rest)
    given = parse_arguments(argv)
    if given.words[:1] == ["demo"] and "--" not in argv:
        return demo(given)
    settings = merged_settings(given)
    traits = traits_of(given, settings.config.limits)
    _require_terminal()
    return _explore(settings, traits, given, ViewStore())


def headless(command: Command, argv: list[str]) -> int:
    """What a pane shows, without a screen."""
    from natstui.headless import running
    from natstui.headless.request import BadInputError

    try:
        given = parse_headless(command, argv)
        request = request_of(command, given)
        settings = merged_settings(connection_of(command, given))
        for note in settings.notes:
            complain(note)
        _say_problems(settings.config)
        return running.run(settings, request)
    except (UsageError, BadInputError) as error:
        problem = _on_one_line(str(error))
        if "--check" in argv:
            return running.not_checked(problem)
        raise UsageError(problem, command.name) from None
    except FailedError as error:
        return _complain(_on_one_line(str(error)), HEADLESS_FAILED)


def compare(argv: list[str]) -> int:
    """Two systems side by side, without a screen."""
    from natstui.headless.comparing import run as run_comparing
    from natstui.headless.request import BadInputError, FailedError

    try:
        return run_comparing(*comparing.parse_compare(argv))
    except (UsageError, BadInputError) as error:
        raise UsageError(_on_one_line(str(error)), comparing.NAME) from None
    except FailedError as error:
        return _complain(_on_one_line(str(error)), HEADLESS_FAILED)


def with_recording(command: recordings.RecordingCommand, argv: list[str]) -> int:
    """Record, and what is done with a recording."""
    try:
        return recordings.run(command, argv)
    except FailedError as error:
        return _complain(_on_one_line(str(error)), HEADLESS_FAILED)


def demo(given: Namespace) -> int:
    """The explorer on a private server with live sample traffic, both gone afterwards."""
    refuse_further_words(given, "demo")
    refuse_connection_flags(given, "demo")
    wanted = wanted_config(given)
    traits = traits_of(given, wanted.limits)
    _require_terminal()
    from natstui.demo.session import DemoError, demo_session

    try:
        with demo_session(read_only=given.read_only) as settings:
            return _explore(replace(settings, config=wanted, trace=given.trace), traits, given)
    except DemoError as error:
        raise Failure(str(error)) from None


def _explore(
    settings: Settings, traits: TerminalTraits, given: Namespace, store: ViewStore | None = None
) -> int:
    from natstui.ui.app import run as explore  # here, so that --help need not wait for Textual
    from natstui.ui.configured import checked

    settings = replace(settings, config=checked(settings.config))
    _say_problems(settings.config)
    return explore(settings, traits, context_choices(given, settings), store, fresh=given.fresh)


def _say_problems(wanted: Config) -> None:
    """What is wrong in config.toml, which is left out of it."""
    for problem in wanted.problems:
        complain(_on_one_line(str(problem)))


def _require_terminal() -> None:
    if problem := terminal_problem():
        raise Failure(problem)


def _on_one_line(message: str) -> str:
    return " ".join(message.split())


def _complain(message: str, code: int) -> int:
    """Say it on standard error; control characters in what came from outside stay harmless."""
    complain(message)
    return code
