"""Who can restore what: the kinds of journal entries."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from natstui.model.journal import Entry
from natstui.model.work import Work
from natstui.model.writing import Writer

Restorer = Callable[[Writer, Entry, Work], Coroutine[Any, Any, str]]
"""Restores an entry and returns what was done, in words; raises what stood against it."""

RESTORERS: dict[str, Restorer] = {}
"""By `Entry.kind`. What is not here can be read in its file, and restored by hand."""
