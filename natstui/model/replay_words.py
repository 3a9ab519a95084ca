"""What a replay would do and has done, in words; for a terminal, a dialog and a log."""

from __future__ import annotations

from collections import Counter

from natstui.model import words
from natstui.model.replay import Replay
from natstui.model.replay_plan import ReplayPlan

_SUBJECTS = 10

Fact = tuple[str, str, str]
"""An ink, what it is about, and what there is to say."""


def plan_facts(plan: ReplayPlan, target: str) -> list[Fact]:
    """What would be sent, to where, for how long; what would not, and why."""
    options = plan.options
    count = words.plural(plan.messages, "message")
    facts: list[Fact] = [
        ("strong", "sends", f"{count}, {words.size(plan.size)}, to {target}"),
        ("plain", "takes", f"{span(plan.seconds)} ({_pace(plan)})"),
        *_subjects(plan.subjects, plan.others),
    ]
    for reason, number in plan.left_out.most_common():
        facts.append(("warn", "left out", f"{words.plural(number, 'message')} {reason}"))
    if plan.broken:
        facts.append(("warn", "left out", f"{words.plural(plan.broken, 'line')} cannot be read"))
    for key, number in plan.dropped_headers.most_common():
        facts.append(("warn", "header", f"{key} is left out of {words.plural(number, 'message')}"))
    if plan.replies and not options.replies:
        asked = words.plural(plan.replies, "message")
        facts.append(("plain", "replies", f"the reply subjects of {asked} are left out"))
    return facts


def _pace(plan: ReplayPlan) -> str:
    options = plan.options
    cap = f"no more than {words.rate(options.rate)}" if options.rate else "without a limit"
    if options.speed is None:
        return f"as fast as it goes, {cap}"
    if plan.messages > 1 and not plan.recorded_seconds:
        return f"it has no times: as fast as it goes, {cap}"
    times = f"{options.speed:g} times as fast as it came" if options.speed != 1 else "as it came"
    slowed = plan.seconds > plan.recorded_seconds / options.speed + 1
    return f"{times}, {cap}{', which makes it slower' if slowed else ''}"


def _subjects(subjects: Counter[str], others: int) -> list[Fact]:
    shown: list[Fact] = [
        ("accent", "subject", f"{subject}  {number:,}")
        for subject, number in subjects.most_common(_SUBJECTS)
    ]
    if (more := len(subjects) - len(shown)) > 0:
        number = (
            sum(subjects.values())
            + others
            - sum(count for _, count in subjects.most_common(_SUBJECTS))
        )
        plus = " or more" if others else ""
        shown.append(("muted", "", f"{more:,}{plus} further subjects  {number:,}"))
    return shown


def outcome(replay: Replay, messages: int | None = None) -> str:
    """How much was sent: so far, or in the end."""
    of = f" of {messages:,}" if messages is not None else ""
    parts = [f"sent {replay.sent:,}{of}"]
    if replay.unsure:
        parts.append(f"{replay.unsure:,} of them may be lost: the connection was")
    if (open := replay.sent - replay.confirmed - replay.unsure) > 0:
        parts.append(f"{open:,} of them not confirmed by the server")
    if replay.interruptions:
        times = "once" if replay.interruptions == 1 else f"{replay.interruptions:,} times"
        parts.append(f"interrupted {times}")
    if left_out := sum(replay.left_out.values()):
        parts.append(f"{left_out:,} left out")
    return ", ".join(parts)


def span(seconds: float) -> str:
    """A duration: 340 ms, 12.3 s, 6m 10s, 2h 5m."""
    if seconds < 60:
        return words.seconds(seconds) if seconds else "no time"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes}m" if hours else f"{minutes}m {rest}s"
