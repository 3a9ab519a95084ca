"""What the documents show works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from natstui.command_line.arguments import VALUE_FLAGS
from tests.support.server import NatsServer

ROOT = Path(__file__).parent.parent
PROGRAMS = [
    pytest.param(program, id=f"{path.name}-{number}")
    for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")))
    for number, program in enumerate(re.findall(r"```python\n(.*?)```", path.read_text(), re.S), 1)
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_run(program: str, server: NatsServer) -> None:
    assert "nats://localhost:4222" in program
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program.replace("nats://localhost:4222", server.url)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "path", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=lambda p: p.name
)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target


def test_flags_in_the_documents_exist() -> None:
    known = {name for flag in VALUE_FLAGS for name in (flag.name, *flag.aliases)}
    known |= {"--read-only", "--no-context", "--help", "--tlsfirst"}
    for path in (ROOT / "README.md", ROOT / "docs" / "tail.md"):
        commands = re.findall(r"^ {4}natstui .*$", path.read_text(), re.M)
        used = {flag for command in commands for flag in re.findall(r"(?<=\s)-[-\w]+", command)}
        assert used <= known
