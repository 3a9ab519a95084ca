from __future__ import annotations

import pytest

from natstui.client import errors
from natstui.client.aio import errors as old

PAIRS = {
    "NatsError": errors.Error,
    "ErrConnectionClosed": errors.ConnectionClosedError,
    "ErrDrainTimeout": errors.DrainTimeoutError,
    "ErrInvalidUserCredentials": errors.InvalidUserCredentialsError,
    "ErrInvalidCallbackType": errors.InvalidCallbackTypeError,
    "ErrConnectionReconnecting": errors.ConnectionReconnectingError,
    "ErrConnectionDraining": errors.ConnectionDrainingError,
    "ErrMaxPayload": errors.MaxPayloadError,
    "ErrStaleConnection": errors.StaleConnectionError,
    "ErrJsonParse": errors.JsonParseError,
    "ErrSecureConnRequired": errors.SecureConnRequiredError,
    "ErrSecureConnWanted": errors.SecureConnWantedError,
    "ErrSecureConnFailed": errors.SecureConnFailedError,
    "ErrBadSubscription": errors.BadSubscriptionError,
    "ErrBadSubject": errors.BadSubjectError,
    "ErrTimeout": errors.TimeoutError,
    "ErrBadTimeout": errors.BadTimeoutError,
    "ErrAuthorization": errors.AuthorizationError,
    "ErrNoServers": errors.NoServersError,
}


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_an_old_name_catches_what_is_raised_today(name: str) -> None:
    with pytest.raises(getattr(old, name)):
        raise PAIRS[name]


def test_a_slow_consumer_is_caught_and_made_under_its_old_name() -> None:
    with pytest.raises(old.ErrSlowConsumer) as caught:
        raise errors.SlowConsumerError("a", "", 3, None)
    assert caught.value.sid == 3
    assert old.ErrSlowConsumer(subject="a", reply="", sid=3, sub=None).subject == "a"
