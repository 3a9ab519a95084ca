"""Runs the cases: for each round one process a client, one after the other, taking turns."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.client.cases import Case
from bench.client.measure import MAX_SECONDS, Sample

_ROOT = Path(__file__).parents[2]
_PATIENCE = MAX_SECONDS + 30


class MeasurementFailed(Exception):
    """A measured process ended badly; the text is what it said."""


@dataclass(frozen=True)
class Bench:
    """What every measurement of a run has in common."""

    url: str
    seconds: float
    client_core: int | None

    def compare(
        self, case: Case, modules: tuple[str, str], rounds: int
    ) -> tuple[list[Sample], list[Sample]]:
        """`rounds` samples of both modules. They alternate, and so does who begins."""
        samples: tuple[list[Sample], list[Sample]] = ([], [])
        for number in range(rounds):
            for side in (0, 1) if number % 2 == 0 else (1, 0):
                samples[side].append(self.sample(case, modules[side]))
        return samples

    def sample(self, case: Case, module: str) -> Sample:
        """Measure one case of one module. Raises MeasurementFailed."""
        with ExitStack() as stack:
            arguments = [module, case.key, self.url, str(self.seconds)]
            if self.client_core is not None:
                arguments += ["--core", str(self.client_core)]
            pass_fds = []
            if case.group != "publish":
                pass_fds = [_start_peer(stack, case, self.url, module).fileno()]
                arguments += ["--fd", str(pass_fds[0])]
            return _measure(arguments, pass_fds)


def _start_peer(stack: ExitStack, case: Case, url: str, module: str) -> socket.socket:
    ours, theirs = socket.socketpair()
    stack.enter_context(ours)
    arguments = [url, case.key, str(theirs.fileno())]
    if case.kind == "round-trip":
        arguments = ["bench.client.answerer", module, *arguments]
    else:
        arguments = [
            f"bench.client.{'responder' if case.group == 'request' else 'feeder'}",
            *arguments,
        ]
    command = [sys.executable, "-m", *arguments]
    with theirs:
        peer = subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd=_ROOT)
    stack.enter_context(peer)
    stack.callback(peer.terminate)
    return ours


def _measure(arguments: list[str], pass_fds: list[int]) -> Sample:
    command = [sys.executable, "-m", "bench.client.measure", *arguments]
    try:
        done = subprocess.run(
            command, pass_fds=pass_fds, cwd=_ROOT, capture_output=True, text=True, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired as late:
        raise MeasurementFailed(f"no result after {_PATIENCE} s") from late
    if done.returncode:
        raise MeasurementFailed(done.stderr.strip())
    return Sample(**json.loads(done.stdout.splitlines()[-1]))
