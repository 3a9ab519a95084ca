"""Measures the panes of the explorer in a terminal of 120x40, on a server full of things.

python -m bench.panes [--only streams,kv,consumers,bytes,idle]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from bench.panes import consumers, kv, streams, written
from bench.terminal.figure import Figure, exit_code, ms
from bench.terminal.screen import ProgramEnded
from bench.terminal.stillness import Stillness

PARTS: dict[str, Callable[[argparse.Namespace], Iterator[Figure]]] = {
    "streams": streams.measure,
    "kv": kv.measure,
    "consumers": consumers.measure,
    "bytes": written.measure_changing,
    "idle": written.measure_idle,
}


def main() -> int:
    """0 when every figure is within its bound, 1 when not."""
    given = _arguments()
    figures: list[Figure] = []
    for name in given.only:
        print(f"-- {name}", flush=True)
        try:
            with Stillness() as stillness:
                for figure in PARTS[name](given):
                    figures.append(figure)
                    print(figure, flush=True)
        except (ProgramEnded, TimeoutError) as error:
            print(error, file=sys.stderr)
            return 1
        print(Figure("  meanwhile, worst delay of who only sleeps", ms(stillness.worst)))
    return exit_code(figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.panes", description=__doc__)
    parser.add_argument(
        "--only",
        metavar="PARTS",
        type=_parts,
        default=list(PARTS),
        help=f"some of {','.join(PARTS)}",
    )
    parser.add_argument("--messages", type=int, default=1_000_000, help="in the large stream")
    parser.add_argument("--keys", type=int, default=100_000, help="in the bucket")
    parser.add_argument("--consumers", type=int, default=1_000, help="on the board")
    return parser.parse_args()


def _parts(text: str) -> list[str]:
    parts = text.split(",")
    for part in parts:
        if part not in PARTS:
            raise argparse.ArgumentTypeError(f"no part is called {part!r}: {', '.join(PARTS)}")
    return parts


if __name__ == "__main__":
    sys.exit(main())
