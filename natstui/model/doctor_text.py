"""The diagnosis as lines, for a terminal and for a screen of the explorer."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from natstui.model.doctor_report import Diagnosis, Outcome, ServerReport, Step

Line = list[tuple[str, str]]
"""Pieces: the name of an ink (see `natstui.ui.theme`), and a text that may hold anything."""

_WORDS = {
    Outcome.OK: ("good", "ok"),
    Outcome.WARNING: ("warn", "warning"),
    Outcome.FAILED: ("bad", "FAILED"),
    Outcome.NOT_TRIED: ("muted", "-"),
}
_OUTCOME, _NAME, _TIME, _LABEL = 9, 12, 11, 20
_INDENT = 2 + _OUTCOME + _NAME + _TIME
_LEAST = 16


def diagnosis_lines(diagnosis: Diagnosis, width: int | None = None) -> list[Line]:
    """Of all servers; folded at `width` cells, if it is given."""
    return [line for server in diagnosis.servers for line in server_lines(server, width)]


def server_lines(report: ServerReport, width: int | None = None) -> list[Line]:
    """Of one server. The verdict stands at both ends: one of them is in sight."""
    verdict = list(_verdict(report, width))
    lines: list[Line] = [[("strong", report.server)], *verdict, []]
    for step in report.steps:
        if step.outcome is not Outcome.NOT_TRIED:
            lines += _step_lines(step, width)
    lines += _untried_lines(report.steps, width)
    return [*lines, [], *verdict, []]


def _untried_lines(steps: list[Step], width: int | None) -> Iterator[Line]:
    """One line for all that could not be tried for the same reason."""
    names: dict[str, list[str]] = {}
    for step in steps:
        if step.outcome is Outcome.NOT_TRIED and step.said is not None:
            names.setdefault(step.said.what, []).append(step.name)
    room = None if width is None else max(_LEAST, width - _OUTCOME - 2)
    for reason, untried in names.items():
        for number, text in enumerate(_folded(f"{', '.join(untried)}: {reason}", room)):
            yield [("muted", f"  {'' if number else '-':<{_OUTCOME}}{text}")]


def _step_lines(step: Step, width: int | None) -> list[Line]:
    ink, word = _WORDS[step.outcome]
    head: Line = [
        (ink, f"  {word:<{_OUTCOME}}"),
        ("strong", f"{step.name:<{_NAME}}"),
        ("muted", f"{_milliseconds(step.seconds):>{_TIME - 2}}  "),
    ]
    body = list(_body(step, width))
    lines: list[Line] = [[*head, *body[0]] if body else head]
    return [*lines, *([("plain", " " * _INDENT), *line] for line in body[1:])]


def _milliseconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds * 1000:,.0f} ms"


def _body(step: Step, width: int | None) -> Iterator[Line]:
    """What is wrong and what to do come first: that is what one looks for."""
    room = None if width is None else max(_LEAST, width - _INDENT)
    if step.said is not None:
        ink, _ = _WORDS[step.outcome]
        for text in _folded(step.said.what, room):
            yield [(ink, text)]
        for text in _folded(step.said.do and f"-> {step.said.do}", room):
            yield [("strong", text)]

    for fact in step.facts:
        label = f"{fact.label:<{_LABEL - 2}}  "
        rest = None if room is None else max(_LEAST, room - len(label))
        for number, text in enumerate(_folded(str(fact) or "-", rest)):
            yield [("muted", " " * len(label) if number else label), ("plain", text)]


def _verdict(report: ServerReport, width: int | None) -> Iterator[Line]:
    if report.doing:
        yield [("muted", f"  {report.doing} ...")]
        return
    ink, _ = _WORDS[report.outcome]
    names = [step.name for step in report.steps if step.outcome is report.outcome]
    text = {
        Outcome.FAILED: f"{' and '.join(names)} failed",
        Outcome.WARNING: f"it works, with a warning about {' and '.join(names)}",
    }.get(report.outcome, "all is well")
    for line in _folded(text, None if width is None else max(_LEAST, width - 2)):
        yield [(ink, f"  {line}")]


def _folded(text: str, width: int | None) -> list[str]:
    if not text or width is None:
        return [text] if text else []
    return textwrap.wrap(text, width) or [""]
