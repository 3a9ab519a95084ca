"""Reads the reference pages of the Python client's API, as text, into tests/data.

    python -m tests.client.spec.extract PAGES.txt

spec.json has the signatures, spec_examples.json the lines of every example. The pages are a
flattened Sphinx document: one signature a line, its indentation lost. No test needs this script;
it is kept to show where the files come from.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data"

# What a line of an example looks like; neither sentences nor signatures do.
CODE = re.compile(
    r"(import|if|async for|async with|await|#) |async def \w+\(|\w+ = |nc\.| +[^ •\d]"
)

SIGNATURE = re.compile(
    r"^(?P<words>(?:(?:async|class|exception|property|classmethod) )*)"
    r"(?P<path>(?:nats\.|Client\.)?[\w.]+)"
    r"(?:\((?P<params>.*)\)|: .+)?(?:\[source\])?$"
)
# Indentation, and with it nesting, is lost in the text.
NESTED = {
    "Metadata": "nats.aio.msg.Msg",
    "SequencePair": "nats.aio.msg.Msg.Metadata",
    "Entry": "nats.js.kv.KeyValue",
    "BucketStatus": "nats.js.kv.KeyValue",
}
# So is the heading of one class: its description follows the one before.
LOST = {
    "ObjectLink is used to embed links to other buckets and objects.": (
        "class nats.js.api.ObjectLink(bucket, name=None)[source]"
    )
}
REPLACED = re.compile(r"^Please use (nats\.errors\.\w+) instead\.$")


class Pages:
    """Signatures and examples in the order of the text, each with what it is under."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.examples: list[dict[str, Any]] = []
        self.outer = ""
        self.inner = ""

    def read(self, text: str) -> None:
        example: list[str] = []
        for line in text.splitlines():
            line = LOST.get(line, line)
            if CODE.match(line) or (example and not line):
                example.append(line)
                continue
            self._add_example(example)
            example = []
            if replaced := REPLACED.match(line):
                self.entries[-1]["replaced_by"] = replaced[1]
            elif self._is_signature(line) and (found := SIGNATURE.match(line)):
                self._add(found["words"].split(), found["path"], found["params"])

    def _add_example(self, lines: list[str]) -> None:
        while lines and not lines[-1]:
            lines.pop()
        if lines:
            self.examples.append({"of": self.entries[-1]["path"], "code": lines})

    @staticmethod
    def _is_signature(line: str) -> bool:
        return line.endswith("[source]") or line.startswith(
            ("property ", "async nats.", "class nats.", "nats.aio.", "async consumer_info()",
             "async fetch(", "async unsubscribe(")
        )  # fmt: skip

    def _add(self, words: list[str], path: str, params: str | None) -> None:
        kind = next((word for word in words if word != "async"), "function")
        if kind in ("class", "exception"):
            path = self._open(path)
        elif path.startswith("Client."):
            path = f"nats.aio.client.{path}"
        elif not path.startswith("nats."):
            # Only properties are documented on nested classes.
            path = f"{self.inner or self.outer if kind == 'property' else self.outer}.{path}"
        entry: dict[str, Any] = {"path": path, "kind": kind}
        if "async" in words:
            entry["async"] = True
        if kind != "property":
            entry |= self._parameters(params or "")
        self.entries.append(entry)

    def _open(self, path: str) -> str:
        if path in NESTED:
            self.inner = f"{NESTED[path]}.{path}"
            return self.inner
        self.outer, self.inner = path, ""
        return path

    @staticmethod
    def _parameters(text: str) -> dict[str, Any]:
        if text.startswith("value, names=None, *values"):
            return {"enum": True}
        function = ast.parse(f"def f({text}): ...").body[0]
        assert isinstance(function, ast.FunctionDef)
        names = [arg.arg for arg in function.args.args]
        defaults = [ast.unparse(default) for default in function.args.defaults]
        required = len(names) - len(defaults)
        parameters: list[list[str]] = [[name] for name in names[:required]]
        parameters += [list(pair) for pair in zip(names[required:], defaults, strict=True)]
        if parameters and parameters[0] == ["self"]:
            del parameters[0]
        return {"parameters": parameters} | ({"options": True} if function.args.kwarg else {})


def section(path: str) -> str:
    """The part of the client that a name belongs to."""
    if ".errors." in path:
        return "errors"
    if ".kv." in path or ".KeyValue" in path:
        return "kv"
    if ".api.Object" in path:
        return "object"
    return "js" if path.startswith("nats.js.") else "core"


def write_signatures(entries: list[dict[str, Any]]) -> None:
    sections: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        sections.setdefault(section(entry["path"]), []).append(entry)
    lines = [
        f'  "{name}": [\n'
        + ",\n".join(f"    {json.dumps(entry)}" for entry in sections[name])
        + "\n  ]"
        for name in ("core", "js", "kv", "object", "errors")
    ]
    (DATA / "spec.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main() -> None:
    pages = Pages()
    pages.read(Path(sys.argv[1]).read_text(encoding="utf-8"))
    write_signatures(pages.entries)
    examples = json.dumps(pages.examples, indent=1, ensure_ascii=False)
    (DATA / "spec_examples.json").write_text(examples + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
