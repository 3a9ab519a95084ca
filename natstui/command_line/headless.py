"""The flags of the headless commands, and the help that teaches each by an example."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from natstui.command_line.arguments import (
    Parser,
    UsageError,
    add_connection_flags,
    first_word,
    without_value,
)
from natstui.headless.request import Form, Request
from natstui.model.durations import parse_duration

EXIT_CODES = """\
exit codes:
  0 done, or the condition is met   1 it was not met in time
  2 what was typed cannot be        3 no connection, or it failed
  130, 143, 129 ended by ctrl-c, SIGTERM, SIGHUP
"""
WATCH_CODES = """\
exit codes:
  0 nothing fired in that time      1 a watch fired
  2 what was typed cannot be        3 no connection, or it failed
  130, 143, 129 ended by ctrl-c, SIGTERM, SIGHUP
"""
CHECK_CODES = """\
with --check:
  0 OK   1 WARNING   2 CRITICAL (also: no connection)
  3 UNKNOWN (also: what was typed cannot be)
"""


@dataclass(frozen=True)
class Command:
    """`words` is what may follow its name, `examples` what its help shows."""

    name: str
    words: str
    about: str
    examples: str
    is_list: bool = True


COMMANDS: dict[str, Command] = {
    command.name: command
    for command in (
        Command(
            "tail",
            "SUBJECT ...",
            "Messages as they come, a line each. Nothing is kept and nothing is created.",
            """\
  natstui tail 'orders.>' --ndjson | jq .subject
  natstui tail 'orders.>' --ndjson --count 1 --timeout 30s   # has one come?
  natstui tail '>' --filter 'fail -health json:order.total>10'
  natstui tail 'jobs.>' --queue workers --headers-only      # a share of them
""",
            is_list=False,
        ),
        Command(
            "events",
            "",
            "What servers and JetStream say by themselves, as it happens: who came, left,\n"
            "was refused, leads now. All of it comes to users of the system account.",
            """\
  natstui events --ndjson | jq -r 'select(.bad) | .about'
  natstui events --filter 'subject:$JS.EVENT.ADVISORY.>'
  natstui events --filter slow --count 1 --timeout 1h && page me
""",
            is_list=False,
        ),
        Command(
            "fields",
            "SUBJECT ... | --stream STREAM",
            "Which fields messages have, with their values; or groups by one of them.",
            """\
  natstui fields 'orders.>' --timeout 30s
  natstui fields --stream ORDERS --json
  natstui fields --stream ORDERS --group-by json:status --values json:total
  natstui fields 'svc.>' --group-by token:2 --values size --count 1000
""",
            is_list=False,
        ),
        Command(
            "streams",
            "[STREAM ...]",
            "All streams, or those that are named: messages, bytes, rates, replicas, lag.",
            """\
  natstui streams --sort bytes --limit 5
  natstui streams ORDERS --json
  natstui streams ORDERS --wait 'messages>=1000' --timeout 30s
  natstui streams --check --warning 'lag>100' --critical 'lag>10k'
""",
        ),
        Command(
            "consumers",
            "[STREAM [CONSUMER]]",
            "Consumers, the worst first: who is behind, who is stuck, and why.",
            """\
  natstui consumers --filter 'stuck -test'
  natstui consumers ORDERS billing --wait 'pending==0' --timeout 30s
  natstui consumers --check                 # stuck or losing: CRITICAL
  natstui consumers --ndjson --watch 10
""",
        ),
        Command(
            "dead-letters",
            "[STREAM]",
            "Messages that consumers gave up, or that were terminated: as servers advise\n"
            "while this listens, and as a stream has captured, if one does.",
            """\
  natstui dead-letters --json
  natstui dead-letters ORDERS --watch 10 --ndjson
  natstui dead-letters ORDERS --wait 'count>0' --timeout 5m    # has one come?
  natstui dead-letters --check --critical "kind=='gave up' and age<1h"
""",
        ),
        Command(
            "kv",
            "[BUCKET [KEY]]",
            "Buckets; the keys of one (KEY may be a pattern); the value of a key.",
            """\
  natstui kv
  natstui kv config 'shop.>' --json
  natstui kv config shop.currency --raw
  natstui kv config shop.currency --history
  natstui kv config shop.flag --wait 'value==on' --timeout 1m
  natstui kv config --as-of '2h ago' --diff
""",
        ),
        Command(
            "objects",
            "[BUCKET [OBJECT]]",
            "Object buckets; what is in one; one object.",
            """\
  natstui objects
  natstui objects assets --sort size --limit 10
  natstui objects assets logo.png --json
  natstui objects assets logo.png --raw > logo.png
  natstui objects assets report.pdf --wait 'kind==object' --timeout 1m
""",
        ),
        Command(
            "services",
            "[SERVICE]",
            "Services that answer to $SRV; of one, its endpoints or instances.",
            """\
  natstui services
  natstui services orders --instances --json
  natstui services --filter orders --wait 'instances>=3' --timeout 30s
  natstui services --check --warning 'error_share>0.01' --critical 'count<5'
