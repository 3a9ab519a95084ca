"""Columns that several tables of the Server pane have: what moves, and how many there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from natstui.model.rates import CalmRate
from natstui.ui import words
from natstui.ui.table import Column

T = TypeVar("T")


def messages(name: str, rate: Callable[[T], CalmRate]) -> Column[T]:
    """Messages a second."""
    return Column(
        name,
        lambda row: words.rate(rate(row).shown),
        8,
        sort=lambda row: rate(row).shown,
        right=True,
        descending=True,
        ink="accent",
    )


def volume(name: str, rate: Callable[[T], CalmRate], *, leave_out: int) -> Column[T]:
    """Bytes a second."""
    return Column(
        name,
        lambda row: f"{words.short_size(rate(row).shown)}/s",
        9,
        sort=lambda row: rate(row).shown,
        right=True,
        descending=True,
        leave_out=leave_out,
    )


def count(
    name: str,
    number: Callable[[T], int],
    width: int,
    *,
    ink: str = "plain",
    leave_out: int = 0,
) -> Column[T]:
    """How many there are."""
    return Column(
        name,
        lambda row: words.count(number(row)),
        width,
        sort=number,
        right=True,
        descending=True,
        ink=ink,
        leave_out=leave_out,
    )


def trouble(name: str, number: Callable[[T], int], *, leave_out: int = 0) -> Column[T]:
    """How many there are of what there should be none."""
    return Column(
        name,
        lambda row: words.count(number(row)),
        4,
        sort=number,
        right=True,
        descending=True,
        ink=lambda row: "warn" if number(row) else "faint",
        leave_out=leave_out,
    )
