"""What a run that has begun may go over to: another context, or the servers in a URL."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from natstui.command_line.arguments import (
    CONNECTION_NAME,
    CONTEXT,
    SERVER,
    TIMEOUT,
    VALUE_FLAGS,
    UsageError,
)
from natstui.command_line.merge import merged_settings
from natstui.model.context_choices import ContextChoices
from natstui.model.contexts import ContextError
from natstui.model.settings import Settings

# What was said of where to connect and as whom was said of the first one; this is of the run.
_OF_THE_RUN = (TIMEOUT, CONNECTION_NAME)


def context_choices(given: Namespace, start: Settings) -> ContextChoices:
    """All contexts there are; `start` is what `given` came to."""

    def settings_of(name: str, url: str) -> Settings:
        try:
            settings = merged_settings(other(given, name, url))
        except UsageError as error:
            raise ContextError(str(error)) from None
        return replace(settings, config=start.config)

    return ContextChoices(start, settings_of)


def other(given: Namespace, context: str, url: str = "") -> Namespace:
    """The flags for another context, or without one for the servers in `url`.

    A flag that is there and says nothing keeps its environment variable out, too.
    """
    flags: dict[str, str | None] = {flag.key: "" for flag in VALUE_FLAGS}
    flags |= {flag.key: getattr(given, flag.key, None) for flag in _OF_THE_RUN}
    said = {CONTEXT.key: context, SERVER.key: url}
    others = {"no_context": not context, "tlsfirst": False, "words": []}
    return Namespace(**{**vars(given), **flags, **said, **others})
