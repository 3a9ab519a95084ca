"""What `?` says in the Consumers pane, beyond the keys.

No line is longer than what an 80 columns wide terminal shows of it.
"""

from __future__ import annotations

CONSUMERS_HELP = """\
One board across all streams, the worst first. Looking changes nothing:
nothing is delivered, acknowledged or created. The last line says what a
look costs the server, and counts what was sent.

STATES  the worst first
  no answer        nobody leads it now, or its stream could not be asked
  losing messages  given up after max deliver while we watched
  ack limit        as many unacknowledged as it may have: nothing new is
                   delivered
  no subscriber    a push consumer that nobody listens to
  nobody pulling   messages are pending, and no client asks for them
  lag growing      more is stored than is acknowledged
  paused           until when is said below the table
  redelivering     some messages had to be delivered again
  lost messages    given up before we watched
  behind           messages are pending, and it gets on

COLUMNS
  pending   not delivered yet
  unacked   delivered and not acknowledged, of how many there may be
  sent      deliveries a second, over ten seconds; ack: acknowledged
  lag       how fast pending and unacked together grow
  drain     how long until there are none
  redel     delivered more than once
  wait      pull requests that wait for messages

FILTER  / with words of the stream, the consumer, its subjects, its state:
  paused, push, -ok

LOOKING DEEPER
  a         what its clients answer, as it goes by
  X         messages that were given up, of all streams

CHANGING  each says what it will do before it does
  P         pause it until a time, or resume it
  Z         reset: start over, from a sequence or from where it began
  u         unpin the client of a priority group
  C         create; E edit, with the differences before it is saved
  D         delete; wants the name
  U         what was changed or deleted, to be restored"""

PEEK_HELP = """\
Read out of the stream, not out of the consumer: nothing is delivered by
this, nothing acknowledged, and the consumer stays where it is.

LIST
  sent      was delivered, and lies above the ack floor: acknowledged out
            of order, or not at all
  next      comes next, in this order, unless something is delivered again
            before"""

ACKS_HELP = """\
What the clients of this consumer answer, as it goes by on the wire. It is
overheard by plain subscriptions: nothing is asked, nothing is sent, and
the consumer does not notice. It begins when this is opened, and ends when
it is left (not while a message is open).

COLUMNS  the latest first; o sorts by another one
  answer     +ACK done, +NXT done and more wanted, -NAK again, +WPI still
             at work, +TERM never again; "gave up": delivered as often as
             max_deliver allows, as the server advised
  try        how often it was delivered
  had it for from delivery to answer, where the server measures it
             (sample_freq of the consumer)
  age        from when it was stored to the answer, by two clocks: the
             server's and ours
  said       a delay, a reason

Deliveries are not listened to: who subscribes to where they go is taken
for somebody to deliver to.

  enter      the message, read from the stream; it may be gone
  space      hold the list; everything is counted meanwhile
  /          nak, term, "gave up", a sequence, words of a reason; -ack"""
