"""What differs between two values, as it is shown."""

from __future__ import annotations

from natstui.ui.value_diff import LONGEST_LINE, diff_lines, differences


def shown(before: bytes, after: bytes) -> list[str]:
    return ["".join(text for _, text in line) for line in diff_lines(before, after)]


async def test_json_is_compared_by_its_members() -> None:
    lines = await differences(b'{"a":1,"b":[1,2]}', b'{"a":2,"b":[1,2]}')
    assert ["".join(text for _, text in line) for line in lines][:4] == [
        "  {",
        '-   "a": 1,',
        '+   "a": 2,',
        '    "b": [',
    ]
    assert shown(b'{"a":1}', b'{ "a": 1 }') == ["Only the layout differs, not what it says."]
    assert shown(b"a", b"a") == ["No difference."]


def test_what_is_no_text_is_compared_as_hex() -> None:
    gone, come = shown(b"\xff\x00", b"\xff\x01")
    assert gone.startswith("- 00000000  ff 00")
    assert come.startswith("+ 00000000  ff 01")


def test_of_long_lines_there_is_what_differs() -> None:
    same = "x" * 500_000
    gone, come = shown(f"{same}one{same}".encode(), f"{same}two{same}".encode())
    assert gone.startswith("- … 499,940 characters … xxx")
    assert "xone" in gone
    assert "xtwo" in come
    assert come.endswith("characters more")
    assert max(len(gone), len(come)) < LONGEST_LINE + 100
