from __future__ import annotations

import tomllib

from natstui.model.toml_lines import Path, key_lines, line_of

TEXT = '''\
top = 1  # [not.a.table]
[keys]
"tail.pause" = "a # b = c"
app.quit = ["q",
  "[x]", # y = 2
]
[[watch]]
when = """
[limits]
old = "no"
"""
[[watch]]
when = \'\'\'it's [one] = "two"\'\'\'
[ limits . "in ner" ]
a-b = { c = 1 }
[theme]
'k = v' = "\\"x\\" = [" # [["
last = 2
'''


def test_every_key_is_found_on_its_line() -> None:
    assert key_lines(TEXT) == {
        ("top",): 1,
        ("keys",): 2,
        ("keys", "tail.pause"): 3,
        ("keys", "app", "quit"): 4,
        ("watch", 0): 7,
        ("watch", 0, "when"): 8,
        ("watch", 1): 12,
        ("watch", 1, "when"): 13,
        ("limits", "in ner"): 14,
        ("limits", "in ner", "a-b"): 15,
        ("theme",): 16,
        ("theme", "k = v"): 17,
        ("theme", "last"): 18,
    }


def test_line_ends_of_windows_count_once() -> None:
    assert key_lines("a = 1\r\nb = 2\r\n") == {("a",): 1, ("b",): 2}


def test_what_has_no_line_is_where_the_thing_around_it_is() -> None:
    lines = key_lines(TEXT)
    assert line_of(lines, ("limits", "in ner", "a-b", "c")) == 15
    assert line_of(lines, ("watch", 1, "whem")) == 12
    assert line_of(lines, ("nothing",)) == 1


def test_the_lines_are_those_of_what_tomllib_reads() -> None:
    def paths(value: object, path: Path) -> set[Path]:
        if isinstance(value, dict):
            return {path} | {p for key in value for p in paths(value[key], (*path, key))}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return {p for n, each in enumerate(value) for p in paths(each, (*path, n))}
        return {path}

    assert set(key_lines(TEXT)) <= paths(tomllib.loads(TEXT), ())
