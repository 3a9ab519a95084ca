"""`natstui compare`: its flags, and what it compares with what."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from natstui.command_line.arguments import (
    Parser,
    UsageError,
    add_connection_flags,
    first_word,
    without_value,
)
from natstui.command_line.merge import merged_settings
from natstui.command_line.switching import other
from natstui.headless.comparing import CompareRequest
from natstui.headless.request import Form
from natstui.model.settings import Settings

NAME = "compare"
WHAT = ("streams", "consumers", "kv")

EPILOG = """\
what is compared:
  streams    configuration, messages and bytes
  consumers  configuration, and how many messages are pending
  kv         the newest values of all keys, or of those that match a pattern
A is where all other commands look too, B what follows --with. What servers
write into the metadata about themselves (_nats.…) is left out.

examples:
  natstui compare streams --context prod --with staging
  natstui compare streams ORDERS --config-only --with nats://localhost:4333
  natstui compare consumers ORDERS --with staging --json
  natstui compare kv config --with staging && echo the same
  natstui compare kv config 'shop.>' --with ./staging.json --ndjson

exit codes:
  0 the same   1 something differs   2 what was typed cannot be
  3 no connection, or it failed
  130, 143, 129 ended by ctrl-c, SIGTERM, SIGHUP

more: docs/compare.md
"""


def arguments_of(argv: Sequence[str]) -> list[str] | None:
    """The other arguments, if the first word in `argv` is our command; None if it is not."""
    place = first_word(argv)
    if place is None or argv[place] != NAME:
        return None
    return [*argv[:place], *argv[place + 1 :]]


def parse_compare(argv: list[str]) -> tuple[Settings, Settings, CompareRequest]:
    """Both systems, and what is to be compared.

    UsageError if flags, environment or a context are wrong. `--help` raises SystemExit(0).
    """
    given, unknown = parser().parse_known_intermixed_args(argv)
    if unknown:
        raise UsageError(f"unknown flag {without_value(unknown[0])}")
    request = _request(given)
    if not given.beside:
        raise UsageError("--with: say what to compare with, a context or the URL of a server")
    a = merged_settings(Namespace(**{**vars(given), "words": []}))
    return a, merged_settings(_beside(given)), request


def _request(given: Namespace) -> CompareRequest:
    what, *names = given.words or [""]
    if what not in WHAT:
        found = f"{what!r} cannot be compared" if what else "say what to compare"
        raise UsageError(f"{found}: one of {', '.join(WHAT)}")
    if given.config_only and what == "kv":
        raise UsageError("--config-only: is for streams and consumers")
    if given.json and given.ndjson:
        raise UsageError("--json and --ndjson exclude each other")
    form: Form = "json" if given.json else "ndjson" if given.ndjson else "table"
    return CompareRequest(
        what, tuple(names), form, everything=given.all, config_only=given.config_only
    )


def _beside(given: Namespace) -> Namespace:
    """The flags for the other side: a context, a context's file, or servers."""
    text = given.beside
    is_url = "://" in text or (":" in text and not Path(text).is_file())
    return other(given, "", text) if is_url else other(given, text)


def parser() -> Parser:
    """Its flags."""
    made = Parser(
        prog="natstui compare",
        usage="natstui compare streams|consumers|kv [NAME ...] --with CONTEXT [flags]",
        description="What differs between two systems: streams, consumers, keys.",
        epilog=EPILOG,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=26, width=80
        ),
        allow_abbrev=False,
    )
    made.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    group = made.add_argument_group("with what, and how it is shown")
    group.add_argument(
        "--with", dest="beside", metavar="CONTEXT", help="or a .json file, or the URL of a server"
    )
    group.add_argument("--config-only", action="store_true", help="only how it is configured")
    group.add_argument("-a", "--all", action="store_true", help="what is the same, too")
    group.add_argument("-j", "--json", action="store_true", help="one list, for jq")
    group.add_argument("--ndjson", action="store_true", help="one JSON object a line, as found")
    # Harmless here: nothing is ever changed.
    made.add_argument("--read-only", action="store_true", help=argparse.SUPPRESS)
    add_connection_flags(made, skip=("--colors",))
    made.set_defaults(colors=None)
    return made
