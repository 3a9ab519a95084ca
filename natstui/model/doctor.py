"""The doctor: what stands between us and each server, found out a step at a time.

    DNS -> TCP -> INFO -> TLS -> auth -> permissions -> JetStream -> round trip

With TLS first, and over WebSocket, TLS comes before INFO. Nothing is created and nothing is
changed: a message goes to an inbox of our own, and two questions to the server.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from urllib.parse import ParseResult

from natstui.client import errors
from natstui.client.urls import parse_url
from natstui.model.doctor_inside import ExplainedError, Inside
from natstui.model.doctor_report import Diagnosis, Fact, Outcome, ServerReport, Step
from natstui.model.doctor_way import Take, Way
from natstui.model.explain import address, causes, explain
from natstui.model.explain_rules import Explanation
from natstui.model.probe import TELLING, Peer, diagnose, explanation_of, probe_server
from natstui.model.settings import Settings
from natstui.model.trace import Tell


class Doctor:
    """Examines the servers of `settings`, one after another, with `timeout` seconds a step.

    `diagnosis` is there from the beginning, and grows. `tell` takes the lines of a trace.
    """

    def __init__(
        self, settings: Settings, timeout: float | None = None, tell: Tell | None = None
    ) -> None:
        self.settings = settings
        self._tell = tell
        self.timeout = timeout or settings.timeout
        self.diagnosis = Diagnosis()

    async def run(self, done: Callable[[ServerReport], None] = lambda report: None) -> Diagnosis:
        """Examine them all; `done` hears of each server when it is. Error for a URL that is none.

        Never raises for what is wrong with a server: that is the diagnosis.
        """
        for url in dict.fromkeys(map(parse_url, self.settings.servers)):
            report = ServerReport(f"{url.scheme}://{url.netloc.rpartition('@')[2]}")
            self.diagnosis.servers.append(report)
            examination = _Examination(
                url, self.settings, self.timeout, report, self._grown, self._tell
            )
            try:
                await examination.run()
            finally:
                await examination.close()
            done(report)
        self.diagnosis.is_done = True
        self._grown()
        return self.diagnosis

    def _grown(self) -> None:
        self.diagnosis.version += 1


class _Examination:
    """Of one server."""

    def __init__(
        self,
        url: ParseResult,
        settings: Settings,
        timeout: float,
        report: ServerReport,
        grown: Callable[[], None],
        tell: Tell | None,
    ) -> None:
        self.url = url
        self.settings = settings
        self.report = report
        self.grown = grown
        self.way = Way(url, settings, timeout)
        self.inside = Inside(url, settings, timeout, tell)

    @property
    def steps(self) -> list[tuple[str, Take]]:
        inside = self.inside
        return [
            *self.way.steps,
            ("auth", inside.authenticate),
            ("permissions", inside.may),
            ("JetStream", inside.jetstream),
            ("round trip", inside.round_trip),
        ]

    async def run(self) -> None:
        for name, take in self.steps:
            self.report.doing = name
            self.grown()
            if (obstacle := self._obstacle(name)) is not None:
                said = Explanation(f"not tried, because {obstacle} failed", "")
                self._add(Step(name, Outcome.NOT_TRIED, said=said))
            else:
                await self._take(name, take)
        self.report.doing = ""
        self.grown()

    async def close(self) -> None:
        self.way.close()
        await self.inside.close()

    def _obstacle(self, name: str) -> str | None:
        """What failed that this step needs; whoever may not subscribe can ping all the same."""
        can_ping = name == "round trip" and self.inside.session.is_connected
        harmless = ("permissions", "JetStream") if can_ping else ()
        for step in self.report.steps:
            if step.outcome is Outcome.FAILED and step.name not in harmless:
                return step.name
        return None

    async def _take(self, name: str, take: Take) -> None:
        facts: list[Fact] = []
        begin = time.monotonic()
        try:
            warning = await take(facts)
        except (ExplainedError, errors.Error, OSError, ValueError) as error:
            seconds = time.monotonic() - begin
            await self._failed(name, facts, seconds, error)
            return
        outcome = Outcome.OK if warning is None else Outcome.WARNING
        self._add(Step(name, outcome, time.monotonic() - begin, tuple(facts), warning))

    async def _failed(self, name: str, facts: list[Fact], seconds: float, error: Exception) -> None:
        said = await self._explain(name, error)
        tls = self.report.step("TLS")
        if tls is not None and _is_about_tls(error):
            # In TLS 1.3 a server says what it thinks of our certificate after the handshake.
            place = self.report.steps.index(tls)
            self.report.steps[place] = Step("TLS", Outcome.FAILED, tls.seconds, tls.facts, said)
            said = Explanation("not tried, because TLS failed", "")
            self._add(Step(name, Outcome.NOT_TRIED, said=said))
            return
        self._add(Step(name, Outcome.FAILED, seconds, tuple(facts), said))

    async def _explain(self, name: str, error: Exception) -> Explanation:
        server = self.url.geturl()
        if isinstance(error, ExplainedError):
            return error.explanation
        if name == "WebSocket" and not _is_about_tls(error):
            peer = await probe_server(server, self.settings)
            if peer is Peer.NATS:
                return Explanation(
                    f"{address(server)} is a NATS server, and no WebSocket port of one",
                    "use nats:// in the URL, or the server's WebSocket port",
                )
            # What is no WebSocket server gives its own reasons, which say less.
            if peer in TELLING - {Peer.WEBSOCKET}:
                return explanation_of(server, peer)
        if name == "INFO":
            return await diagnose(error, server, self.settings)
        return explain(self.inside.reason_of(error), server, self.settings)

    def _add(self, step: Step) -> None:
        self.report.steps.append(step)
        self.grown()


def _is_about_tls(error: Exception) -> bool:
    cause = error.cause if isinstance(error, ExplainedError) else error
    return cause is not None and any(isinstance(one, ssl.SSLError) for one in causes(cause))
