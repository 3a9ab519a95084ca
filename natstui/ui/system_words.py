"""What the pages of the Server pane share: what a look cost, and what could not be seen."""

from __future__ import annotations

from natstui.model.gathering import MOST_ANSWERS
from natstui.model.polling import Poll
from natstui.model.system_board import SystemBoard
from natstui.ui import words
from natstui.ui.drawing import Span


def load_words(board: SystemBoard, poll: Poll) -> list[Span]:
    """What a look costs the servers."""
    look = board.look
    if look is None:
        return []
    answers = f"{look.requests:,} asked, {words.plural(look.answers, 'answer')}"
    return [("muted", f"{answers}, every {poll.pause:.0f} s")]


def trouble_words(board: SystemBoard, poll: Poll, *, problems: bool = False) -> str:
    """What could not be asked, where the page itself does not say it (`problems`), and what could
    not be understood or taken in, though there is something to see.
    """
    if board.look is None:
        return ""
    said = [f"{subject}: {why}" for subject, why in board.problems.items()] if problems else []
    if poll.problem is not None:
        said = [poll.problem.what]
    if board.broken:
        said.append(f"{words.plural(board.broken, 'answer')} of no server")
    if board.look.is_cut:
        said.append(f"only the first {MOST_ANSWERS:,} answers")
    return "; ".join(said)


def problem_lines(board: SystemBoard) -> list[list[Span]]:
    """Each subject that could not be asked, and why."""
    lines: list[list[Span]] = []
    for subject, problem in board.problems.items():
        lines += [[("warn", subject)], [("muted", f"  {problem}")]]
    return lines


def empty_hint(board: SystemBoard, what: str) -> list[list[Span]]:
    """For a table without rows: what is not there, or may not be seen."""
    if board.problems:
        return [[("strong", f"{what.capitalize()} cannot be seen here:")], *problem_lines(board)]
    return [[("strong", f"There are no {what}.")]]


def rtt_words(seconds: float | None) -> str:
    """A round trip, "" if it is not known."""
    return "" if seconds is None else words.seconds(seconds)
