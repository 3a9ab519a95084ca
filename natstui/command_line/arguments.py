"""The flags of `natstui`, spelled as those of the `nats` tool, and the help that teaches them."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from natstui import __version__

USAGE = """natstui [flags] [SUBJECT ...]
       natstui demo [--read-only]
       natstui doctor [--json] [flags]
       natstui compare streams|consumers|kv [NAME] --with CONTEXT
       natstui config check|show|path|default|keys|themes
       natstui help [TOPIC]
       natstui completion bash|zsh|fish
       natstui context [ls|show|select|previous|unselect|save] …
       natstui tail|streams|consumers|kv|objects|services|server|events …
       natstui fields SUBJECT … | --stream STREAM …
       natstui dead-letters [STREAM] …
       natstui record …
       natstui watch 'consumer ORDERS > billing: pending>1000 for 30s' …"""

EPILOG = """\
commands:
  demo    explore a private nats-server with live sample traffic; the server is
          found on the PATH or fetched through apt, and gone when you quit
  doctor  what stands between us and each server, step by step, and what to do;
          see natstui doctor --help
  compare what differs between two systems: streams, consumers, keys; see
          natstui compare --help
  config  keys, colours and limits of the explorer, in config.toml;
          see natstui config --help
  help    the documentation: natstui help lists the topics
  completion
          what makes bash, zsh or fish complete commands, flags and names
  context
          list, show, select and write the contexts of the nats tool
  tail, fields, streams, consumers, dead-letters, kv, objects, services,
  server, events
          what the panes show, for scripts: --json, --ndjson, --watch, --wait,
          --check; see natstui streams --help
  record  what subjects bring, into a file; see natstui record --help
  watch   say when a stream, consumer, bucket or subject goes wrong, and when
          that is over; see natstui watch --help
  open    a recording, without a connection; see natstui open --help
  replay  send a recording again; see natstui replay --help

examples:
  natstui                          the selected context, or a server here
  natstui 'orders.>' 'payments.*'  tail these (quoted: the shell knows > too)
  natstui --context prod --read-only
  natstui -s tls://a:4222,tls://b:4222 --creds ~/me.creds
  natstui --color 16 --ascii --fps 2 --no-mouse    for the humblest terminal
  natstui streams --json           without a screen, for scripts
  natstui -- demo                  a subject that is called like a command

Each setting comes from its flag, else its environment variable, else the
context, else the default. Who we are is the first of these that is set, from
wherever: user, creds, nkey, jwt with seed, jwt alone. A token is sent besides;
--user without a password is a token. All of it as the nats tool does.

creds, nkey, jwt, seed, password and token may point elsewhere:
  env://NAME   file://PATH   data:;base64,TEXT
  op://VAULT/ITEM/FIELD (1Password)   nsc://OPERATOR/ACCOUNT/USER

files (in $XDG_CONFIG_HOME/nats, by default ~/.config/nats; only written by
natstui context):
  context/NAME.json   the contexts of the nats tool
  context.txt         the selected one
and ~/.config/natstui/config.toml, ours; see natstui config --help

--trace goes to standard error, and without a command, when the terminal is
taken, into a file that the event drawer (e) names. It has no payloads and no
secrets.

environment, besides what stands with the flags:
  NATSTUI_NATS_SERVER   the nats-server that the demo runs
  NATSTUI_DEBUG=1       show the traceback of an internal error

exit codes:
  0 quit   1 it failed   2 flags, environment or context are wrong
  130, 143, 129 ended by ctrl-c, SIGTERM, SIGHUP
"""


@dataclass(frozen=True)
class Flag:
    """A flag with a value: where else it may come from, and the context setting it stands for."""

    name: str
    metavar: str
    help: str
    env: str = ""
    setting: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its attribute in what argparse returns."""
        return self.name.lstrip("-").replace("-", "_")