""",
        ),
        Command(
            "server",
            "[PAGE]",
            "Servers, as the system account sees them, and PAGES of what they tell:\n"
            "connections, accounts, jetstream (by server), assets (streams with their\n"
            "leaders), topology; account: one's own limits, use and permissions.",
            """\
  natstui server --sort in_rate
  natstui server connections --sort rate --limit 10
  natstui server connections --closed --filter slow
  natstui server assets --check             # no leader or offline: CRITICAL
  natstui server topology --check --critical 'rtt>200ms or count<6'
  natstui server --check --critical 'mem>4GiB or slow_consumers>0'
  natstui server account --json
  natstui server account --check --warning 'streams>90'
""",
        ),
        Command(
            "watch",
            "WATCH ...",
            "Say when something goes wrong, and when that is over. Nothing is created.",
            """\
  natstui watch 'consumer ORDERS > billing: pending>1000 for 30s'
  natstui watch 'stream ORDERS: silent 60s' 'consumer *: pending rising for 5m'
  natstui watch 'subject orders.>: /fail/' --once --timeout 10m --ndjson
  natstui watch 'bucket config: silent 1d' --once
""",
            is_list=False,
        ),
    )
}


def headless_command(argv: Sequence[str]) -> tuple[Command, list[str]] | None:
    """The command in `argv` and the other arguments; None if it is no headless command."""
    place = first_word(argv)
    if place is None or argv[place] not in COMMANDS:
        return None
    return COMMANDS[argv[place]], [*argv[:place], *argv[place + 1 :]]


def parse_headless(command: Command, argv: list[str]) -> argparse.Namespace:
    """The flags in `argv`, None where not given, and `words`; UsageError if they cannot be.

    `--help` prints and raises SystemExit(0).
    """
    given, unknown = parser_of(command).parse_known_intermixed_args(argv)
    if unknown:
        raise UsageError(f"unknown flag {without_value(unknown[0])}")
    return given


def request_of(command: Command, given: argparse.Namespace) -> Request:
    """What is asked for; UsageError if flags are missing or exclude each other."""
    _check_together(command, given)
    return Request(
        command=command.name,
        words=tuple(given.words),
        form=_form(given),
        filter=given.filter or "",
        sort=given.sort or "",
        reverse=bool(given.reverse),
        limit=_number("--limit", given.limit),
        rates=bool(given.rates),
        watch=_seconds("--watch", given.watch),
        wait=given.wait or "",
        any=bool(given.any),
        timeout=_seconds("--timeout", given.timeout) if waits_in_all(command, given) else None,
        check=bool(given.check),
        warning=given.warning or "",
        critical=given.critical or "",
        count=_number("--count", given.count),
        history=bool(given.history),
        raw=bool(given.raw),
        instances=bool(given.instances),
        closed=bool(given.closed),
        queue=given.queue or "",
        headers_only=bool(given.headers_only),
        as_of=given.as_of or "",
        diff=bool(given.diff),
        once=bool(given.once),
        stream=given.stream or "",
        group_by=given.group_by or "",
        values=given.values or "",
    )


def waits_in_all(command: Command, given: argparse.Namespace) -> bool:
    """Whether --timeout is how long all of it may take, and not each answer."""
    return not command.is_list or bool(given.wait)


def connection_of(command: Command, given: argparse.Namespace) -> argparse.Namespace:
    """What of the flags says where to connect, and as whom."""
    timeout = None if waits_in_all(command, given) else given.timeout
    return argparse.Namespace(**{**vars(given), "words": [], "timeout": timeout})


def _form(given: argparse.Namespace) -> Form:
    forms: dict[str, Form] = {"json": "json", "ndjson": "ndjson", "names": "names"}
    asked = [form for flag, form in forms.items() if getattr(given, flag)]
    if len(asked) > 1:
        raise UsageError(f"--{asked[0]} and --{asked[1]} exclude each other")
    return asked[0] if asked else "table"


def _check_together(command: Command, given: argparse.Namespace) -> None:
    for flag in ("wait", "critical", "warning"):
        if getattr(given, flag) is not None and not getattr(given, flag).strip():
            raise UsageError(f"--{flag}: the condition is empty; write it like messages>=1000")
    if (given.warning or given.critical) and not given.check:
        raise UsageError(f"--{'warning' if given.warning else 'critical'}: needs --check beside it")
    if given.any and not given.wait:
        raise UsageError("--any: needs --wait beside it")
    for flag in ("wait", "watch"):
        if given.check and getattr(given, flag) is not None:
            raise UsageError(f"--check and --{flag} exclude each other")
    if command.is_list and given.raw and (given.wait or given.check or given.watch is not None):
        raise UsageError("--raw: gives a value once, without --wait, --watch or --check")
    if given.raw and (_form(given) != "table" or given.history):
        raise UsageError("--raw: gives the bytes of one value, and excludes other forms")


def _number(flag: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not int(text):
        raise UsageError(f"{flag}: {text!r} is no number above 0")
    return int(text)


def _seconds(flag: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise UsageError(f"{flag}: {error}") from None
    if not seconds:
        raise UsageError(f"{flag}: must be more than nothing")
    return seconds


# The parser


def parser_of(command: Command) -> Parser:
    """The flags of a command."""
    codes = f"{CHECK_CODES}\n{EXIT_CODES}" if command.is_list else EXIT_CODES
    if command.name == "watch":
        codes = WATCH_CODES
    parser = Parser(
        prog=f"natstui {command.name}",
        usage=" ".join(filter(None, ("natstui", command.name, command.words, "[flags]"))),
        description=command.about,
        epilog=f"examples:\n{command.examples}\n{codes}\nmore: docs/headless.md",
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=26, width=80
        ),
        allow_abbrev=False,
    )
    parser.add_argument("words", nargs="*", metavar=command.words, help=argparse.SUPPRESS)
    _add_forms(parser, command)
    _add_choice(parser, command)
    _add_waiting(parser, command)
    # They are harmless here: nothing is ever changed.
    parser.add_argument("--read-only", action="store_true", help=argparse.SUPPRESS)
    add_connection_flags(parser, skip=("--timeout", "--colors"))
    parser.set_defaults(colors=None)
    return parser


_COMES = {"tail": "messages", "fields": "messages", "events": "events"}


def _add_forms(parser: Parser, command: Command) -> None:
    group = parser.add_argument_group("how it is shown")
    listed = command.is_list or command.name == "fields"
    json = "one list, for jq" if listed else "the same as --ndjson"
    group.add_argument("-j", "--json", action="store_true", help=json)
    group.add_argument("--ndjson", action="store_true", help="one JSON object a line")
    if command.is_list:
        group.add_argument("-n", "--names", action="store_true", help="names only")
    if command.name == "objects":
        group.add_argument("--raw", action="store_true", help="the bytes of the object")
    if command.name == "kv":
        group.add_argument("--raw", action="store_true", help="the bytes of the value")
        group.add_argument("--history", action="store_true", help="all revisions of the key")
        group.add_argument(
            "--as-of", metavar="TIME", help="keys as they were: 2h, 12:30, '#1234' (a revision)"
        )
        group.add_argument("--diff", action="store_true", help="what differs since --as-of")
    if command.name == "services":
        group.add_argument("--instances", action="store_true", help="instances of the service")
    if command.name == "server":
        group.add_argument("--closed", action="store_true", help="connections closed of late")
    if command.name == "tail":
        group.add_argument("--headers-only", action="store_true", help="without the payload")
    flags = ("names", "raw", "history", "instances", "closed", "headers_only", "diff")
    parser.set_defaults(**dict.fromkeys(flags, False), as_of=None)


def _add_choice(parser: Parser, command: Command) -> None:
    absent = ("filter", "sort", "limit", "count", "queue", "stream", "group_by", "values")
    parser.set_defaults(**dict.fromkeys(absent), reverse=False, rates=False)
    if command.name == "watch":
        return
    group = parser.add_argument_group("what is shown")
    about = "words that must be in it, -words that must not"
    if not command.is_list:
        about = "as in the pane: text, /regex/, json:PATH, -not"
    group.add_argument("--filter", metavar="TEXT", help=about)
    if command.is_list:
        group.add_argument("--sort", metavar="FIELD", help="a field of the JSON, or a column")
        group.add_argument("-R", "--reverse", action="store_true", help="turn the order around")
        group.add_argument("--limit", metavar="N", help="no more than the first N")
        group.add_argument(
            "--rates", action="store_true", help="look twice, a second apart, for rates"
        )
    else:
        group.add_argument("--count", metavar="N", help=f"end after N {_COMES[command.name]}")
    if command.name == "tail":
        about = "as one of a group: the others do not get what we do"
        group.add_argument("--queue", metavar="GROUP", help=about)
    if command.name == "fields":
        group.add_argument("--stream", metavar="STREAM", help="what is stored there, newest first")
        group.add_argument("--group-by", metavar="FIELD", help="a group for each of its values")
        group.add_argument("--values", metavar="FIELD", help="its percentiles, in each group")


def _add_waiting(parser: Parser, command: Command) -> None:
    group = parser.add_argument_group("how long")
    if command.is_list:
        group.add_argument(
            "--watch", metavar="TIME", nargs="?", const="2s", help="again and again (2s)"
        )
        group.add_argument(
            "--wait", metavar="CONDITION", help="until all that is shown is like that"
        )
        group.add_argument("--any", action="store_true", help="until one of them is")
        about = "give up waiting, with exit code 1"
    else:
        about = "end after this time"
    group.add_argument(
        "--timeout", metavar="TIME", help=f"{about}; for each answer (5s) [$NATS_TIMEOUT]"
    )
    if command.is_list:
        checks = parser.add_argument_group("for monitoring systems")
        checks.add_argument("--check", action="store_true", help="one line, and their exit codes")
        checks.add_argument("--warning", metavar="CONDITION", help="WARNING if one is like that")
        checks.add_argument("--critical", metavar="CONDITION", help="CRITICAL if one is like that")
    if command.name == "watch":
        group.add_argument("--once", action="store_true", help="end with the first that fires")
    waits = dict.fromkeys(("watch", "wait", "warning", "critical"))
    parser.set_defaults(**waits, any=False, check=False, once=False)
