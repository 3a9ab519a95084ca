"""Make the wheel and the sdist in dist/, and try them out where there is nothing else.

The wheel is made of the sdist, as an installer would that finds no wheel. It is installed into an
empty environment, and must run there: its version, its documentation, the demo in a terminal.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
sys.path.insert(0, str(ROOT))

from natstui import __version__  # noqa: E402
from tests.support.environment import environment_at  # noqa: E402
from tests.support.terminal import Terminal  # noqa: E402

IN_WHEEL = ("natstui/py.typed", "natstui/ui/natstui.tcss", "natstui/docs/configuration.md")
IN_SDIST = (
    *("README.md", "CHANGELOG.md", "LICENSE", "Makefile", "constraints.txt", "pyproject.toml"),
    *("natstui/cli.py", "docs/configuration.md", "tests/test_cli.py", "tests/data/spec.json"),
    *("bench/README.md", "scripts/dist.py", "screenshots/tail.svg"),
)


class DistError(Exception):
    """What was made is not what it should be."""


def main() -> None:
    shutil.rmtree(DIST, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "build")
        (sdist,), (wheel,) = DIST.glob("*.tar.gz"), DIST.glob("*.whl")
        check_names(sdist.name, sdist_names(sdist), IN_SDIST)
        check_names(wheel.name, zipfile.ZipFile(wheel).namelist(), IN_WHEEL)
        check_no_machine(sdist, wheel)
        try_out(wheel, Path(folder) / "empty", Path(folder) / "home")
    print(f"made and tried out: {sdist.relative_to(ROOT)}, {wheel.relative_to(ROOT)}")


def make(venv: Path) -> None:
    """Both of them, the wheel from the sdist."""
    run(sys.executable, "-m", "venv", venv)
    run(venv / "bin/pip", "install", "--quiet", "build")
    run(venv / "bin/python", "-m", "build", "--outdir", DIST, ROOT)


def sdist_names(sdist: Path) -> list[str]:
    with tarfile.open(sdist) as archive:
        return [name.partition("/")[2] for name in archive.getnames()]


def check_names(archive: str, names: list[str], wanted: tuple[str, ...]) -> None:
    """What must be there is, and nothing that only this machine has."""
    if missing := set(wanted) - set(names):
        raise DistError(f"{archive} lacks {', '.join(sorted(missing))}")
    if stray := [name for name in names if re.search(r"\.(venv|pyc|coverage|git/)", name)]:
        raise DistError(f"{archive} has {', '.join(stray[:5])}")


def check_no_machine(sdist: Path, wheel: Path) -> None:
    """Nothing in them names a folder of this machine."""
    here = {str(each).encode() for each in (ROOT, Path.home()) if len(each.parts) > 2}
    for name, content in contents(sdist, wheel):
        for place in here:
            if place in content:
                raise DistError(f"{name} names {place.decode()}")


def contents(sdist: Path, wheel: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(sdist) as archive:
        for member in archive:
            if file := archive.extractfile(member):
                yield member.name, file.read()
    with zipfile.ZipFile(wheel) as packed:
        for name in packed.namelist():
            yield name, packed.read(name)


def try_out(wheel: Path, venv: Path, home: Path) -> None:
    """Install it into an empty environment, and use it from there."""
    run(sys.executable, "-m", "venv", venv)
    run(venv / "bin/pip", "install", "--quiet", wheel)
    natstui, environment = venv / "bin/natstui", environment_at(home)
    expect(f"natstui {__version__}\n", natstui, "--version", env=environment, cwd=venv)
    expect("tail_messages", natstui, "config", "default", env=environment, cwd=venv)
    expect("  configuration  ", natstui, "help", env=environment, cwd=venv)
    expect("# Configuration\n", natstui, "help", "configuration", env=environment, cwd=venv)
    with Terminal([natstui, "demo"], env=environment) as terminal:
        terminal.wait_for("● connected", timeout=60)
        terminal.press("q")
        if code := terminal.wait_for_exit():
            raise DistError(f"natstui demo ended with {code}:\n{terminal.screen}")


def expect(text: str, *command: str | Path, env: dict[str, str], cwd: Path) -> None:
    """The command says `text`, among other things."""
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode or text not in done.stdout:
        named = " ".join(map(str, command[1:]))
        raise DistError(f"natstui {named} ({done.returncode}): {done.stdout}{done.stderr}")


def run(*command: str | Path) -> None:
    quiet = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run(command, env=quiet, check=True)


if __name__ == "__main__":
    try:
        main()
    except DistError as error:
        sys.exit(f"dist: {error}")
