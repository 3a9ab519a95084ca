"""The fields of a dataclass with what stands below each of them: a docstring a field."""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any, get_type_hints

from natstui.model.config_values import Kind


@dataclass(frozen=True)
class Documented:
    """A field: what it is for, what it may be, and what it is if nobody says anything."""

    name: str
    text: str
    kind: Kind
    default: Any


@cache
def documented_fields(cls: type) -> tuple[Documented, ...]:
    """Those fields of `cls` whose type is `Annotated[…, kind]`, in their order."""
    texts, hints = _texts(cls), get_type_hints(cls, include_extras=True)
    return tuple(
        Documented(field.name, texts[field.name], hints[field.name].__metadata__[0], field.default)
        for field in fields(cls)
        if hasattr(hints[field.name], "__metadata__") and field.default is not MISSING
    )


def _texts(cls: type) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = inspect.cleandoc(text)
    return found
