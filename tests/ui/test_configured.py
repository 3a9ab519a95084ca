"""What config.toml says of keys and colours is what the explorer does."""

from __future__ import annotations

from pathlib import Path

import pytest

from natstui.model.config import Config
from natstui.model.config_reading import parse_config
from natstui.model.settings import Settings
from natstui.ui.configured import checked
from natstui.ui.keymap import bindings, keymap, normal
from natstui.ui.own_colours import stripe_of
from natstui.ui.theme import SCHEME_COLOURS
from tests.ui.explorer import explorer


def config(text: str) -> Config:
    return checked(parse_config(text, Path("config.toml")))


def problems(text: str) -> list[str]:
    return [str(problem) for problem in config(text).problems]


def test_ids_are_those_that_the_help_shows() -> None:
    assert bindings()["tail.pause"].key == "space"
    assert all("." in id for id in bindings())


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("/", "slash"),
        ("?", "question_mark"),
        ("+", "plus"),
        ("ctrl++", "ctrl+plus"),
        ("Q", "Q"),
        ("shift+q", "Q"),
        ("ctrl+T", "ctrl+t"),
        ("shift+ctrl+left", "ctrl+shift+left"),
        ("f5", "f5"),
        ("space", "space"),
    ],
)
def test_keys_may_be_written_as_they_are_on_the_keyboard(written: str, key: str) -> None:
    assert normal(written) == key


def test_all_our_own_keys_can_be_written() -> None:
    for id, binding in bindings().items():
        for key in binding.key.split(","):
            assert normal(key) == key, id


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('"tail.pause" = "spacee"', 'unknown key name "spacee"; did you mean "space"?'),
        ('"tail.pause" = "strg+p"', 'unknown key name "strg+p": there is no strg'),
        ('"publish.publish" = "x"', '"x" is typed into the field there; take one with ctrl+'),
        ('"edit.save" = ":"', '"colon" is typed into the field there; take one with ctrl+'),
        ('"tail.pauze" = "t"', 'there is no such binding; did you mean "tail.pause"?'),
        ('"tail.pause" = 5', 'write a key, like "ctrl+t", or a list of keys'),
        ('"tail.pause" = []', 'write a key, like "ctrl+t", or a list of keys'),
    ],
)
def test_what_is_no_key_is_said_with_its_line(line: str, says: str) -> None:
    id = line.partition(" ")[0]
    assert problems(f"# keys\n[keys]\n{line}") == [f"config.toml:3: keys.{id}: {says}"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        # In the same pane, with what is everywhere, with the list that has the focus.
        ('"tail.pause" = "x"', '"x" is the key of tail.export (Export what is in view as NDJSON)'),
        ('"tail.pause" = "p"', '"p" is the key of app.publish (Publish or request) where tail.*'),
        ('"app.doctor" = "d"', '"d" is the key of '),
        ('"tail.pause" = "j"', '"j" is the key of list.down'),
        ('"pane.refresh" = "D"', '"D" is the key of '),
        ('"app.doctor" = "f9"\n"app.events" = "f9"', '"f9" is the key of app.doctor'),
    ],
)
def test_a_key_that_is_taken_is_a_clash_and_changes_nothing(text: str, says: str) -> None:
    read = config(f"[keys]\n{text}")
    (problem,) = read.problems
    assert says in problem.reason
    assert set(read.keys) <= {"app.doctor"} - {text.split('"')[1] if "\n" not in text else ""}


@pytest.mark.parametrize(
    "text",
    [
        '"tail.copy-payload" = "Y"\n"tail.copy-subject" = "y"',  # they swap
        '"streams.edit" = "a"',  # what tail.add-subject has, in another pane
        '"message.hex" = "s"',
        '"tail.pause" = ["space", "f9"]',
    ],
)
def test_a_key_that_is_free_where_it_is_wanted_is_no_clash(text: str) -> None:
    assert problems(f"[keys]\n{text}") == []


def test_where_one_gives_way_its_old_key_is_taken_again() -> None:
    read = config('[keys]\n"tail.export" = "space"\n"tail.pause" = "p"')
    assert dict(read.keys) == {}
    assert [problem.line for problem in read.problems] == [2, 3]


async def test_changed_keys_work_and_are_shown() -> None:
    keys = {"tail.pause": "ctrl+t", "app.streams": "f2", "list.up": "ctrl+k"}
    keys |= {"tail.copy-payload": "Y", "tail.copy-subject": "y"}  # they swap
    wanted = config("[keys]\n" + "\n".join(f'"{id}" = "{key}"' for id, key in keys.items()))
    assert wanted.problems == ()
    settings = Settings(config=wanted)
    # High enough for all of the help.
    async with explorer(size=(100, 60), settings=settings, subjects=("orders.>",)) as seen:
        seen.feed("one", "two", "three")
        active = seen.app.screen.active_bindings
        assert {id: active[key].binding.id for id, key in keys.items()} == {id: id for id in keys}
        await seen.press("space")
        assert not seen.tail.view.paused
        await seen.press("ctrl+t")
        assert "PAUSED" in seen.text
        assert "^t: live" in seen.text
        assert "^t pause" in seen.lines[-1]
        assert "f2 " in seen.lines[1]
        cursor = seen.app.tail_pane.list.cursor
        await seen.press("ctrl+k")
        assert seen.app.tail_pane.list.cursor == cursor - 1
        await seen.press("k")
        assert seen.app.tail_pane.list.cursor == cursor - 1
        await seen.press("question_mark")
        assert seen.line_with("tail.pause").split()[1:3] == ["^t", "Pause,"]
        await seen.press("escape", "f2")
        assert seen.app.pane.NAME == "Streams"


async def test_colours_are_those_of_the_configuration() -> None:
    wanted = config('[theme]\nname = "natstui-light"\n[theme.colors]\naccent = "#7a3e9d"')
    async with explorer(settings=Settings(config=wanted)) as seen:
        assert seen.app.theme == "natstui-light"
        colour = seen.app.inks["accent"].color
        assert colour is not None
        assert colour.name == "#7a3e9d"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[theme]\nname = "dracul"', '2: theme.name: there is no theme "dracul"; did you mean'),
        ('[theme.colors]\nbadd = "red"', "2: theme.colors.badd: there is no such role; did you"),
        ('[theme.colors]\nbad = "reddish"', '2: theme.colors.bad: "reddish" is no colour; write'),
        ('[theme.stripes]\n"p*" = "x"', '2: theme.stripes."p*": "x" is no colour; write'),
    ],
)
def test_what_is_no_colour_is_said_and_left_out(text: str, says: str) -> None:
    read = config(text)
    assert str(read.problems[0]).startswith(f"config.toml:{says}")
    assert (read.theme.name, dict(read.theme.colors), dict(read.theme.stripes)) == ("", {}, {})


def test_the_stripe_is_that_of_the_first_pattern_that_fits() -> None:
    wanted = config('[theme.stripes]\n"prod-*" = "#010203"\n"*" = "red"')
    for name, colour in (("prod-eu", "#010203"), ("dev", SCHEME_COLOURS["red"])):
        style = stripe_of(Settings(config=wanted, context=name, color_scheme="green"))
        assert style is not None
        assert style.color is not None
        assert style.color.name == colour


async def test_problems_are_in_the_event_drawer() -> None:
    wanted = config("[limits]\nevents = 0")
    async with explorer(settings=Settings(config=wanted)) as seen:
        assert "▲1" in seen.lines[0]
        await seen.press("e")
        assert "config.toml:2: limits.events: 0 is not a number" in seen.line_with("config")


def test_no_keys_are_no_keymap() -> None:
    assert keymap(Config()) == {}