SERVER = Flag(
    "--server", "URL", "server, or several with commas", "NATS_URL", "url", aliases=("-s",)
)
CONTEXT = Flag("--context", "NAME", "of the nats tool, or a .json file", "NATS_CONTEXT")
TIMEOUT = Flag("--timeout", "TIME", "for each answer (default 5s)", "NATS_TIMEOUT")
SOCKS_PROXY = Flag("--socks-proxy", "URL", "socks5://…, or none", "NATS_SOCKS_PROXY", "socks_proxy")
MONITOR = Flag("--monitor", "URL", "servers' HTTP monitors (Server pane)", "NATSTUI_MONITOR")
CONNECTION_NAME = Flag("--connection-name", "NAME", f"shown by servers (natstui {__version__})")
COLORS = Flag("--colors", "COLOR", "of the frame, e.g. red for prod", "NATS_COLOR", "color_scheme")

CONFIG = Flag("--config", "FILE", "another config.toml", "NATSTUI_CONFIG")

GROUPS: dict[str, tuple[Flag, ...]] = {
    "where": (SERVER, CONTEXT, TIMEOUT, MONITOR, CONNECTION_NAME, SOCKS_PROXY, COLORS, CONFIG),
    "who": (
        Flag("--user", "NAME", "user, or token without a password", "NATS_USER", "user"),
        Flag("--password", "SECRET", "password of the user", "NATS_PASSWORD", "password"),
        Flag("--token", "SECRET", "token", "NATS_TOKEN", "token"),
        Flag("--creds", "FILE", "credentials file (JWT and seed)", "NATS_CREDS", "creds"),
        Flag("--nkey", "FILE", "file with an nkey seed", "NATS_NKEY", "nkey"),
        Flag("--jwt", "TEXT", "user JWT; without --seed a bearer", "NATS_JWT", "user_jwt"),
        Flag("--seed", "SECRET", "seed that signs for --jwt", "NATS_SEED", "user_seed"),
    ),
    "TLS": (
        Flag("--tlscert", "FILE", "our certificate; needs --tlskey", "NATS_CERT", "cert"),
        Flag("--tlskey", "FILE", "its private key", "NATS_KEY", "key"),
        Flag("--tlsca", "FILE", "authority to trust", "NATS_CA", "ca"),
    ),
    "JetStream and inboxes": (
        Flag(
            "--js-domain",
            "DOMAIN",
            "JetStream domain; wins over the prefix",
            setting="jetstream_domain",
            aliases=("--domain",),
        ),
        Flag("--js-api-prefix", "PREFIX", "prefix of its API", setting="jetstream_api_prefix"),
        Flag(
            "--js-event-prefix",
            "PREFIX",
            "of its advisories ($JS.EVENT)",
            setting="jetstream_event_prefix",
        ),
        Flag("--inbox-prefix", "PREFIX", "default: _INBOX", setting="inbox_prefix"),
    ),
}

VALUE_FLAGS = tuple(flag for flags in GROUPS.values() for flag in flags)

FPS = Flag("--fps", "N", "frames a second (10; 4 over ssh)", "NATSTUI_FPS")
COLOR = Flag("--color", "DEPTH", "auto, truecolor, 256, 16, none", "NATSTUI_COLOR")
TERMINAL_FLAGS = (FPS, COLOR)
# Each has a --no-… beside it.
ASCII = Flag("--ascii", "", "ASCII signs only", "NATSTUI_ASCII")
MOUSE = Flag("--mouse", "", "take part in what the mouse does", "NATSTUI_MOUSE")
BELL = Flag("--bell", "", "ring and notify when a watch fires", "NATSTUI_BELL")
TERMINAL_SWITCHES = (ASCII, MOUSE, BELL)


class UsageError(Exception):
    """The command line, the environment or a context is wrong; the message is one line.

    `command` is the one whose help says more, "" for natstui itself.
    """

    def __init__(self, message: str, command: str = "") -> None:
        super().__init__(message)
        self.command = command


