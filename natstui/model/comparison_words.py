"""What a comparison says, in the words of the pane and of the headless command."""

from __future__ import annotations

import json
from typing import Any

from natstui.model.comparing import AssetPair, Verdict

_CONFIG = "config."
_LONGEST = 60
_LACKS = "—"


def verdict_words(verdict: Verdict, a: str, b: str) -> str:
    """In one or a few words; `a` and `b` are the names of the two systems."""
    match verdict:
        case "only_a":
            return f"only in {a}"
        case "only_b":
            return f"only in {b}"
    return verdict


def difference_words(pair: AssetPair) -> str:
    """Each field with both of its values, as long as they are short; configuration first."""
    fields = sorted(pair.differences, key=lambda each: not each.path.startswith(_CONFIG))
    return "; ".join(
        f"{each.path.removeprefix(_CONFIG)}: {_value(each.a)} → {_value(each.b)}" for each in fields
    )


def _value(value: Any) -> str:
    if value is None:
        return _LACKS
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
