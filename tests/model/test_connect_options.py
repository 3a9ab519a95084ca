from __future__ import annotations

import base64
import ssl
from pathlib import Path
from typing import Any

import nkeys
import pytest
import trustme

from natstui.client.auth import Authenticator
from natstui.client.urls import parse_url
from natstui.model.connect_options import connect_options
from natstui.model.contexts import Context, ContextError, load_context
from tests.support.auth import new_seed, public_key
from tests.support.certificates import Certificates
from tests.support.jwt import User

SEED = new_seed()
JWT = "eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiJVQSJ9.c2ln"
CREDS = User(JWT, SEED).creds


def options_of(**settings: Any) -> dict[str, Any]:
    return connect_options(Context(name="prod", path="/contexts/prod.json", **settings))


def sent(options: dict[str, Any]) -> dict[str, str]:
    """The fields of CONNECT that the client makes of the options, after a nonce."""
    return Authenticator(**options).connect_fields("nonce", parse_url("nats://host"))


def assert_signs(options: dict[str, Any]) -> None:
    """The options identify with JWT and sign as SEED does."""
    fields = sent(options)
    assert fields["jwt"] == JWT
    signature = base64.urlsafe_b64decode(fields["sig"] + "==")
    assert nkeys.from_seed(SEED.encode()).verify(b"nonce", signature)


def test_the_empty_context_asks_for_nothing() -> None:
    assert connect_options(Context()) == {}


def test_user_and_password_win_over_everything_else(tmp_path: Path) -> None:
    given = options_of(user="me", password="pw", creds="/no/file", nkey="/no/file", user_jwt="x")
    assert given == {"user": "me", "password": "pw"}


def test_a_token_goes_besides_another_identity() -> None:
    assert options_of(user="me", token="tok") == {"user": "me", "password": "", "token": "tok"}


def test_creds_come_before_nkey_and_nkey_before_a_jwt(tmp_path: Path) -> None:
    creds, nkey = tmp_path / "me.creds", tmp_path / "me.nk"
    creds.write_text(CREDS)
    nkey.write_text(SEED)
    assert options_of(creds=str(creds), nkey=str(nkey)) == {"user_credentials": str(creds)}
    assert options_of(nkey=f"file://{nkey}", user_jwt=JWT) == {"nkeys_seed": str(nkey)}


def test_credentials_that_are_not_in_a_file_sign_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CREDS", CREDS)
    monkeypatch.setenv(
        "NKEY", f"-----BEGIN USER NKEY SEED-----\n{SEED}\n-----END USER NKEY SEED-----\n"
    )
    assert_signs(options_of(creds="env://CREDS"))
    assert sent(options_of(nkey="env://NKEY"))["nkey"] == public_key(SEED)


def test_jwt_and_seed_are_literal_or_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEED", SEED)
    assert_signs(options_of(user_jwt=JWT, user_seed=SEED))
    assert_signs(options_of(user_jwt=JWT, user_seed="env://SEED"))


def test_a_jwt_alone_is_a_bearer_and_signs_nothing() -> None:
    assert sent(options_of(user_jwt=JWT)) == {"jwt": JWT}


def test_secrets_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    assert options_of(user="me", password="env://SECRET")["password"] == "hunter2"
    assert options_of(token="env://SECRET") == {"token": "hunter2"}


def test_an_inbox_prefix_loses_its_last_dot() -> None:
    assert options_of(inbox_prefix="_ME.") == {"inbox_prefix": "_ME"}


def files_of(certificates: Certificates) -> dict[str, str]:
    """Settings that trust the authority and show the certificate of the client."""
    client = str(certificates.client_file)
    return {"ca": str(certificates.ca_file), "cert": client, "key": client}


def test_an_authority_is_trusted_instead_of_the_systems(certificates: Certificates) -> None:
    tls = options_of(ca=str(certificates.ca_file))["tls"]
    assert isinstance(tls, ssl.SSLContext)
    assert [ca["issuer"] for ca in tls.get_ca_certs()] != []
    assert len(tls.get_ca_certs()) == 1
    assert tls.check_hostname


def test_a_certificate_and_key_are_loaded(certificates: Certificates) -> None:
    options = options_of(**files_of(certificates))
    assert set(options) == {"tls"}


def test_tls_first_means_tls() -> None:
    options = options_of(tls_first=True)
    assert options["tls_handshake_first"] is True
    assert isinstance(options["tls"], ssl.SSLContext)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"socks_proxy": "http://p"}, "socks_proxy: .*: its scheme is not socks5"),
        ({"creds": "/no/me.creds"}, "creds: cannot read '/no/me.creds': No such file.*; check the"),
        ({"creds": "data:;base64,aGk="}, "creds: the text of the credentials has no block"),
        ({"creds": "env://NO_SUCH"}, "creds: env://NO_SUCH: .* not set"),
        ({"nkey": "data:;base64,aGk="}, "nkey: nkeys_seed_str does not hold a valid seed.*; is it"),
        ({"nkey": "/a\0b"}, "nkey: .*embedded null byte"),
        ({"user_jwt": JWT, "user_seed": "hunter2"}, "user_seed: .* not hold a valid seed"),
        ({"cert": "/c.pem"}, "cert: needs a key beside it"),
        ({"key": "/k.pem"}, "key: needs a cert beside it"),
        ({"ca": "/no/ca.pem"}, "ca: '/no/ca.pem': No such file"),
        ({"ca": "env://CA"}, "ca: only a path or file:// works here"),
    ],
)
def test_what_is_wrong_names_context_file_and_setting(
    settings: dict[str, str], problem: str
) -> None:
    with pytest.raises(ContextError, match=problem) as caught:
        options_of(**settings)
    assert str(caught.value).startswith('context "prod" (/contexts/prod.json): ')
    assert "hunter2" not in str(caught.value)


def test_the_line_of_a_setting_is_named(tmp_path: Path) -> None:
    path = tmp_path / "prod.json"
    path.write_text('{\n"url": "a",\n"password":"env://NO_SUCH", "user": "me"}')
    with pytest.raises(
        ContextError, match=r"prod\.json\), line 3: password: env://NO_SUCH: the env"
    ):
        connect_options(load_context(str(path)))


def test_what_a_flag_gave_is_named_by_the_flag() -> None:
    with pytest.raises(ContextError, match=r"^--creds: cannot read '/no/file': No such file"):
        connect_options(Context(creds="/no/file"), {"creds": "--creds"})


def test_files_that_are_no_certificates_are_named(
    tmp_path: Path, certificates: Certificates
) -> None:
    text = tmp_path / "text"
    text.write_text("hello")
    with pytest.raises(ContextError, match=r"ca: .* holds no certificates in PEM form"):
        options_of(ca=str(text))
    with pytest.raises(ContextError, match=r"cert: cannot use .*text with .*client\.pem"):
        options_of(cert=str(text), key=str(certificates.client_file))


def test_a_key_of_another_certificate_is_named(certificates: Certificates, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().issue_cert("other@example.org").private_key_pem.write_to_path(other)
    with pytest.raises(ContextError, match="KEY_VALUES_MISMATCH"):
        options_of(cert=str(certificates.client_file), key=str(other))
