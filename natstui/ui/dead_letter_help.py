"""What `?` says of dead letters, beyond the keys.

No line is longer than what an 80 columns wide terminal shows of it.
"""

from __future__ import annotations

DEAD_LETTERS_HELP = """\
Messages that a consumer will not get again. Servers advise it once, to
whoever listens, and keep no list. So there is what was heard since this
was first opened (and by the board of consumers before), and what a stream
has captured, if there is one with $JS.EVENT.ADVISORY.CONSUMER.> among its
subjects. Looking changes nothing.

WHAT
  gave up     delivered as often as max_deliver allows, not acknowledged
  terminated  a client ended it (+TERM); the line below says why
  counted     by its numbers the consumer gave up so many more, at least.
              Which ones the server does not say, and when neither
  message     read from the stream; it may be gone

KEYS
  enter       the message
  P           publish it again: to its subject, or to another one. A stream
              must store it. Nats-... headers are left out, Dead-Letter-...
              headers say where it is from. It asks first
  x           export what is listed, with the messages, as NDJSON
  /           gave up, terminated, a stream, a consumer, a reason; -word
  r           look at everything anew"""