class Parser(argparse.ArgumentParser):
    """Raises UsageError instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    """The flags in `argv`, None where not given, and `words`: subjects, or a command.

    `--help` and `--version` print and raise SystemExit(0), as argparse does. UsageError otherwise.
    """
    namespace, unknown = parser().parse_known_intermixed_args(argv)
    if unknown:
        raise UsageError(f"unknown flag {without_value(unknown[0])}")
    return namespace


def first_word(argv: Sequence[str]) -> int | None:
    """Where the first argument is that is neither a flag nor its value; None without one, and if
    it comes behind `--`."""
    flags = (*VALUE_FLAGS, *TERMINAL_FLAGS)
    takes_value = {name for flag in flags for name in (flag.name, *flag.aliases)}
    waits = False
    for place, argument in enumerate(argv):
        if argument == "--":
            return None
        if waits or argument.startswith("-"):
            waits = not waits and argument in takes_value
            continue
        return place
    return None


def without_value(argument: str) -> str:
    """Only the name of a mistyped flag: what follows may be a password."""
    return argument.partition("=")[0] if argument.startswith("--") else argument[:2]


def parser(*, words: bool = True) -> Parser:
    """The flags of the explorer; without `words`, where commands are to be instead of subjects."""
    made = Parser(
        prog="natstui",
        usage=USAGE,
        description="A terminal explorer for NATS.",
        epilog=EPILOG,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=26, width=80
        ),
        allow_abbrev=False,  # a script must not break when a flag is added
    )
    if words:
        made.add_argument(
            "words", nargs="*", metavar="SUBJECT", help="subject to tail at the start"
        )
    made.add_argument("--read-only", action="store_true", help="refuse every change to the system")
    made.add_argument(
        "--fresh", action="store_true", help="do not begin where it was left the last time"
    )
    made.add_argument("--version", action="version", version=f"natstui {__version__}")
    add_connection_flags(made)
    add_terminal_flags(made)
    return made


def add_connection_flags(
    parser: argparse.ArgumentParser, skip: Collection[str] = (), *, with_variables: bool = True
) -> None:
    """Where to connect and as whom: the same flags for every command, but for those in `skip`.

    The help names their environment variables, unless it is a command that heeds none.
    """
    groups = {name: parser.add_argument_group(name) for name in GROUPS}
    for name, flags in GROUPS.items():
        for flag in flags:
            if flag.name not in skip:
                _add(groups[name], flag if with_variables else replace(flag, env=""))
    if "--no-context" not in skip:
        groups["where"].add_argument(
            "--no-context", action="store_true", help="ignore the selected context"
        )
    if "--trace" not in skip:
        groups["JetStream and inboxes"].add_argument(
            "--trace", action="store_true", help="write down requests and connection events"
        )
    _add_tls_first(groups["TLS"])


def add_terminal_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("terminal (found out by itself; docs/terminals.md)")
    for flag in TERMINAL_FLAGS:
        _add(group, flag)
    for switch in TERMINAL_SWITCHES:
        group.add_argument(
            switch.name,
            action=argparse.BooleanOptionalAction,
            help=f"{switch.help} [${switch.env}]",
        )


def _add(group: argparse._ArgumentGroup, flag: Flag) -> None:
    shown = [name for name in flag.aliases if not name.startswith("--")]
    hidden = [name for name in flag.aliases if name.startswith("--")]
    text = f"{flag.help} [${flag.env}]" if flag.env else flag.help
    group.add_argument(*shown, flag.name, metavar=flag.metavar, help=text)
    for name in hidden:
        group.add_argument(name, dest=flag.key, help=argparse.SUPPRESS)


def _add_tls_first(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--tlsfirst", action="store_true", help="TLS before the server's greeting")
    group.add_argument("--tls-first", dest="tlsfirst", action="store_true", help=argparse.SUPPRESS)
