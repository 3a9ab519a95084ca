"""What servers tell, read so that nothing in it can surprise us."""

from __future__ import annotations

import pytest

from natstui.model import system_answer
from natstui.model.system_answer import Told

ANYTHING = [
    None,
    True,
    7,
    10**400,
    -(10**400),
    -1,
    2**64 - 1,
    1.5,
    "x",
    "1.5ms",
    [],
    [1, {}],
    {},
    {"a": {"b": 1}},
]


@pytest.mark.parametrize("data", ANYTHING)
@pytest.mark.parametrize("path", [(), ("a",), ("a", "b")])
def test_whatever_is_there_has_the_type_that_was_asked_for(
    data: object, path: tuple[str, ...]
) -> None:
    assert isinstance(system_answer.text(data, *path), str)
    assert type(system_answer.number(data, *path)) is int
    assert abs(system_answer.number(data, *path)) <= 2**64
    assert type(system_answer.limit(data, *path)) is int
    assert all(isinstance(each, dict) for each in system_answer.objects(data, *path))
    assert all(isinstance(each, str) for each in system_answer.texts(data, *path))
    assert isinstance(system_answer.moment(data, *path), float)
    assert (
        system_answer.seconds(data, *path) is None or system_answer.seconds(data, *path) == 0.0015
    )


def test_what_is_there_is_read() -> None:
    data = {
        "a": {"n": 7, "t": "x", "l": [{"k": 1}, 2], "s": ["x", 1], "rtt": "1m2.5s"},
        "when": "2026-06-01T12:00:00.5Z",
        "never": "0001-01-01T00:00:00Z",
        "unlimited": 2**64 - 1,
    }
    assert (system_answer.number(data, "a", "n"), system_answer.text(data, "a", "t")) == (7, "x")
    assert system_answer.objects(data, "a", "l") == [{"k": 1}]
    assert system_answer.texts(data, "a", "s") == ["x"]
    assert system_answer.seconds(data, "a", "rtt") == 62.5
    assert system_answer.seconds({"rtt": "84\u00b5s"}, "rtt") == pytest.approx(84e-6)
    assert system_answer.moment(data, "when") == 1_780_315_200.5
    assert system_answer.moment(data, "never") == 0.0
    assert (system_answer.limit(data, "unlimited"), system_answer.limit(data, "none")) == (-1, -1)
    assert system_answer.limit({"max": 0}, "max") == 0


def test_a_server_without_a_name_is_called_by_its_id() -> None:
    assert Told({"id": "NABCDEFGHIJK"}, {}).name == "NABCDEFG"
