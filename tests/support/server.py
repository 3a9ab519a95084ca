"""Real nats-servers for tests, on ports and in folders of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

from natstui.demo.nats_server import find_nats_server
from tests.support.ports import Port
from tests.support.waiting import wait_until
from tests.support.watchdog import unwatch, watch

program = cache(find_nats_server)


class ServerFailed(AssertionError):
    """The server did not start, or refused a configuration; the text ends with its log."""


class NatsServer:
    """One nats-server with the configuration text of a test.

    Ports and folders need not be in the text: client and monitoring ports are always there,
    `jetstream` adds a store (a text goes inside its block, such as `domain: hub`), and each
    keyword of `listeners` adds the block of that name with a port of its own, such as
    `websocket="no_tls: true"` or `leafnodes=""`. What `config` says later in the file wins.

    Every method blocks until what it promises is true, which takes milliseconds.
    """

    def __init__(
        self,
        folder: Path,
        config: str = "",
        *,
        name: str = "server",
        jetstream: bool | str = False,
        **listeners: str,
    ) -> None:
        self.folder = folder
        self.name = name
        self.config = config
        self.jetstream = jetstream
        self.listeners = listeners
        self._ports = {block: Port() for block in ("client", "http", *listeners)}
        self._process: subprocess.Popen[bytes] | None = None
        self._log_path = folder / "log"
        self._run_starts_at = 0
        folder.mkdir(parents=True, exist_ok=True)

    def __repr__(self) -> str:
        return f"<NatsServer {self.name} {self.url} {'up' if self.running else 'down'}>"

    # Where it is

    @property
    def port(self) -> int:
        return self.port_of("client")

    def port_of(self, listener: str) -> int:
        """The port of a block such as "websocket", "leafnodes" or "cluster"."""
        return self._ports[listener].number

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"tls://localhost:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port_of('websocket')}"

    @property
    def wss_url(self) -> str:
        return f"wss://localhost:{self.port_of('websocket')}"

    @property
    def monitoring_url(self) -> str:
        return f"http://127.0.0.1:{self.port_of('http')}"

    # Its life

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, always on the same ports, and return when it accepts connections.

        Raises ServerFailed with the server's log when it does not come up.
        """
        assert not self.running, f"{self} is already running"
        self._write_config()
        with self._log_path.open("ab") as log:
            self._run_starts_at = log.tell()
            self._process = subprocess.Popen(
                [program(), "--config", self._config_path],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        watch(self._process.pid)
        wait_until(
            lambda: "Server is ready" in self.log or not self.running,
            f"{self} is ready",
            last_seen=lambda: self.log,
        )
        if not self.running:
            self._reap()
            raise ServerFailed(f"{self} did not start:\n{self.log}")

    def stop(self) -> None:
        """Ask it to stop (SIGTERM), and return when it is gone."""
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)  # a paused one could not hear
        self._reap()

    def kill(self) -> None:
        """Take it away without a good-bye (SIGKILL), if it is there."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._reap()

    def restart(self) -> None:
        self.stop()
        self.start()

    def release(self) -> None:
        """Kill it and give its ports back; it cannot start again."""
        self.kill()
        for port in self._ports.values():
            port.release()

    def pause(self) -> None:
        """Freeze it (SIGSTOP): connections stay open, and nothing answers."""
        self._signal(signal.SIGSTOP)
        assert self._process is not None
        os.waitpid(self._process.pid, os.WUNTRACED)  # a signal takes its time

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def lame_duck(self) -> None:
        """Put it in lame duck mode; clients are told at once, and sent away a moment later."""
        self._signal(signal.SIGUSR2)
        self.wait_for_log("Entering lame duck mode")

    def reload(self, config: str) -> None:
        """Make the running server use another configuration text.

        Raises ServerFailed with the server's log when it refuses.
        """
        self.config = config
        self._write_config()
        seen = len(self.log)
        self._signal(signal.SIGHUP)
        wait_until(
            lambda: "eload" in self.log[seen:] and "server configuration" in self.log[seen:],
            f"{self} has reloaded",
            last_seen=lambda: self.log[seen:],
        )
        if "Failed to reload" in self.log[seen:]:
            raise ServerFailed(f"{self} refused its configuration:\n{self.log[seen:]}")

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, f"{self} was never started"
        self._process.send_signal(number)

    def _reap(self) -> None:
        assert self._process is not None
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise ServerFailed(f"{self} had to be killed:\n{self.log}") from None
        finally:
            unwatch(self._process.pid)

    # What it says

    @property
    def log(self) -> str:
        """What it logged since it was started last."""
        with self._log_path.open("rb") as log:
            log.seek(self._run_starts_at)
            return log.read().decode(errors="replace")

    def wait_for_log(self, text: str) -> None:
        wait_until(lambda: text in self.log, f"{self} logs {text!r}", last_seen=lambda: self.log)

    def monitor(self, path: str) -> dict[str, Any]:
        """An answer of its monitoring port, such as `monitor("connz?subs=1")`."""
        with urllib.request.urlopen(f"{self.monitoring_url}/{path}", timeout=20) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    # Its configuration

    @property
    def _config_path(self) -> Path:
        return self.folder / "server.conf"

    def _write_config(self) -> None:
        blocks = [
            f'server_name: "{self.name}"',
            f'listen: "127.0.0.1:{self.port}"',
            f'http: "127.0.0.1:{self.port_of("http")}"',
            # The shortest that the server accepts, so that tests see all of it.
            'lame_duck_duration: "30s"',
            'lame_duck_grace_period: "100ms"',
            *(f"{block} {{\n{text}\n}}" for block, text in self._blocks()),
            self.config,
        ]
        self._config_path.write_text("\n".join(blocks) + "\n")

    def _blocks(self) -> list[tuple[str, str]]:
        blocks = [
            (block, f'listen: "127.0.0.1:{self.port_of(block)}"\n{text}')
            for block, text in self.listeners.items()
        ]
        if self.jetstream is not False:
            inside = self.jetstream if isinstance(self.jetstream, str) else ""
            store = f'store_dir: "{self.folder / "jetstream"}"'
            blocks.append(("jetstream", f"{store}\nmax_mem: 256M\nmax_file: 2G\n{inside}"))
        return blocks
