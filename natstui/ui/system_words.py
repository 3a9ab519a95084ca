"""What the pages of the Server pane share: what a look cost, and what could not be seen."""

from __future__ import annotations

from natstui.model.gathering import MOST_ANSWERS
from natstui.model.polling import Poll
from natstui.model.system_board import SystemBoard
from natstui.ui import words
from natstui.ui.drawing import Span

_ROOM_FOR_MORE = 110


def load_words(board: SystemBoard, poll: Poll, width: int, *, problems: bool = False) -> list[Span]:
    """What a look costs the servers; what could not be asked, where the page itself does not say
    it (`problems`), and how many answers could not be understood.
    """
    look = board.look
    if poll.problem is not None:
        return [("bad", poll.problem.what)]
    if look is None:
        return []
    said: list[Span] = []
    for subject, problem in board.problems.items() if problems else ():
        said += [("warn", subject), ("muted", f" {problem} · ")]
    if board.broken:
        said.append(("warn", f"{words.plural(board.broken, 'answer')} of no server · "))
    if look.is_cut:
        said.append(("warn", f"only the first {MOST_ANSWERS:,} answers · "))
    answers = f"{look.requests:,} asked, {words.plural(look.answers, 'answer')}"
    said.append(("muted", f"{answers}, every {poll.pause:.0f} s"))
    if width >= _ROOM_FOR_MORE:
        said.append(("muted", f" · {words.size(look.size)} in {words.seconds(look.took)}"))
    return said


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
