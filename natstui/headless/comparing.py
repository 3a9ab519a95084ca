"""`natstui compare`: two systems side by side, and an exit code: whether they are the same.

The words of the tables are those of the pane. Nothing is created and nothing is changed: both
sessions are read-only whatever the command line says.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from natstui.client import errors
from natstui.client.js.errors import InvalidBucketNameError, InvalidKeyError
from natstui.client.js.kv_names import check_bucket, check_filter
from natstui.headless.complaints import complain
from natstui.headless.listing import library_words
from natstui.headless.output import Output
from natstui.headless.racing import unless
from natstui.headless.request import OK, BadInputError, FailedError, Form
from natstui.headless.streams import check_stream
from natstui.headless.table import Heading, table
from natstui.model import words
from natstui.model.comparing import (
    AssetComparison,
    AssetPair,
    Compared,
    Comparison,
    ConsumerComparison,
    StreamComparison,
    Verdict,
    both,
)
from natstui.model.comparison_words import difference_words, verdict_words
from natstui.model.explain import explain
from natstui.model.key_comparing import KeyComparison, KeyPair, Revision
from natstui.model.kv_session import ALL
from natstui.model.reaching import UnreachableError, reach
from natstui.model.session import Session
from natstui.model.settings import Settings
from natstui.model.work import Work

DIFFERENT = 1

P = TypeVar("P", bound=Compared)


@dataclass(frozen=True)
class CompareRequest:
    """`what` ("streams", "consumers", "kv") of which `names`; `everything`: the same ones too."""

    what: str
    names: tuple[str, ...] = ()
    form: Form = "table"
    everything: bool = False
    config_only: bool = False


@dataclass(frozen=True)
class Shape(Generic[P]):
    """How the things of a comparison are shown: as the columns of a row, as JSON."""

    headings: tuple[Heading, ...]
    row: Callable[[P], list[str]]
    fields: Callable[[P], dict[str, Any]]


def run(a: Settings, b: Settings, request: CompareRequest) -> int:
    """Do it; the exit code. BadInputError and FailedError say why it was not done."""
    return asyncio.run(run_async(a, b, request))


async def run_async(
    a: Settings, b: Settings, request: CompareRequest, descriptor: int | None = None
) -> int:
    """As `run`, within a loop; `descriptor` is where answers go, standard output by default."""
    here, there = Session(replace(a, read_only=True)), Session(replace(b, read_only=True))
    comparison = _comparison(request, here, there)
    output = Output(descriptor)
    try:
        return await unless(output.ended(), _compare(comparison, request, output))
    except BrokenPipeError:  # natstui compare … | head: whoever reads has had enough
        return OK if comparison.is_same else DIFFERENT
    finally:
        await both(here.close(), there.close())
        await output.close()


def _comparison(request: CompareRequest, a: Session, b: Session) -> Comparison[Any]:
    names, config_only = request.names, request.config_only
    match request.what:
        case "streams":
            checked = dict.fromkeys(map(check_stream, names))
            return StreamComparison(a, b, tuple(checked), config_only=config_only)
        case "consumers":
            if len(names) > 1:
                raise BadInputError(f"one stream is enough, but found {names[1]!r} too")
            stream = check_stream(names[0]) if names else ""
            return ConsumerComparison(a, b, stream, config_only=config_only)
    return _keys(names, a, b)


def _keys(names: tuple[str, ...], a: Session, b: Session) -> KeyComparison:
    if not 1 <= len(names) <= 2:
        raise BadInputError("kv: needs a bucket, and may have a pattern for its keys")
    try:
        check_bucket(names[0])
        check_filter(pattern := (*names, ALL)[1])
    except (InvalidBucketNameError, InvalidKeyError) as error:
        raise BadInputError(library_words(error)) from None
    return KeyComparison(a, b, names[0], pattern)


async def _compare(comparison: Comparison[Any], request: CompareRequest, output: Output) -> int:
    try:
        await both(_reach(comparison.a), _reach(comparison.b))
        await _show(comparison, request, output)
    except (errors.Error, TimeoutError) as error:
        raise FailedError(str(explain(error))) from None
    await output.drained()
    complain(comparison.summary)
    return OK if comparison.is_same else DIFFERENT


async def _reach(session: Session) -> None:
    try:
        await reach(session, session.settings.timeout)
    except UnreachableError as error:
        where = f"{session.name}: " if session.settings.context else ""
        raise FailedError(f"{where}{error}") from None


async def _show(comparison: Comparison[Any], request: CompareRequest, output: Output) -> None:
    shape = _shape(comparison)
    rows: list[list[str]] = []
    lines = 0
    async for pair in comparison.pairs(Work("comparing")):
        if pair.verdict == "same" and not request.everything:
            continue
        if request.form == "table":
            rows.append(shape.row(pair))
            continue
        line = json.dumps(shape.fields(pair)).replace("\x7f", "\\u007f")
        if request.form == "json":
            line = f"{',' if lines else '['}\n  {line}"
        output.write(line if request.form == "json" else f"{line}\n")
        lines += 1
        await output.room()
    if request.form == "json":
        output.write("\n]\n" if lines else "[]\n")
    elif request.form == "table" and rows:
        output.write(table(shape.headings, rows))


def _shape(comparison: Comparison[Any]) -> Shape[Any]:
    a, b = comparison.a.name, comparison.b.name

    def said(verdict: Verdict) -> str:
        return verdict_words(verdict, a, b)

    if isinstance(comparison, AssetComparison):
        return Shape(
            (Heading(comparison.nouns[0]), Heading("verdict"), Heading(f"{a} → {b}")),
            lambda pair: [pair.name, said(pair.verdict), difference_words(pair)],
            _consumer if isinstance(comparison, ConsumerComparison) else _stream,
        )
    numbers = ("revision", "size")
    return Shape(
        (
            Heading("key"),
            Heading("verdict"),
            *(Heading(f"{name} {side}", right=True) for side in (a, b) for name in numbers),
        ),
        lambda pair: [pair.name, said(pair.verdict), *_side(pair.a), *_side(pair.b)],
        _key,
    )


def _side(side: Revision | None) -> list[str]:
    return ["", ""] if side is None else [f"{side.revision:,}", words.short_size(side.size)]


def _stream(pair: AssetPair) -> dict[str, Any]:
    return {"stream": pair.name, **_asset(pair)}


def _consumer(pair: AssetPair) -> dict[str, Any]:
    stream, _, name = pair.name.partition(" > ")
    return {"stream": stream, "consumer": name, **_asset(pair)}


def _asset(pair: AssetPair) -> dict[str, Any]:
    fields = [{"field": each.path, "a": each.a, "b": each.b} for each in pair.differences]
    return {"verdict": pair.verdict, "differences": fields}


def _key(pair: KeyPair) -> dict[str, Any]:
    a, b = pair.a, pair.b
    return {
        "key": pair.name,
        "verdict": pair.verdict,
        "revision_a": a.revision if a else None,
        "revision_b": b.revision if b else None,
        "size_a": a.size if a else None,
        "size_b": b.size if b else None,
    }
