from __future__ import annotations

from natstui.model.settings import Settings


def test_repr_keeps_secrets_to_itself() -> None:
    settings = Settings(context="prod", connect_options={"password": "hunter2"})
    assert "hunter2" not in repr(settings)
    assert "prod" in repr(settings)


def test_api_prefix_is_the_servers_own_unless_asked_otherwise() -> None:
    assert Settings().api_prefix == "$JS.API"
    assert Settings(js_api_prefix="hub.js.").api_prefix == "hub.js"


def test_advisories_come_where_they_are_imported_to() -> None:
    subject = "$JS.EVENT.ADVISORY.API"
    assert Settings().here(subject) == Settings().as_published(subject) == subject
    hub = Settings(js_event_prefix="hub.event.")
    assert hub.here(subject) == "hub.event.ADVISORY.API"
    assert hub.as_published("hub.event.ADVISORY.API") == subject
    assert hub.as_published("$SYS.SERVER.N.SHUTDOWN") == "$SYS.SERVER.N.SHUTDOWN"


def test_a_domain_wins_over_an_api_prefix() -> None:
    assert Settings(js_domain="hub", js_api_prefix="other").api_prefix == "$JS.hub.API"
