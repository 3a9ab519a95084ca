"""`natstui doctor`: its flags, what it prints, and its exit codes."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
from collections.abc import Sequence

from natstui.command_line.arguments import (
    Parser,
    UsageError,
    add_connection_flags,
    first_word,
    without_value,
)
from natstui.command_line.merge import merged_settings
from natstui.headless.complaints import complain
from natstui.model.doctor import Doctor
from natstui.model.doctor_report import ServerReport
from natstui.model.doctor_text import server_lines
from natstui.model.safe_text import clean
from natstui.model.settings import Settings
from natstui.model.trace import tell_stderr

NAME = "doctor"

EPILOG = """\
steps, each with what was seen, how long it took, and what to do if it fails:
  DNS, TCP, INFO, TLS, auth, permissions, JetStream, round trip
  (with --tlsfirst TLS comes before INFO; ws:// and wss:// add WebSocket; a
  SOCKS proxy is a step in place of DNS and TCP)

examples:
  natstui doctor                                the selected context
  natstui doctor --context prod --timeout 2s
  natstui doctor -s tls://a:4222,tls://b:4222 --json | jq .outcome

exit codes:
  0 all is well   1 something failed   2 what was typed cannot be
  3 warnings only: a certificate that expires within 14 days, a round trip of
    more than 250 ms, no JetStream, no permission to publish, an address of
    several that cannot be reached, lame duck mode
  130, 143, 129 ended by ctrl-c, SIGTERM, SIGHUP

more: docs/doctor.md
"""


def arguments_of(argv: Sequence[str]) -> list[str] | None:
    """The other arguments, if the first word in `argv` is our command; None if it is not."""
    place = first_word(argv)
    if place is None or argv[place] != NAME:
        return None
    return [*argv[:place], *argv[place + 1 :]]


def run(argv: list[str]) -> int:
    """Examine the servers and print what was found; the exit code.

    UsageError if flags, environment or context are wrong. `--help` raises SystemExit(0).
    """
    try:
        given = _parse(argv)
        settings = merged_settings(given)
    except UsageError as error:
        raise UsageError(str(error), NAME) from None
    for note in settings.notes:
        complain(note)
    return asyncio.run(_examine(settings, as_json=given.json))


async def _examine(settings: Settings, *, as_json: bool) -> int:
    doctor = Doctor(settings, tell=tell_stderr if settings.trace else None)
    if as_json:
        diagnosis = await doctor.run()
        print(json.dumps(diagnosis.as_dict(), indent=2))
    else:
        diagnosis = await doctor.run(_print)
    return diagnosis.exit_code


def _print(report: ServerReport) -> None:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in server_lines(report, width):
        print("".join(clean(text) for _, text in line).rstrip())
    sys.stdout.flush()


def _parse(argv: list[str]) -> argparse.Namespace:
    given, unknown = parser().parse_known_intermixed_args(argv)
    if unknown:
        raise UsageError(f"unknown flag {without_value(unknown[0])}")
    if given.words:
        raise UsageError(f"natstui doctor: {given.words[0]!r} is no flag; servers go in --server")
    return given


def parser() -> Parser:
    """Its flags."""
    made = Parser(
        prog="natstui doctor",
        usage="natstui doctor [--json] [flags]",
        description="What stands between us and each server, found out step by step.",
        epilog=EPILOG,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=26, width=80
        ),
        allow_abbrev=False,
    )
    made.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    made.add_argument("-j", "--json", action="store_true", help="for programs")
    made.add_argument("--timeout", metavar="TIME", help="for each step (5s) [$NATS_TIMEOUT]")
    # Harmless here: nothing is ever changed.
    made.add_argument("--read-only", action="store_true", help=argparse.SUPPRESS)
    add_connection_flags(made, skip=("--timeout", "--colors"))
    made.set_defaults(colors=None)
    return made
