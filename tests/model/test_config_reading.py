from __future__ import annotations

from pathlib import Path

import pytest

from natstui.model.config import Config
from natstui.model.config_reading import config_path, parse_config, read_config
from natstui.model.limits import Limits


def config(text: str) -> Config:
    return parse_config(text, Path("config.toml"))


def test_nothing_written_changes_nothing() -> None:
    read = config("")
    assert (read.limits, read.problems, dict(read.keys)) == (Limits(), (), {})


def test_everything_that_can_be_written() -> None:
    read = config("""
        [keys]
        "tail.pause" = "ctrl+t"
        app.quit = ["Q", "f10"]
        [theme]
        name = "nord"
        colors = { bad = "red" }
        [limits]
        tail_messages = 1_000
        tail_bytes = "1.5 GiB"
        payload_shown = 4096
        ask_every = "500ms"
        [decoders]
        "a.>" = ["base64", "msgpack"]
        [[watch]]
        when = "one"
        [[watch]]
        when = "two"
    """)
    assert read.problems == ()
    assert dict(read.keys) == {"tail.pause": ("ctrl+t",), "app.quit": ("Q", "f10")}
    assert (read.theme.name, dict(read.theme.colors)) == ("nord", {"bad": "red"})
    limits = (1_000, 3 * 2**29, 4096, 0.5)
    assert limits == (
        read.limits.tail_messages,
        read.limits.tail_bytes,
        read.limits.payload_shown,
        read.limits.ask_every,
    )
    assert read.decoders.of("a.b") == ("base64", "msgpack")
    assert read.decoders.of("b.a") == ()
    assert read.watches == ("one", "two")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[limit]", '1: limit: there is no such section; did you mean "limits"?'),
        ("limits = 5", "1: limits: this is a section: write [limits] above its lines"),
        ("[limits]\n\ntail_message = 5", "3: limits.tail_message: there is no such setting; did"),
        ("[limits]\nevents = true", "2: limits.events: True is not a number from 10 to 100,000"),
        ("[limits]\nevents = 5", "2: limits.events: 5 is not a number from 10 to 100,000"),
        ('[limits]\ntail_bytes = "9 B"', '2: limits.tail_bytes: 9 B is not a size from "1 MiB"'),
        ('[limits]\ntail_bytes = "x"', '2: limits.tail_bytes: "x" is not a size from "1 MiB"'),
        ('[limits]\nask_every = "1h"', '2: limits.ask_every: "1h" is not a time from 0 to 60 sec'),
        ("[limits]\nask_every = true", "2: limits.ask_every: True is not a time from 0 to 60 sec"),
        ("[theme]\nname = 5", "2: theme.name: 5 is not the name of a theme"),
        ("[theme]\ncolors = 5", "2: theme.colors: this is a section: write [theme.colors] above"),
        ("[theme.colors]\nbad = 5", "2: theme.colors.bad: write a text, in quotes"),
        ('[decoders]\n"a..b" = "json"', '2: decoders."a..b": this is no pattern of subjects: inv'),
        ('[decoders]\na = "jsn"', '2: decoders.a: there is no "jsn"; there are base64, gzip,'),
        ('[decoders]\na = ["json", "hex"]', "2: decoders.a: nothing can follow json"),
        ("[decoders]\na = []", "2: decoders.a: write one step, or a list of them"),
        ("watch = 5", '1: watch: write [[watch]], and below it: when = "…"'),
        ("[[watch]]\nwhen = 5", '1: watch.0: a watch needs a line: when = "…"'),
        ('[[watch]]\nwhen = ""\nx = 1', "3: watch.0.x: a watch has nothing but when"),
        ("a = 1\nb =", "2: invalid value; nothing of this file is used"),
        ("a = 1\na = 2", "2: cannot overwrite a value; nothing of this file is used"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, says: str) -> None:
    problems = [str(problem) for problem in config(text).problems]
    assert problems[0].startswith(f"config.toml:{says}"), problems
    assert len(problems) == 1


def test_what_is_wrong_is_left_out_and_the_rest_holds() -> None:
    read = config("[limits]\nevents = 5\nsearch_hits = 7\n[nope]")
    assert [problem.line for problem in read.problems] == [2, 4]
    assert read.limits == Limits(search_hits=7)


def test_a_watch_is_checked_by_who_knows_what_one_is() -> None:
    def check(text: str) -> None:
        if "lag" not in text:
            raise ValueError("no field in it")

    text = '[[watch]]\nwhen = "lag>5"\n[[watch]]\nwhen = "x"'
    read = parse_config(text, Path("config.toml"), check)
    assert read.watches == ("lag>5",)
    assert list(map(str, read.problems)) == ["config.toml:4: watch.1.when: no field in it"]


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"[limits]\nevents = \xff")
    (problem,) = read_config(path).problems
    assert str(problem) == "config.toml:2: this is no UTF-8; nothing of this file is used"


def test_where_it_is(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config_path() == home / ".config/natstui/config.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "/elsewhere")
    assert config_path() == Path("/elsewhere/natstui/config.toml")
