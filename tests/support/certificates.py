"""Certificates of a throw-away authority, and the configuration that makes a server use them."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


class Certificates:
    """One authority; a server certificate for these names; one of a client."""

    def __init__(self, folder: Path, *names: str) -> None:
        self._authority = authority = trustme.CA()
        self._folder = folder
        self.ca_file = folder / "ca.pem"
        self.server_file = folder / "server.pem"
        self.client_file = folder / "client.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        server = authority.issue_cert(*(names or ("localhost", "127.0.0.1")))
        server.private_key_and_cert_chain_pem.write_to_path(self.server_file)
        client = authority.issue_cert("client@example.com", common_name="client")
        client.private_key_and_cert_chain_pem.write_to_path(self.client_file)

    def dated_tls(self, begin: timedelta, end: timedelta) -> str:
        """`server_tls` with a certificate that is valid from `begin` to `end`, both from now."""
        now = datetime.now(UTC)
        certificate = self._authority.issue_cert(
            "localhost", "127.0.0.1", not_before=now + begin, not_after=now + end
        )
        file = self._folder / f"{begin.days}-{end.days}.pem"
        certificate.private_key_and_cert_chain_pem.write_to_path(file)
        return f'tls {{ cert_file: "{file}", key_file: "{file}" }}'

    def server_tls(self, *options: str) -> str:
        """A `tls` block for a server; options such as "verify: true", "handshake_first: true"."""
        lines = [
            f'cert_file: "{self.server_file}"',
            f'key_file: "{self.server_file}"',
            f'ca_file: "{self.ca_file}"',
            *options,
        ]
        return "tls {\n" + "\n".join(lines) + "\n}"

    def context(self, *, with_certificate: bool = False) -> ssl.SSLContext:
        """For a client that trusts the authority and may show its own certificate."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        if with_certificate:
            context.load_cert_chain(self.client_file)
        return context
