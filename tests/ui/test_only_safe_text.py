"""Foreign text has one door: what this test forbids is how it would get past it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import natstui.ui

FOLDER = Path(natstui.ui.__file__).parent
# They take a text and read markup in it, or hand it to something that does.
MARKUP_CALLS = {
    "Static",
    "Label",
    "Button",
    "Checkbox",
    "Collapsible",
    "OptionList",
    "Placeholder",
    "RadioButton",
    "SelectionList",
    "Tab",
    "TabPane",
    "Tree",
    "add_column",
    "add_columns",
    "add_leaf",
    "add_option",
    "add_row",
    "from_markup",
    "notify",
    "panic",
    "update_cell",
}
MARKUP_ATTRIBUTES = {"border_title", "border_subtitle", "tooltip", "loading_message"}
# A constant of the module, in capitals, is as literal as a literal.
ALLOWED_ELSEWHERE = {"safe.py"}


def offences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in MARKUP_CALLS:
            texts = [*node.args, *(each.value for each in node.keywords if each.arg == "label")]
            if any(not _is_literal(text) for text in texts):
                yield node.lineno, _name(node.func)
        if isinstance(node, ast.keyword) and node.arg == "markup" and not _is_false(node.value):
            yield node.value.lineno, "markup="
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if _name(target) in MARKUP_ATTRIBUTES and not _is_literal(node.value):
                    yield node.lineno, _name(target)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_literal(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Subscript):
        return _is_literal(node.value)
    if isinstance(node, ast.Name | ast.Attribute):
        return _name(node).isupper()
    return node is None or isinstance(node, ast.Constant)


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.name)
def test_no_foreign_text_reaches_a_widget_that_reads_markup(path: Path) -> None:
    if path.name in ALLOWED_ELSEWHERE:
        return
    assert list(offences(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    "code",
    [
        "Static(subject)",
        "widgets.Static(f'{x}')",
        "self.app.notify(str(error))",
        "self.border_title = subject",
        "table.add_row('a', payload)",
        "Content.from_markup(text)",
        "Static('x', markup=True)",
        "Button('OK', label=name)",
        "tree.add_leaf(name.upper())",
    ],
)
def test_the_check_finds(code: str) -> None:
    assert list(offences(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    ["Static('x')", "self.border_title = 'events'", "Static(_LABELS['x'])", "Words(subject)"],
)
def test_the_check_lets_pass(code: str) -> None:
    assert not list(offences(ast.parse(code)))
