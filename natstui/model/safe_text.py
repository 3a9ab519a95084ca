"""Text that we did not write ourselves, made fit for one line of a terminal.

A terminal obeys escape sequences whoever sent them, so every character that it would act on, or
that would make a line longer or shorter than we think, is shown as a picture of itself. Everything
else stays as it is.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

STRANGE = "\N{SYMBOL FOR SUBSTITUTE FORM TWO}"
_FIRST_PICTURE = 0x2400
_DELETE_PICTURE = 0x2421
# A letter carries one or two marks; a tower of them runs over the lines above.
_MAX_MARKS = 3
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
# Letters by category, and nothing to see.
_FILLERS = frozenset({0x115F, 0x1160, 0x3164, 0xFFA0, 0x034F, 0x17B4, 0x17B5})
# Control, format, surrogate, private use, unassigned, line and paragraph separator.
_UNDRAWABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class _Pictures(dict[int, str]):
    """What `str.translate` puts for a code point, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = shown = _shown(code)
        return shown


def _shown(code: int) -> str:
    if code < 0x20:
        return chr(_FIRST_PICTURE + code)
    if code == 0x7F:
        return chr(_DELETE_PICTURE)
    if code in _VARIATION_SELECTORS:
        # They only choose between two drawings, and terminals disagree on the width of one.
        return ""
    category = unicodedata.category(chr(code))
    if category in _UNDRAWABLE or code in _FILLERS or code in _SKIN_TONES:
        return STRANGE
    return " " if category == "Zs" else chr(code)


_pictures = _Pictures()


def clean(text: str) -> str:
    """`text` for one line of the terminal, every control character as a picture."""
    if text.isascii() and text.isprintable():
        return text
    return _clean_short(text) if len(text) < 512 else _clean(text)


def _clean(text: str) -> str:
    shown = text.translate(_pictures)
    return shown if shown.isascii() else _without_towers(shown)


# For words of ours, which are drawn again and again. Of what flows by, nothing comes twice: a
# larger cache would only fill with it.
_clean_short = lru_cache(256)(_clean)


def _without_towers(text: str) -> str:
    marks = 0
    kept = []
    for char in text:
        marks = marks + 1 if char > "\u02ff" and unicodedata.combining(char) else 0
        if marks <= _MAX_MARKS:
            kept.append(char)
        elif marks == _MAX_MARKS + 1:
            kept.append(STRANGE)
    return "".join(kept)
