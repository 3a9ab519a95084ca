"""Find a nats-server that is new enough for natstui, or fetch one into the user's cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from natstui.demo.apt import AptError, Archive, PrivateApt, configured_archives, upstream_version

# JetStream API level 1: pause, priority groups, per-message TTL, delete markers.
MINIMUM = (2, 11)

OVERRIDE = "NATSTUI_NATS_SERVER"

# Where packages put servers, and where a user's PATH often does not lead.
SERVER_FOLDERS = ("/usr/local/sbin", "/usr/sbin")

Report = Callable[[str], None]


class NatsServerError(Exception):
    """No usable nats-server; the text says what was looked at, and what to do."""


def find_nats_server(minimum: tuple[int, ...] = MINIMUM) -> Path:
    """The nats-server to use: what NATSTUI_NATS_SERVER names, one on PATH, one in the cache.

    Touches no network. Raises NatsServerError when there is none of version `minimum` or newer.
    """
    override = os.environ.get(OVERRIDE)
    if override:
        return _named(Path(override), minimum)
    too_old = []
    for path in (*_on_path(), *_cached()):
        version = server_version(path)
        if version and version >= minimum:
            return path
        too_old.append(f"{path} is {_text(version) if version else 'not a program that runs'}")
    wanted = f"no nats-server {_text(minimum)} or newer is on PATH or in {cache_folder()}"
    raise NatsServerError("; ".join([wanted, *too_old]))


def get_nats_server(minimum: tuple[int, ...] = MINIMUM, report: Report | None = None) -> Path:
    """The nats-server that is there, else one that is fetched now.

    Raises NatsServerError when neither works.
    """
    report = report or _report_on_stderr
    try:
        return find_nats_server(minimum)
    except NatsServerError as missing:
        if os.environ.get(OVERRIDE):
            raise
        report(str(missing))
    return install_nats_server(minimum, report)


def install_nats_server(minimum: tuple[int, ...] = MINIMUM, report: Report | None = None) -> Path:
    """Fetch nats-server from the mirror that apt uses here into the user's cache.

    Needs no root and changes nothing of the system. `report` gets a line or two of progress; by
    default they go to standard error. Raises NatsServerError when there is no such mirror, or
    nothing on it is new enough.
    """
    report = report or _report_on_stderr
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        return _install_from_any(configured_archives(), minimum, report)
    except AptError as error:
        raise NatsServerError(how_to_install(minimum, [str(error)])) from error
    except OSError as error:
        raise NatsServerError(
            f"cannot keep a nats-server in {cache_folder()}: {error.strerror}; "
            "name a folder that can be written in XDG_CACHE_HOME"
        ) from error


def how_to_install(minimum: tuple[int, ...], failures: list[str]) -> str:
    """What to tell somebody whose machine has no nats-server and cannot fetch one by itself."""
    lines = [f"nats-server {_text(minimum)} or newer is needed, and could not be fetched:"]
    lines += [f"  {failure}" for failure in failures]
    lines += [
        "Install one in any of these ways, then try again:",
        "  brew install nats-server",
        "  the nats-server package of your distribution, if it is new enough",
        "  an archive from the release page of the nats-server project, unpacked onto PATH",
        f"or name one that is elsewhere: {OVERRIDE}=/path/to/nats-server",
    ]
    return "\n".join(lines)


def parse_version(text: str) -> tuple[int, int, int] | None:
    """The version in what `nats-server --version` prints, None when it is something else."""
    found = re.search(r"nats-server: v(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def server_version(path: Path) -> tuple[int, int, int] | None:
    """The version of this nats-server, None when it does not run or is something else."""
    try:
        done = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(done.stdout)


def cache_folder() -> Path:
    """Where fetched servers are kept: `natstui` in the user's cache folder (XDG)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path there is invalid and must be ignored.
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "natstui"


def _named(path: Path, minimum: tuple[int, ...]) -> Path:
    version = server_version(path)
    if version is None:
        raise NatsServerError(f"{OVERRIDE} names {path}, which is not a nats-server that runs")
    if version < minimum:
        raise NatsServerError(
            f"{OVERRIDE} names {path}, which is version {_text(version)}; "
            f"{_text(minimum)} or newer is needed"
        )
    return path


def _on_path() -> Iterator[Path]:
    folders = [*os.environ.get("PATH", "").split(os.pathsep), *SERVER_FOLDERS]
    for folder in dict.fromkeys(filter(None, folders)):
        found = shutil.which("nats-server", path=folder)
        if found:
            yield Path(found)


def _cached() -> list[Path]:
    """The fetched servers, newest first."""
    versions = {
        path: upstream_version(path.name.removeprefix("nats-server-"))
        for path in cache_folder().glob("nats-server-*")
    }
    known = [(version, path) for path, version in versions.items() if version]
    return [path for _, path in sorted(known, reverse=True)]


def _install_from_any(archives: list[Archive], minimum: tuple[int, ...], report: Report) -> Path:
    failures = [] if archives else ["no mirror of Debian or Ubuntu is among the sources of apt"]
    for archive in archives:
        origin = archive.distribution.origin
        for suite in archive.distribution.suites:
            report(f"fetching it from {suite} of the {origin} mirror that apt uses")
            try:
                path = _install_from(archive, suite, minimum)
            except (AptError, NatsServerError) as error:
                failures.append(f"{origin} {suite}: {error}")
            else:
                report(f"installed {path}")
                return path
    raise NatsServerError(how_to_install(minimum, failures))


def _install_from(archive: Archive, suite: str, minimum: tuple[int, ...]) -> Path:
    with tempfile.TemporaryDirectory(prefix="natstui-apt-") as folder:
        apt = PrivateApt(Path(folder), archive, suite)
        apt.update()
        package_version = _newest(apt.versions("nats-server"), minimum)
        server = apt.unpack("nats-server", package_version) / "usr" / "sbin" / "nats-server"
        version = server_version(server)
        if version is None:
            raise NatsServerError(f"nats-server {package_version} does not run on this machine")
        return _keep(server, version)


def _newest(package_versions: list[str], minimum: tuple[int, ...]) -> str:
    for package_version in package_versions:
        if (upstream_version(package_version) or ()) >= minimum:
            return package_version
    if not package_versions:
        raise NatsServerError("has no package nats-server")
    raise NatsServerError(f"has only nats-server {package_versions[0]}")


def _keep(server: Path, version: tuple[int, int, int]) -> Path:
    """Move the server into the cache in one step: whoever looks there finds it whole or not."""
    kept = cache_folder() / f"nats-server-{_text(version)}"
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".fetched-") as folder:
        fetched = Path(folder) / kept.name
        shutil.copyfile(server, fetched)
        fetched.chmod(0o755)
        fetched.replace(kept)
    return kept


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _report_on_stderr(line: str) -> None:
    print(f"natstui: {line}", file=sys.stderr, flush=True)
