"""`natstui fields`: which fields messages have, with their values, and groups by them."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import replace
from typing import Any

from natstui.client import errors
from natstui.client.js.requester import checked_name
from natstui.headless.complaints import complain
from natstui.headless.output import Output
from natstui.headless.request import NOT_MET, OK, BadInputError, FailedError, Request
from natstui.headless.subjects import filter_of
from natstui.headless.table import Heading, table
from natstui.headless.tail import TailCommand
from natstui.model import words
from natstui.model.explain import explain
from natstui.model.field import Field, FieldError, parse_field
from natstui.model.field_survey import FieldStats, FieldSurvey
from natstui.model.grouping import Grouping, GroupStats
from natstui.model.session import Session
from natstui.model.spread import Spread
from natstui.model.stream_reader import StreamReader
from natstui.model.stream_scan import StreamFeed
from natstui.model.tail import Record
from natstui.model.work import Work

DEFAULT_SECONDS = 10.0
_TOP = 10
_QUANTILES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))


class Report:
    """Takes messages, and says in the end what they have in common.

    BadInputError for a field that cannot be.
    """

    def __init__(self, request: Request) -> None:
        self.form = request.form
        self.by = _field("--group-by", request.group_by)
        self.of = _field("--values", request.values)
        if self.of is not None and self.by is None:
            raise BadInputError("--values: needs --group-by beside it")
        self.survey = FieldSurvey()
        self.grouping = None if self.by is None else Grouping(self.by, self.of)

    @property
    def messages(self) -> int:
        """How many were taken."""
        return (self.grouping or self.survey).messages

    def take(self, record: Record) -> None:
        """One message."""
        (self.grouping or self.survey).take(record)

    def text(self) -> str:
        """The report, in the form that was asked for; what was left out is complained about."""
        rows = self._fields() if self.grouping is None else self._groups(self.grouping)
        self._complain()
        if self.form == "json":
            return json.dumps(self._document(rows)) + "\n"
        if self.form == "ndjson":
            return "".join(json.dumps(row) + "\n" for row in rows)
        return self._table()

    def _document(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        grouping = self.grouping
        if grouping is None:
            survey = self.survey
            counted = {"messages": survey.messages, "documents": survey.documents}
            return {**counted, "too_large": survey.too_large, "fields": rows}
        return {
            "messages": grouping.messages,
            "without": grouping.without,
            "too_large": grouping.too_large,
            "group_by": grouping.by.name,
            "values": None if self.of is None else self.of.name,
            "groups": rows,
        }

    def _fields(self) -> list[dict[str, Any]]:
        return [_field_json(stats, self.survey.messages) for stats in self.survey.fields.values()]

    def _groups(self, grouping: Grouping) -> list[dict[str, Any]]:
        return [
            {
                "value": group.text,
                "messages": group.messages,
                "share": group.messages / max(1, grouping.messages),
                **({} if self.of is None else {"numbers": numbers_json(group.numbers)}),
            }
            for group in grouping.all_groups()
        ]

    def _complain(self) -> None:
        survey, grouping = self.survey, self.grouping
        too_large = (grouping or survey).too_large
        if too_large:
            complain(f"{words.plural(too_large, 'payload')} too large to be looked into")
        if survey.fields_left_out:
            complain(f"only the first {len(survey.fields):,} fields are counted")
        if survey.cut:
            messages = words.plural(survey.cut, "message")
            complain(f"of {messages} with very many values only some were looked at")
        if grouping is not None and grouping.others.messages:
            groups = len(grouping.groups)
            complain(f"the first {groups:,} values have a group each, the others one together")

    # For people

    def _table(self) -> str:
        if self.grouping is not None:
            return self._group_table(self.grouping)
        headings = [Heading("field"), Heading("in", True), Heading("type")]
        headings += [Heading("distinct", True), Heading("values")]
        rows = [
            (
                stats.name,
                words.percent(stats.messages / max(1, self.survey.messages)),
                stats.type,
                stats.distinct,
                words.gist(stats.numbers, stats.top(), stats.messages, stats.is_numeric),
            )
            for stats in self.survey.fields.values()
        ]
        return table(headings, rows)

    def _group_table(self, grouping: Grouping) -> str:
        names = ["min", *(name for name, _ in _QUANTILES), "max"] if self.of is not None else []
        headings = [Heading("value"), Heading("messages", True), Heading("share", True)]
        headings += [Heading(name, True) for name in names]
        return table(headings, [self._group_row(grouping, each) for each in grouping.all_groups()])

    def _group_row(self, grouping: Grouping, group: GroupStats) -> list[str]:
        share = words.percent(group.messages / max(1, grouping.messages))
        name = "(others)" if group.text is None else group.text
        row = [name, f"{group.messages:,}", share]
        if self.of is None:
            return row
        numbers = numbers_json(group.numbers)
        if numbers is None:
            return [*row, *["-"] * (len(_QUANTILES) + 2)]
        shown = ("min", *(name for name, _ in _QUANTILES), "max")
        return [*row, *(words.number(numbers[name]) for name in shown)]


class TailFields(TailCommand):
    """Of messages as they come: until there were as many as asked for, or the time is over."""

    SLOW = "there were too many to look at"

    def __init__(self, request: Request, session: Session) -> None:
        if request.count is None and request.timeout is None:
            request = replace(request, timeout=DEFAULT_SECONDS)
        super().__init__(request, session)
        self.report = Report(request)

    def _show(self, record: Record, lines: list[str]) -> None:
        self.report.take(record)

    async def run(self, output: Output) -> int:
        code = await super().run(output)
        output.write(self.report.text())
        await output.drained()
        return code


class StreamFields:
    """Of what is stored, the newest first, without a consumer."""

    def __init__(self, request: Request, session: Session) -> None:
        if request.words:
            raise BadInputError("--stream: instead of a subject; --filter subject:… takes some")
        self.request = request
        self.session = session
        self.report = Report(request)
        reader = StreamReader(session, _stream(request.stream))
        wanted = filter_of(request.filter)
        self.feed = StreamFeed(reader, self.report.take, wanted=wanted, most=request.count)

    async def prepare(self) -> None:
        """There is nothing to subscribe to."""

    async def run(self, output: Output) -> int:
        """Until all of it was read, or the time is over: that is NOT_MET."""
        code = OK
        try:
            async with asyncio.timeout(self.request.timeout) as limit:
                await self._read(limit)
        except TimeoutError:
            code = NOT_MET
            done = self.feed.done / (self.feed.total or 1)
            complain(f"{done:.0%} of the stream within {self.request.timeout:g} s")
        if self.feed.partial:
            complain(f"{self.feed.partial:,} messages were too large to be searched to their end")
        output.write(self.report.text())
        await output.drained()
        return code

    async def _read(self, limit: asyncio.Timeout) -> None:
        try:
            await self.feed.run(Work("fields"))
        except (errors.Error, TimeoutError) as error:
            if limit.expired():
                raise
            told = explain(error, settings=self.session.settings)
            raise FailedError(str(told)) from None


def fields_command(request: Request, session: Session) -> TailFields | StreamFields:
    """What does it; BadInputError for what cannot be."""
    return (StreamFields if request.stream else TailFields)(request, session)


def numbers_json(numbers: Spread) -> dict[str, Any] | None:
    """How numbers are spread, None if there are none; `error` is a share of each percentile.

    `mean` is None where the numbers are too large to be added.
    """
    if not numbers.count:
        return None
    return {
        "count": numbers.count,
        "min": numbers.low,
        **{name: numbers.quantile(share) for name, share in _QUANTILES},
        "max": numbers.high,
        "mean": numbers.mean if math.isfinite(numbers.mean) else None,
        "error": numbers.error,
    }


def _field_json(stats: FieldStats, messages: int) -> dict[str, Any]:
    groups = stats.groups(stats.messages)[:_TOP]
    return {
        "field": stats.name,
        "messages": stats.messages,
        "share": stats.messages / max(1, messages),
        "types": dict(stats.types),
        "distinct": len(stats.values),
        "others": stats.others,
        "top": [{"value": group.text, "messages": group.messages} for group in groups],
        "numbers": numbers_json(stats.numbers),
    }


def _field(flag: str, text: str) -> Field | None:
    try:
        return parse_field(text) if text else None
    except FieldError as error:
        raise BadInputError(f"{flag}: {error}") from None


def _stream(name: str) -> str:
    try:
        return checked_name("stream", name)
    except ValueError as error:
        raise BadInputError(str(error).removeprefix("nats: ")) from None
