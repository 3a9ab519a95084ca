"""Memory and the garbage collector: what must not grow, and what need not be looked at."""

from __future__ import annotations

import gc

from textual._styles_cache import StylesCache


def keep_what_there_is() -> None:
    """Everything that lives now stays until the end: the collector leaves it alone.

    In a flood the oldest generation is collected about once a second. With Textual's own few
    hundred thousand objects in it that took 100 ms each, which a key had to wait for.
    """
    gc.collect()
    gc.freeze()


def forget_views() -> None:
    """A whole view was left: the collector looks at everything once more, then leaves it alone.

    Otherwise what was there at the start could never go, with all the messages in it.
    """
    gc.unfreeze()
    keep_what_there_is()


def forget_what_is_gone() -> None:
    """Let go of widgets that are no more; call it now and then.

    Textual (8.2.8) remembers the background of a widget under the widget's own store of drawn
    lines, for 1,024 of them: what was closed long ago kept its lines, and a minute of opening and
    closing the help 10 MB.
    """
    StylesCache.get_inner_outer.cache_clear()
