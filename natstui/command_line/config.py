"""`natstui config`: what is in config.toml, and whether it is right."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from natstui.command_line.arguments import CONFIG, Parser, UsageError, first_word
from natstui.command_line.config_page import default_text
from natstui.command_line.merge import wanted_config
from natstui.headless.complaints import complain
from natstui.model.config import Config, ThemeChoice
from natstui.model.config_reading import config_path
from natstui.model.field_docs import documented_fields
from natstui.model.limits import Limits

NAME = "config"
OK, WRONG = 0, 1

EPILOG = """\
what:
  check    is it right? each problem on a line, with the line that it is on
  show     what holds now: the file, and what it says nothing about
  path     where it is
  default  a file to begin with, everything in it commented out
  keys     all bindings: id, keys, what they do
  themes   all themes

examples:
  natstui config default > ~/.config/natstui/config.toml
  natstui config check --config ./config.toml
  natstui config keys | grep tail

exit codes:
  0 done, it is right   1 something in it is wrong   2 what was typed cannot be

more: natstui help configuration
"""


def arguments_of(argv: Sequence[str]) -> list[str] | None:
    """The other arguments, if the first word in `argv` is our command; None if it is not."""
    place = first_word(argv)
    if place is None or argv[place] != NAME:
        return None
    return [*argv[:place], *argv[place + 1 :]]


def run(argv: list[str]) -> int:
    """Print what was asked for; the exit code. UsageError if that cannot be."""
    try:
        given = parser().parse_args(argv)
        return _WHAT[given.what](given)
    except UsageError as error:
        raise UsageError(str(error), NAME) from None


def parser() -> Parser:
    """Its flags and words."""
    made = Parser(
        prog=f"natstui {NAME}",
        usage=f"natstui {NAME} {'|'.join(_WHAT)} [--config FILE]",
        description="What config.toml says of the explorer: keys, colours, limits, decoders.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("what", choices=[*_WHAT], metavar="WHAT", help=argparse.SUPPRESS)
    made.add_argument(CONFIG.name, metavar=CONFIG.metavar, help=f"{CONFIG.help} [${CONFIG.env}]")
    return made


def _config(given: argparse.Namespace) -> Config:
    from natstui.ui.configured import checked  # here, so that --help need not wait for Textual

    return checked(wanted_config(given))


def _path(given: argparse.Namespace) -> Path:
    source = wanted_config(given).source
    return source.path if source else config_path()


def _check(given: argparse.Namespace) -> int:
    config = _config(given)
    for problem in config.problems:
        complain(str(problem))
    if config.problems:
        return WRONG
    print(f"{_path(given)}: {'all is well' if config.source else 'there is none, so all is well'}")
    return OK


def _show(given: argparse.Namespace) -> int:
    config = _config(given)
    for problem in config.problems:
        complain(str(problem))
    print("\n".join(_lines(config)))
    return OK


def _lines(config: Config) -> list[str]:
    rules = {pattern: list(steps) for pattern, steps in config.decoders.rules}
    keys = {id: list(keys) for id, keys in config.keys.items()}
    lines = ["[keys]", *_assignments(keys)]
    lines += ["", "[theme]", *_settings(config.theme)]
    lines += ["", "[theme.colors]", *_assignments(config.theme.colors)]
    lines += ["", "[theme.stripes]", *_assignments(config.theme.stripes)]
    lines += ["", "[limits]", *_settings(config.limits)]
    lines += ["", "[decoders]", *_assignments(rules)]
    for watch in config.watches:
        lines += ["", "[[watch]]", f"when = {_text(watch)}"]
    return lines


def _assignments(values: Mapping[str, object]) -> list[str]:
    return [f"{_text(name)} = {_value(value)}" for name, value in values.items()]


def _settings(section: ThemeChoice | Limits) -> list[str]:
    """With what nobody changed marked."""
    cls: type = type(section)
    return [
        f"{field.name} = {field.kind.written(value)}{'  # by default' if is_default else ''}"
        for field in documented_fields(cls)
        for value in [getattr(section, field.name)]
        for is_default in [value == field.default]
    ]


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return _text(str(value))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # what is a text in JSON is one in TOML


def _print_path(given: argparse.Namespace) -> int:
    print(_path(given))
    return OK


def _default(given: argparse.Namespace) -> int:
    print(default_text(), end="")
    return OK


def _keys(given: argparse.Namespace) -> int:
    from natstui.ui.keymap import bindings, keys_of

    config = _config(given)
    for id, binding in sorted(bindings().items()):
        keys = " ".join(keys_of(id, config))
        print(f"{id:<26}{keys:<24}{binding.tooltip or binding.description}")
    return OK


def _themes(given: argparse.Namespace) -> int:
    from natstui.ui.own_colours import themes

    for name in themes():
        print(name)
    return OK


_WHAT: dict[str, Callable[[argparse.Namespace], int]] = {
    "check": _check,
    "show": _show,
    "path": _print_path,
    "default": _default,
    "keys": _keys,
    "themes": _themes,
}
