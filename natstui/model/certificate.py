"""What a server's certificate says, also when it is not to be trusted.

Python reads a certificate only once it is verified. One that is not gets a second look: in a
handshake in which it is its own authority and may be out of date. That says nothing about whom one
talks to, so nothing is ever sent there.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from natstui.model.doctor_report import Fact
from natstui.model.explain_rules import Explanation

WARN_DAYS = 14
_DAY = 86_400
# X509_V_FLAG_NO_CHECK_TIME of OpenSSL; the ssl module has no name for it.
_NO_CHECK_TIME = 0x200000

Certificate = dict[str, Any]
"""As `ssl.SSLSocket.getpeercert()` gives it."""


def trusting_anybody() -> ssl.SSLContext:
    """For a handshake that only asks for the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def trusting_only(der: bytes) -> ssl.SSLContext:
    """For a handshake that reads this certificate, whatever its dates, names and issuer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=der)
    flags = context.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME
    context.verify_flags = ssl.VerifyFlags(flags)
    return context


def certificate_facts(certificate: Certificate) -> list[Fact]:
    """Subject, issuer, names and dates; nothing of what it does not say."""
    if not certificate:
        return []
    begin, end = _moment(certificate["notBefore"]), _moment(certificate["notAfter"])
    left = days_left(certificate)
    names = [value for _, value in certificate.get("subjectAltName", ())]
    return [
        Fact("subject", _name(certificate.get("subject", ()))),
        Fact("issuer", _name(certificate.get("issuer", ()))),
        Fact("names", names),
        Fact("valid from", _iso(begin), _day(begin)),
        Fact("valid until", _iso(end), _day(end)),
        Fact("days left", left, "" if left >= 0 else f"none, it expired {_days(-left)} ago"),
    ]


def days_left(certificate: Certificate) -> int:
    """Whole days until it expires; below 0 when it has."""
    return int((_moment(certificate["notAfter"]) - time.time()) // _DAY)


def expires_soon(certificate: Certificate) -> Explanation | None:
    """The warning for one that expires within WARN_DAYS."""
    if not certificate or days_left(certificate) >= WARN_DAYS:
        return None
    return Explanation(
        f"the certificate expires in {_days(days_left(certificate))}", "renew it on the server"
    )


def _moment(date: str) -> float:
    return ssl.cert_time_to_seconds(date)


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number:,} days"


def _name(parts: Iterable[Iterable[tuple[str, str]]]) -> str:
    """A distinguished name: its common name, or else everything."""
    pairs = [pair for part in parts for pair in part]
    common = [value for key, value in pairs if key == "commonName"]
    return ", ".join(common or [value for _, value in pairs])
