"""What is installed, as far as it can be seen without building it (`make dist` does)."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import entry_points, metadata
from pathlib import Path

import natstui

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_documentation_goes_into_the_wheel_where_help_looks_for_it() -> None:
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["natstui"]
    assert wheel["force-include"] == {"docs": "natstui/docs"}
    assert not (ROOT / "natstui" / "docs").exists()  # it would hide the pages of the checkout


def test_files_that_are_no_modules_are_in_the_package() -> None:
    package = Path(natstui.__file__).parent
    assert (package / "py.typed").exists()
    assert (package / "ui" / "natstui.tcss").exists()


def test_one_version_everywhere() -> None:
    assert "version" in PROJECT["project"]["dynamic"]
    assert metadata("natstui")["Version"] == natstui.__version__


def test_the_command_is_the_one_that_is_tested() -> None:
    (command,) = [each for each in entry_points(group="console_scripts") if each.name == "natstui"]
    assert command.value == "natstui.cli:main"


def test_this_python_is_one_of_those_that_are_named() -> None:
    named = re.findall(r"Python :: (3\.\d+)$", "\n".join(PROJECT["project"]["classifiers"]), re.M)
    assert named == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["project"]["requires-python"] == f">={named[0]}"
    assert f"3.{sys.version_info.minor}" in named


def imported(module: Path) -> set[str]:
    """The packages that a module imports anywhere in it."""
    names: set[str] = set()
    for each in ast.walk(ast.parse(module.read_bytes())):
        if isinstance(each, ast.Import):
            names.update(alias.name for alias in each.names)
        elif isinstance(each, ast.ImportFrom) and each.module and not each.level:
            names.add(each.module)
    return {name.partition(".")[0] for name in names}


def test_nothing_is_needed_at_run_time_but_what_is_declared() -> None:
    """A package that only the developers' environment has would be missed after an installation."""
    declared = {re.split(r"[<>=\[]", each)[0] for each in PROJECT["project"]["dependencies"]}
    extras = {"websockets", "python_socks"}
    ours = {"natstui", "rich", "_typeshed"} | extras  # Textual brings rich; types are no import
    for module in (ROOT / "natstui").rglob("*.py"):
        strange = imported(module) - declared - ours - sys.stdlib_module_names
        assert not strange, module
