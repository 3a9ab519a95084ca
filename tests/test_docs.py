"""What the documents show works.

Python in README.md and docs/ is of two kinds. A program ends with `asyncio.run(…)`, and is run by
itself. The other examples of a page are one session, from the top of the page to its end, as it
would be typed into `python -m asyncio`.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import runpy
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from natstui.client import Client
from natstui.command_line import recordings
from natstui.command_line.arguments import VALUE_FLAGS, parse_arguments
from natstui.command_line.comparing import parse_compare
from natstui.command_line.headless import COMMANDS, parse_headless
from natstui.model.account_fields import ACCOUNT_FIELDS
from natstui.model.asset_fields import ASSET_FIELDS, JETSTREAM_FIELDS
from natstui.model.connection_fields import CONNECTION_FIELDS
from natstui.model.consumer_fields import CONSUMER_FIELDS
from natstui.model.kv_fields import BUCKET_FIELDS, key_fields
from natstui.model.object_fields import OBJECT_BUCKET_FIELDS, OBJECT_FIELDS
from natstui.model.server_fields import OWN_FIELDS, SERVER_FIELDS
from natstui.model.service_fields import SERVICE_FIELDS
from natstui.model.stream_fields import STREAM_FIELDS
from natstui.model.topology_fields import LINK_FIELDS
from tests.conftest import ServerFactory
from tests.support.certificates import Certificates
from tests.support.jwt import Operator
from tests.support.server import NatsServer

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]


class Example(NamedTuple):
    page: Path
    line: int
    code: str

    @property
    def is_program(self) -> bool:
        return "asyncio.run(" in self.code

    def compiled(self, server: NatsServer) -> Any:
        """With the line numbers of the page."""
        code = self.code.replace("nats://localhost:4222", server.url)
        if "websocket" in server.listeners:
            code = code.replace("ws://localhost:8080", server.ws_url)
        code = code.replace("tls://localhost:4222", server.tls_url)
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return compile("\n" * self.line + code, str(self.page), "exec", flags=flags)


def examples(page: Path) -> Iterator[Example]:
    text = page.read_text()
    for found in re.finditer(r"^```python\n(.*?)^```", text, re.S | re.M):
        yield Example(page, text.count("\n", 0, found.start(1)), found[1])


PROGRAMS = [
    pytest.param(example, id=f"{page.name}-{example.line}")
    for page in PAGES
    for example in examples(page)
    if example.is_program
]
SESSIONS = [
    pytest.param(session, id=page.name)
    for page in PAGES
    if (session := [example for example in examples(page) if not example.is_program])
]


@pytest.fixture
def server_of(
    server_factory: ServerFactory,
    certificates: Certificates,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], NatsServer]:
    """A server as an example presumes it, whose files are in the current folder then."""

    def start(code: str) -> NatsServer:
        monkeypatch.chdir(tmp_path)
        if "tls://" in code:
            for file in (certificates.ca_file, certificates.client_file):
                Path(file.name).write_bytes(file.read_bytes())
            return server_factory(certificates.server_tls("verify: true"))
        if "me.creds" in code:
            operator = Operator()
            account = operator.account("APP")
            Path("me.creds").write_text(account.user().creds)
            return server_factory(operator.config())
        if "ws://" in code:
            return server_factory(websocket="no_tls: true")
        return server_factory(jetstream=True)

    return start


@pytest.mark.parametrize("example", PROGRAMS)
def test_programs_run(
    example: Example,
    server_of: Callable[[str], NatsServer],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    exec(example.compiled(server_of(example.code)), {"__name__": "__main__"})
    assert (capfd.readouterr().err, caplog.text) == ("", "")


@pytest.mark.parametrize("session", SESSIONS)
async def test_sessions_run(
    session: list[Example],
    server_of: Callable[[str], NatsServer],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = server_of("")
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        for example in session:
            running = eval(example.compiled(server), names)
            if running is not None:
                await running
    finally:
        for client in [each for each in names.values() if isinstance(each, Client)]:
            await client.close()
    assert (capfd.readouterr().err, caplog.text) == ("", "")


def test_all_python_is_run() -> None:
    for page in PAGES:
        assert page.read_text().count("```python") == len([*examples(page)])


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), *PAGES[1:]], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text()):
        path = page.parent / target if target else page
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(), re.M)
            assert anchor in map(_anchor, headings), f"{target}#{anchor}"


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_flags_in_the_documents_exist() -> None:
    known = {name for flag in VALUE_FLAGS for name in (flag.name, *flag.aliases)}
    known |= {"--read-only", "--no-context", "--help", "--tlsfirst"}
    parsers: list[Callable[[list[str]], object]] = [parse_arguments, parse_compare]
    parsers += [partial(parse_headless, command) for command in COMMANDS.values()]
    parsers += [partial(recordings.parse, each) for each in recordings.COMMANDS.values()]
    for parse in parsers:
        with contextlib.redirect_stdout(io.StringIO()) as help, contextlib.suppress(SystemExit):
            parse(["--help"])
        known |= set(re.findall(r"(?<=\s)-[-\w]+", help.getvalue()))
    pages = ("README", "docs/tail", "docs/headless", "docs/compare", "docs/switching")
    for page in map("{}.md".format, (*pages, "docs/recordings")):
        path = ROOT / page
        commands = re.findall(r"^ {4}natstui .*$", path.read_text(), re.M)
        used = {flag for command in commands for flag in re.findall(r"(?<=\s)-[-\w]+", command)}
        assert used <= known


def test_every_field_of_the_headless_commands_is_in_their_document() -> None:
    text = (ROOT / "docs" / "headless.md").read_text()
    for command, fields in (
        ("streams", STREAM_FIELDS),
        ("consumers", CONSUMER_FIELDS),
        ("kv", BUCKET_FIELDS),
        ("kv BUCKET", key_fields("config")),
        ("objects", OBJECT_BUCKET_FIELDS),
        ("objects BUCKET", OBJECT_FIELDS),
        ("services", SERVICE_FIELDS),
        ("server", SERVER_FIELDS),
        ("server account", OWN_FIELDS),
        ("server accounts", ACCOUNT_FIELDS),
        ("server assets", ASSET_FIELDS),
        ("server connections", CONNECTION_FIELDS),
        ("server jetstream", JETSTREAM_FIELDS),
        ("server topology", LINK_FIELDS),
    ):
        listed = re.search(rf"^\| `{command}` \| (`.*`) \|$", text, re.M)
        assert listed is not None, command
        assert re.findall(r"\w+", listed[1]) == [field.name for field in fields]


def test_the_page_of_keys_is_that_of_the_bindings() -> None:
    program = runpy.run_path(str(ROOT / "scripts" / "document_keys.py"))
    assert (ROOT / "docs" / "keys.md").read_text() == program["page"](), (
        "python scripts/document_keys.py"
    )
