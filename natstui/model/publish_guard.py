"""What stands between the explorer and the wire: it counts every publish, and in read-only mode
lets only questions out.

Given to the client as `publish_guard`, it sees each subject before a byte is written, whoever
publishes. So its counts of acks and created consumers are no claim of the panes about themselves.
"""

from __future__ import annotations

from natstui.client.errors import PublishRefusedError

DEFAULT_API_PREFIX = "$JS.API"

# The JetStream API without its prefix: what only asks. CONSUMER.MSG.NEXT is not among them, since
# it moves the consumer on.
_QUESTIONS = (
    "INFO",
    "ACCOUNT.INFO",
    "STREAM.NAMES",
    "STREAM.LIST",
    "STREAM.INFO.",
    "STREAM.MSG.GET.",
    "CONSUMER.NAMES.",
    "CONSUMER.LIST.",
    "CONSUMER.INFO.",
    "DIRECT.GET.",
)
_CREATES_CONSUMER = ("CONSUMER.CREATE.", "CONSUMER.DURABLE.CREATE.")
_SERVICE_QUESTIONS = ("$SRV.PING", "$SRV.INFO", "$SRV.STATS", "$SRV.SCHEMA")
# A server takes orders there too (RELOAD, KICK, CLAIMS.UPDATE); its reports end in Z
# or are these.
_SYSTEM_REPORTS = ("INFO", "PING", "CONNS")


class PublishGuard:
    """Call it with a subject; PublishRefusedError if it must not go out.

    `published` counts what went out, of which `acks` acknowledged a message and `consumers`
    created one; `refused` counts what did not.
    """

    def __init__(self, *, read_only: bool, api_prefix: str = DEFAULT_API_PREFIX) -> None:
        self.read_only = read_only
        self.published = 0
        self.acks = 0
        self.consumers = 0
        self.refused = 0
        self._api = api_prefix + "."

    def __call__(self, subject: str) -> None:
        if self.read_only and not self._is_question(subject):
            self.refused += 1
            raise PublishRefusedError(f"read-only: nothing is published to {subject}")
        self.published += 1
        if subject.startswith("$JS.ACK."):
            self.acks += 1
        elif self._api_call(subject).startswith(_CREATES_CONSUMER):
            self.consumers += 1

    def _is_question(self, subject: str) -> bool:
        call = self._api_call(subject)
        if call:
            return call.startswith(_QUESTIONS)
        if subject.startswith("$SYS.REQ."):
            last = subject.rpartition(".")[2]
            return last in _SYSTEM_REPORTS or last.endswith("Z")
        return subject.startswith(_SERVICE_QUESTIONS)

    def _api_call(self, subject: str) -> str:
        """What is asked of JetStream, without the prefix; "" if it is something else."""
        for prefix in (self._api, DEFAULT_API_PREFIX + "."):
            if subject.startswith(prefix):
                return subject.removeprefix(prefix)
        return ""
