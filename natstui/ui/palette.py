"""The command palette: everything that a key does, by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.binding import ActiveBinding
from textual.command import DiscoveryHit, Hit, Hits, Provider

from natstui.ui.safe import clean


class KeyCommands(Provider):
    """The bindings that are active where the palette was opened."""

    async def discover(self) -> Hits:
        """All of them, before anything was typed."""
        for title, keys, active in self._commands():
            yield DiscoveryHit(title, partial(self._run, active), help=keys)

    async def search(self, query: str) -> Hits:
        """Those that match what was typed."""
        matcher = self.matcher(query)
        for title, keys, active in self._commands():
            if (score := matcher.match(title)) > 0:
                yield Hit(score, matcher.highlight(title), partial(self._run, active), help=keys)

    def _commands(self) -> Iterator[tuple[str, str, ActiveBinding]]:
        seen: set[str] = set()
        # Moving about comes last: nobody opens the palette to go one line down.
        for active in sorted(self.screen.active_bindings.values(), key=is_movement):
            binding = active.binding
            if not active.enabled or not binding.description or binding.action in seen:
                continue
            seen.add(binding.action)
            title = clean(binding.tooltip or binding.description)
            yield title, f"{self.app.get_key_display(binding)}  {binding.id or ''}", active

    async def _run(self, active: ActiveBinding) -> None:
        await self.app.run_action(active.binding.action, active.node)


def is_movement(active: ActiveBinding) -> bool:
    """Whether it only goes to another line; choosing one is more."""
    id = active.binding.id or ""
    return id.startswith("list.") and id != "list.choose"
