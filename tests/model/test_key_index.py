"""Keys: sorted, filtered, as a tree; ten of them or a million."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.model import key_index
from natstui.model.key_index import PIECE, KeyIndex, KeyView
from natstui.model.key_tree import MOST_BRANCHES, KeyTree

KEYS = [
    "config",
    "config.features",
    "config.limits.eu",
    "config.limits.us",
    "config-old",
    "users.eu.1",
    "users.eu.2",
    "zone.only.one",
]
tokens = st.text("ab-/=_0", min_size=1, max_size=3)
keys = st.lists(st.lists(tokens, min_size=1, max_size=4).map(".".join), max_size=30)


def tree(*names: str) -> KeyTree:
    return KeyTree(KeyView(KeyIndex(names)))


def drawn(tree: KeyTree) -> list[str]:
    return ["  " * tree[row].depth + tree[row].name for row in range(len(tree))]


def test_keys_are_a_tree_by_their_dots() -> None:
    assert drawn(tree(*KEYS)) == [
        "config",
        "config-old",
        "config.",
        "  features",
        "  limits.",
        "    eu",
        "    us",
        "users.eu.",
        "  1",
        "  2",
        "zone.only.one",
    ]


def test_a_branch_closes_and_opens() -> None:
    made = tree(*KEYS)
    made.open("config.", False)
    assert drawn(made)[2:4] == ["config.", "users.eu."]
    assert made[2].keys == 3
    assert made.row_of("config.limits.us") is None
    made.open("config.limits.", False)
    made.open_to("config.limits.us")
    row = made.row_of("config.limits.us")
    assert row is not None
    assert made[row].key == "config.limits.us"


@given(keys)
def test_every_key_has_one_line_and_is_found_there(names: list[str]) -> None:
    made = tree(*names)
    rows = [made[row] for row in range(len(made))]
    assert sorted(row.key for row in rows if not row.is_branch) == sorted(set(names))
    for place, row in enumerate(rows):
        assert made.row_of(row.key) == place
        if row.is_branch:
            assert row.keys == sum(name.startswith(row.key) for name in set(names))
    made.flat = True
    assert [made[row].key for row in range(len(made))] == sorted(set(names))


@given(keys, keys, st.text("ab.-*>", max_size=4))
def test_what_comes_and_goes_ends_as_if_loaded_anew(
    before: list[str], changes: list[str], text: str
) -> None:
    view = KeyView(KeyIndex(before))
    made = KeyTree(view)
    view.set_filter(text)
    expected = set(before)
    for key in changes:
        if key in expected:
            expected.discard(key)
            assert view.discard(key)
        else:
            expected.add(key)
            assert view.add(key)
        made.sync()
    made.sync()
    anew = KeyView(KeyIndex(expected))
    anew.set_filter(text)
    assert view.all.keys == anew.all.keys
    assert view.shown.keys == anew.shown.keys
    assert drawn(made) == drawn(KeyTree(anew))


@given(keys, keys, st.text("ab.-*>", min_size=1, max_size=4), st.booleans())
def test_what_comes_and_goes_while_it_is_searched(
    before: list[str], changes: list[str], text: str, typed: bool
) -> None:
    """A piece of two keys at a time, and after each something else changes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_index, "PIECE", 2)
        patch.setattr(key_index, "AT_ONCE", 0.0)
        view = KeyView(KeyIndex(before))
        if typed:
            view.set_filter(text[:-1])
            view.finish()
        view.set_filter(text)
        if not typed:
            view.finish()
            view.set_keys(before)  # listed anew
        expected = set(before)
        for key in changes:
            assert view.discard(key) if key in expected else view.add(key)
            expected ^= {key}
            view.advance(0.0)
        view.finish()
    anew = KeyView(KeyIndex(expected))
    anew.set_filter(text)
    assert view.is_complete
    assert view.all.keys == anew.all.keys
    assert view.shown.keys == anew.shown.keys


