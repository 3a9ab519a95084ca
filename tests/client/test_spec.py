"""Every name of the API that this client stands in for is here, and is called the same way.

`tests/data/spec.json` is the published API (see tests/client/spec/extract.py). A program that moves
over changes its imports and nothing else: the same parameters in the same order with the same
defaults; what this client adds can only be named, never be hit by position.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

SPEC: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "data" / "spec.json").read_text(encoding="utf-8")
)

# The pages do not say what the errors derive from; programs' `except` clauses do.
PARENTS = {
    "nats.errors.TimeoutError": ["nats.errors.Error", "asyncio.TimeoutError"],
    "nats.errors.FlushTimeoutError": ["nats.errors.TimeoutError"],
    "nats.errors.DrainTimeoutError": ["nats.errors.TimeoutError"],
    "nats.errors.UnexpectedEOF": ["nats.errors.StaleConnectionError"],
    "nats.js.errors.Error": ["nats.errors.Error"],
    "nats.js.errors.APIError": ["nats.js.errors.Error"],
    "nats.js.errors.ServiceUnavailableError": ["nats.js.errors.APIError"],
    "nats.js.errors.ServerError": ["nats.js.errors.APIError"],
    "nats.js.errors.NotFoundError": ["nats.js.errors.APIError"],
    "nats.js.errors.BadRequestError": ["nats.js.errors.APIError"],
    "nats.js.errors.BadBucketError": ["nats.js.errors.APIError"],
    "nats.js.errors.KeyValueError": ["nats.js.errors.APIError"],
    "nats.js.errors.BucketNotFoundError": ["nats.js.errors.NotFoundError"],
    "nats.js.errors.ObjectNotFoundError": ["nats.js.errors.NotFoundError"],
    "nats.js.errors.ObjectDeletedError": ["nats.js.errors.NotFoundError"],
    "nats.js.errors.KeyNotFoundError": [
        "nats.js.errors.KeyValueError",
        "nats.js.errors.NotFoundError",
    ],
    "nats.js.errors.KeyDeletedError": [
        "nats.js.errors.KeyValueError",
        "nats.js.errors.NotFoundError",
    ],
    "nats.js.errors.KeyWrongLastSequenceError": [
        "nats.js.errors.KeyValueError",
        "nats.js.errors.BadRequestError",
    ],
    "nats.js.errors.NoKeysError": ["nats.js.errors.KeyValueError"],
    "nats.js.errors.KeyHistoryTooLargeError": ["nats.js.errors.KeyValueError"],
}


def find(path: str) -> Any:
    """What a dotted name of the pages stands for in this client."""
    return inspect.getattr_static(*owner_and_name(path))


def owner_and_name(path: str) -> tuple[Any, str]:
    words = path.split(".")
    if words[0] == "nats":
        words[:1] = ["natstui", "client"]
    for end in range(len(words) - 1, 0, -1):
        try:
            owner = importlib.import_module(".".join(words[:end]))
        except ModuleNotFoundError:
            continue
        for word in words[end:-1]:
            owner = getattr(owner, word)
        return owner, words[-1]
    raise AssertionError(f"no module of {path}")


def in_words(default: Any) -> str:
    """A default as the pages write it."""
    if isinstance(default, Enum):
        return f"{type(default).__name__}.{default.name}"
    return repr(default)


def assert_called_the_same_way(entry: dict[str, Any], target: Any) -> None:
    parameters = list(inspect.signature(target).parameters.values())
    if inspect.isfunction(target) and entry["path"].count(".") > 1:
        assert parameters.pop(0).name == "self"
    wanted = entry["parameters"]
    by_position = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert [p.name for p in by_position] == [name for name, *_ in wanted]
    for parameter, (name, *default) in zip(by_position, wanted, strict=True):
        if not default:
            assert parameter.default is parameter.empty, f"{name} is required"
        elif default[0].startswith("["):
            assert list(parameter.default) == ast.literal_eval(default[0])
        else:
            assert in_words(parameter.default) == default[0]
    others = [p for p in parameters if p not in by_position]
    if entry.get("options"):
        assert others, "takes further parameters by name"
    else:
        assert all(p.default is not p.empty for p in others if p.kind is p.KEYWORD_ONLY)


def check(entry: dict[str, Any]) -> None:
    path = entry["path"]
    target = find(path)
    match entry["kind"]:
        case "property":
            assert inspect.isdatadescriptor(target)
            return
        case "classmethod":
            assert isinstance(target, classmethod)
            target = target.__func__
            names = list(inspect.signature(target).parameters)
            assert names == ["cls", *(name for name, *_ in entry["parameters"])]
            return
        case "exception":
            assert issubclass(target, Exception)
            for parent in PARENTS.get(path, ["nats.errors.Error"]):
                assert issubclass(target, find(parent)), parent
    if replacement := entry.get("replaced_by"):
        # What is raised is the new name; code that catches the old one must see it.
        assert issubclass(find(replacement), target)
    elif entry.get("enum"):
        assert issubclass(target, Enum)
    elif entry["kind"] != "exception" or entry["parameters"]:
        assert_called_the_same_way(entry, target)
    if entry["kind"] == "function":
        assert inspect.iscoroutinefunction(target) == entry.get("async", False)


def entries(section: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("entry", SPEC[section], ids=lambda entry: entry["path"])


@entries("core")
def test_core_is_called_the_same_way(entry: dict[str, Any]) -> None:
    check(entry)


@entries("js")
def test_jetstream_is_called_the_same_way(entry: dict[str, Any]) -> None:
    check(entry)


@entries("kv")
def test_key_value_is_called_the_same_way(entry: dict[str, Any]) -> None:
    check(entry)


@entries("object")
def test_objects_are_described_the_same_way(entry: dict[str, Any]) -> None:
    check(entry)


@entries("errors")
def test_errors_are_caught_the_same_way(entry: dict[str, Any]) -> None:
    check(entry)


@pytest.mark.parametrize(
    "path",
    [
        "nats.js.JetStreamContext",
        "nats.js.JetStreamManager",
        "nats.aio.client.RawCredentials",
        "nats.aio.client.Msg",
        "nats.aio.client.Subscription",
        "nats.js.api.RawStreamMsg.sequence",
    ],
)
def test_what_programs_import_without_its_being_published_is_there(path: str) -> None:
    assert find(path)
