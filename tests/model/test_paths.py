"""Paths as they are typed: what is wrong with one is said before anything is done."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from natstui.model.paths import expanded, fit_name, free_name, source_problem, target_problem


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "folder"))
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("file", None),
        ("  ", "a file name is needed"),
        ("missing", "there is no such file"),
        ("nowhere/missing", "there is no such folder"),
        ("folder", "that is a folder: name a file in it"),
        ("~", "that is a folder: name a file in it"),
        ("pipe", "that is no regular file"),
        ("dangling", "there is no such file"),
        ("a\0b", "a file name cannot have a zero byte in it"),
        ("x" * 5_000, "file name too long"),
        ("~nobody-of-this-name/file", "there is no such folder"),
    ],
)
def test_a_file_to_be_read(text: str, problem: str | None) -> None:
    assert source_problem(text) == problem


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("new", None),
        ("~/new", None),
        ("", "a file name is needed"),
        ("file", "that file exists, and nothing is overwritten"),
        ("dangling", "that file exists, and nothing is overwritten"),
        ("folder", "that is a folder: add a file name to it"),
        ("nowhere/new", "there is no such folder"),
        ("file/new", "there is no such folder"),
        ("/proc/new", "1,000 bytes do not fit: 0 are free there"),
        ("a\0b", "a file name cannot have a zero byte in it"),
        ("x" * 5_000, "file name too long"),
    ],
)
def test_a_file_to_be_made(text: str, problem: str | None) -> None:
    assert target_problem(text, 1_000) == problem


def test_what_may_not_be_read_or_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # whoever runs the tests may be root
    assert source_problem(str(folder / "file")) == "that file may not be read by you"
    assert target_problem(str(folder / "new")) == "nothing may be written into that folder by you"


@pytest.mark.parametrize(
    ("name", "fit"),
    [
        ("logo.svg", "logo.svg"),
        ("img/logo.svg", "logo.svg"),
        ("../../etc/passwd", "passwd"),
        ("..", "object"),
        ("/", "object"),
        ("", "object"),
        (".bashrc", "_bashrc"),
        ("-rf", "_rf"),
        ("~root", "_root"),
        ("c:\\windows\\cmd.exe", "cmd.exe"),
        ("a\x1b[2J\n\u202eb", "a__2J__b"),
        ("\N{CJK UNIFIED IDEOGRAPH-4E2D}", "object"),
    ],
)
def test_a_name_from_the_network_becomes_one_for_a_file(name: str, fit: str) -> None:
    assert fit_name(name) == fit


def test_a_name_that_is_taken_gets_a_number(folder: Path) -> None:
    assert free_name("new.txt", folder) == "new.txt"
    (folder / "new.txt").touch()
    assert free_name("new.txt", folder) == "new-2.txt"
    assert free_name("dangling", folder) == "dangling-2"


def test_the_home_folder_is_known(folder: Path) -> None:
    assert expanded("~/a") == folder / "folder" / "a"