@given(keys, keys, st.text("ab.-*>", max_size=3), st.booleans())
def test_a_page_more_ends_as_if_loaded_at_once(
    first: list[str], second: list[str], text: str, done: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_index, "PIECE", 2)
        patch.setattr(key_index, "AT_ONCE", 0.0)
        view = KeyView(KeyIndex(f"a{name}" for name in first))
        view.set_filter(text)
        if done:
            view.finish()
        view.extend(KeyIndex(f"b{name}" for name in second))
        view.finish()
    anew = KeyView(KeyIndex([*(f"a{name}" for name in first), *(f"b{name}" for name in second)]))
    anew.set_filter(text)
    assert view.shown.keys == anew.shown.keys
    view.extend(KeyIndex(["0"]))
    assert view.all.keys == anew.all.keys or not anew.all.keys


def test_a_search_among_many_shows_what_it_found_so_far() -> None:
    view = KeyView(KeyIndex([f"{number:07}" for number in range(PIECE * 3)]))
    view.set_filter("0")
    view.finish()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_index, "AT_ONCE", 0.0)
        view.set_filter("00")
        seen = [(len(view.shown), view.is_complete)]
        for _ in range(2):
            view.advance(0.0)
            seen.append((len(view.shown), view.is_complete))
        assert seen == [(PIECE, False), (2 * PIECE, False), (3 * PIECE, True)]
        # What is listed anew is not seen before it was searched.
        view.set_keys(view.all.keys)
        assert len(view.shown) == 3 * PIECE


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", KEYS),
        ("limits", ["config.limits.eu", "config.limits.us"]),
        ("EU", []),
        ("eu config", ["config.limits.eu"]),
        ("config -limits", ["config", "config-old", "config.features"]),
        ("*.eu.*", ["users.eu.1", "users.eu.2"]),
        ("config.> -*.*.us", ["config.features", "config.limits.eu"]),
        ("-", KEYS),
    ],
)
def test_a_filter_is_words_and_patterns(text: str, found: list[str]) -> None:
    view = KeyView(KeyIndex(KEYS))
    typed = ""
    for char in text:
        typed += char
        view.set_filter(typed)
    assert view.shown.keys == sorted(found)


def test_small_letters_find_capitals_and_capitals_only_themselves() -> None:
    view = KeyView(KeyIndex(["Users.Ada", "users.bob"]))
    view.set_filter("users")
    assert len(view.shown) == 2
    view.set_filter("Users")
    assert view.shown.keys == ["Users.Ada"]


def test_a_million_keys_take_a_moment_and_no_object_each() -> None:
    names = [f"shop.{number // 10_000:02}.user-{number:07}" for number in range(1_000_000)]
    started = time.process_time()
    view = KeyView(KeyIndex(names))
    made = KeyTree(view)
    made.open("shop.", True)
    made.open("shop.42.", True)
    assert len(made) == 1 + 100 + 10_000
    view.add("shop.42.user-zzz")
    made.sync()
    assert made[made.row_of("shop.42.user-zzz") or 0].name == "user-zzz"
    for typed in ("7", "77", "777", "7777"):
        view.set_filter(typed)
        made.sync()
    view.finish()
    assert len(view.shown) == sum("7777" in name for name in names)
    # Far beyond what it takes on a slow machine; only a wrong order of growth gets there.
    assert time.process_time() - started < 20


@pytest.mark.parametrize("flat", [False, True])
def test_a_line_can_be_asked_for_between_any_two_changes(flat: bool) -> None:
    view = KeyView(KeyIndex(["a.b", "a.c", "limits"]))
    tree = KeyTree(view, flat=flat)
    view.set_filter("lim")
    assert drawn_keys(tree) == ["limits"]
    view.discard("limits")
    assert tree.row_of("limits") is None
    assert drawn_keys(tree) == []
    view.set_filter("")
    view.discard("a.c")
    assert drawn_keys(tree) == ["a.b"]


def drawn_keys(tree: KeyTree) -> list[str]:
    return [tree[row].key for row in range(len(tree)) if not tree[row].is_branch]


def test_more_branches_than_can_be_searched_are_flat_at_the_end() -> None:
    names = [f"u.{number:05}.{part}" for number in range(MOST_BRANCHES + 10) for part in "ab"]
    made = tree(*names)
    made.open("u.", True)
    assert len(made) == 1 + MOST_BRANCHES + 20
    assert made[len(made) - 1].name == f"{MOST_BRANCHES + 9:05}.b"
