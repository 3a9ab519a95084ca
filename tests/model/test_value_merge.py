"""Three values put together: nothing of either side is lost, and nothing is decided silently."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natstui.model.json_merge import STYLES, read_json, write_json
from natstui.model.text_merge import MOST_LINES
from natstui.model.value_merge import Choice, Taken, ValueMerge

lines = st.lists(st.sampled_from(["a", "b", "c", "", "d\r"]), max_size=6)
texts = lines.map("\n".join)
scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "ü"])
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)
objects = st.dictionaries(st.sampled_from("abcd"), values, max_size=4).map(json.dumps)
bytes_or_none = st.none() | st.sampled_from([b"", b"\xff\xfe", b"a\nb", b'{"a":1}', b"\0"])
anything = (texts | objects).map(str.encode) | bytes_or_none


def settled(merge: ValueMerge, choice: Choice) -> bytes | None:
    for conflict in merge.conflicts:
        conflict.choose(choice)
    return merge.result()


def meaning(value: bytes | None) -> Any:
    """JSON by what it says, everything else as it is."""
    try:
        return read_json((value or b"").decode())
    except ValueError:
        return value


@given(anything, anything)
def test_a_side_that_changed_nothing_gives_way(base: bytes | None, changed: bytes | None) -> None:
    theirs = ValueMerge(base, base, changed) if base is not None else None
    if theirs is not None:
        assert theirs.conflicts == []
        assert meaning(theirs.result()) == meaning(changed)
    if changed is not None:
        mine = ValueMerge(base, changed, base)
        assert mine.conflicts == []
        assert meaning(mine.result()) == meaning(changed)


@given(anything, anything)
def test_the_same_change_on_both_sides_is_no_conflict(
    base: bytes | None, changed: bytes | None
) -> None:
    if changed is None:
        return
    merge = ValueMerge(base, changed, changed)
    assert merge.conflicts == []
    assert meaning(merge.result()) == meaning(changed)


@given(objects, objects, objects)
def test_in_objects_every_key_goes_its_own_way(base: str, mine: str, theirs: str) -> None:
    merge = ValueMerge(base.encode(), mine.encode(), theirs.encode())
    other_way = ValueMerge(base.encode(), theirs.encode(), mine.encode())
    assert merge.kind == "json"
    assert len(merge.conflicts) == len(other_way.conflicts)
    result = meaning(settled(merge, "mine"))
    assert result == meaning(settled(other_way, "theirs"))
    olds, ours, others = (read_json(text) for text in (base, mine, theirs))
    for key in {*olds, *ours, *others}:
        old, our, other = (each.get(key, "missing") for each in (olds, ours, others))
        if other == old:
            assert result.get(key, "missing") == our
        if our == old:
            assert result.get(key, "missing") == other


@given(texts, texts, texts)
def test_lines_of_both_sides_survive(base: str, mine: str, theirs: str) -> None:
    merge = ValueMerge(base.encode(), mine.encode(), theirs.encode())
    other_way = ValueMerge(base.encode(), theirs.encode(), mine.encode())
    if merge.kind == "text":
        assert settled(merge, "mine") == settled(other_way, "theirs")
        result = (settled(merge, "both") or b"").decode()
        for line in {*mine.split("\n"), *theirs.split("\n")} - {*base.split("\n"), ""}:
            assert line in result


@given(values, st.sampled_from(STYLES))
def test_json_is_written_as_it_was_read(value: Any, style: Any) -> None:
    text = write_json(read_json(json.dumps(value)), style)
    assert json.loads(text) == value
    assert write_json(read_json(text), style) == text


def test_different_keys_merge_by_themselves_in_the_style_of_the_text() -> None:
    merge = ValueMerge(
        b'{"total":12.90,"paid":false,"by":"ada"}',
        b'{"total":12.90,"paid":true,"by":"ada"}',
        b'{"total":13.00,"paid":false,"by":"ada","at":1e3}',
    )
    assert merge.taken == [Taken("total", "theirs"), Taken("paid", "mine"), Taken("at", "theirs")]
    assert merge.result() == b'{"total":13.00,"paid":true,"by":"ada","at":1e3}'


def test_the_same_key_is_a_conflict_that_somebody_decides() -> None:
    base, mine, theirs = (b'{"limit": {"eu": %d}}' % number for number in (1, 2, 3))
    merge = ValueMerge(base, mine, theirs)
    (conflict,) = merge.conflicts
    assert (conflict.where, conflict.base, conflict.mine, conflict.theirs) == (
        "limit.eu",
        "1",
        "2",
        "3",
    )
    assert not merge.is_settled
    with pytest.raises(ValueError, match="not every conflict"):
        merge.result()
    conflict.choose("both")
    assert not merge.is_settled
    assert settled(merge, "mine") == mine
    assert settled(merge, "theirs") == theirs


def test_a_key_that_one_side_removed_and_the_other_changed() -> None:
    merge = ValueMerge(b'{"a":1,"b":2}', b'{"b":2}', b'{"a":3,"b":2}')
    assert (merge.conflicts[0].mine, merge.conflicts[0].theirs) == (None, "3")
    assert settled(merge, "mine") == b'{"b":2}'


def test_two_who_create_the_same_object() -> None:
    merge = ValueMerge(b'{"x":{}}', b'{"x":{},"n":{"a":1}}', b'{"x":{},"n":{"b":2}}')
    assert merge.conflicts == []
    assert merge.result() == b'{"x":{},"n":{"b":2,"a":1}}'
    anew = ValueMerge(None, b'{"a": 1}', b'{"b": 2}')
    assert anew.result() == b'{"b": 2, "a": 1}'


def test_text_merges_by_lines() -> None:
    merge = ValueMerge(
        b"one\ntwo\nthree\nfour\n", b"ONE\ntwo\nthree\nfour\n", b"one\ntwo\nthree\n4"
    )
    assert merge.conflicts == []
    assert merge.result() == b"ONE\ntwo\nthree\n4"


@pytest.mark.parametrize("theirs", [b"\xff theirs", None])
def test_what_is_no_text_or_gone_is_decided_as_a_whole(theirs: bytes | None) -> None:
    merge = ValueMerge(b"\xff base", b"\xff mine", theirs)
    assert merge.kind == "whole"
    assert len(merge.conflicts) == 1
    assert settled(merge, "mine") == b"\xff mine"
    assert settled(merge, "theirs") == theirs


@pytest.mark.parametrize("odd", ['{"a":1,"a":2}', '{"a":NaN}', "[" * 3_000, '{"a":' * 200 + "1"])
def test_json_that_could_not_be_written_back_is_text(odd: str) -> None:
    merge = ValueMerge(b'{"a":1}', odd.encode(), b'{"a":2}')
    assert merge.kind == "text"
    assert settled(merge, "mine") == odd.encode()


def test_a_text_of_very_many_lines_is_one_conflict() -> None:
    base = b"\n" * (MOST_LINES + 1)
    merge = ValueMerge(base, base + b"mine", base + b"theirs")
    assert len(merge.conflicts) == 1
