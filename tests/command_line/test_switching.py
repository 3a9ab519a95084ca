"""Which contexts there are to go over to, and what of the command line holds for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from natstui.command_line.arguments import parse_arguments
from natstui.command_line.merge import merged_settings
from natstui.command_line.switching import context_choices
from natstui.model.context_choices import Choice, ContextChoices
from natstui.model.contexts import ContextError


def begin(*argv: str) -> ContextChoices:
    given = parse_arguments(list(argv))
    return context_choices(given, merged_settings(given))


def choice(choices: ContextChoices, name: str) -> Choice:
    return next(each for each in choices.rows.items if each.name == name)


async def test_all_contexts_and_why_one_is_broken(
    write_context: Callable[..., Path], home: Path
) -> None:
    write_context("prod", url="tls://me:hidden@a,tls://b", description="real", color_scheme="red")
    write_context("empty")
    write_context("faulty", url="nats://")
    (home / ".config/nats/context/broken.json").write_text("{")
    choices = begin("--context", "prod", "--user", "me", "--password", "x")
    await choices.load()
    assert [(each.name, bool(each.problem)) for each in choices.rows.items] == [
        ("broken", True),
        ("empty", False),
        ("faulty", True),
        ("prod", False),
    ]
    assert choice(choices, "empty").address == "nats://127.0.0.1:4222"
    prod = choice(choices, "prod")
    assert (prod.address, prod.description) == ("tls://a:4222, tls://b:4222", "real")
    assert prod.color_scheme == "red"
    assert "hidden" not in repr(choices.rows.items) + prod.address
    # What this run began with keeps the flags that it began with.
    settings = await choices.settings(prod)
    assert settings.connect_options["user"] == "me"
    with pytest.raises(ContextError, match="not valid JSON"):
        await choices.settings(choice(choices, "broken"))


async def test_flags_and_environment_of_the_start_stay_there(
    write_context: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATS_URL", "nats://elsewhere")
    monkeypatch.setenv("NATS_USER", "somebody")
    write_context("other", url="nats://other:4333", token="t", js_domain="x")
    choices = begin("--read-only", "--timeout", "7s", "--js-domain", "hub", "--tlsfirst")
    await choices.load()
    assert [each.kind for each in choices.rows.items] == ["context", "server"]
    settings = await choices.settings(choice(choices, "other"))
    assert settings.servers == ("nats://other:4333",)
    assert settings.read_only
    assert settings.timeout == 7
    assert settings.js_domain == ""
    assert settings.connect_options.get("token") == "t"
    assert "user" not in settings.connect_options
    assert "tls_handshake_first" not in settings.connect_options


async def test_a_server_by_its_url_is_there_from_then_on(home: Path) -> None:
    choices = begin()
    await choices.load()
    assert choices.typed("what is this") is None
    choices.find("nats://me:hidden@far:4333")
    typed = choices.rows[0]
    assert (typed.kind, typed.name) == ("server", "nats://far:4333")
    settings = await choices.settings(typed)
    assert settings.servers == ("nats://me:hidden@far:4333",)
    assert settings.context is None
    await choices.load()
    assert choice(choices, "nats://far:4333").settings is settings
    choices.find("far")
    assert len(choices.rows) == 1
