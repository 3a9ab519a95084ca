"""What `?` says where one looks at conversations, beyond the keys.

No line is longer than what an 80 columns wide terminal shows of it.
"""

from __future__ import annotations

CORRELATIONS_HELP = """\
What some of the newest messages share and others do not: an identifier in a
header, in JSON or in the subject; or requests and what came to their inboxes.

COLUMNS
  messages  that share their value with another one
  in        so many conversations
  each      messages in one of them, on average

enter shows the conversations; c takes any other field."""

CONVERSATIONS_HELP = """\
Messages that belong together, and below them those of the conversation under
the cursor, each where it is in time. A W3C traceparent is known by its trace.
What came to the inbox of a request belongs to the request. Of a tail, what
its filter hides is not there.

COLUMNS
  open      requests to whose inbox nothing came, if that would be seen:
            tail _INBOX.> too
  span      from the first message to the last
  slowest   the longest time without a message
  last      when the newest message came

o sorts by the next column: unanswered ones first, by messages, by span, by
the slowest step, the newest first. enter goes to the messages, and there to
one of them; esc goes back. The newest 1,000 conversations are kept.

Times are those of arrival here; of a stream, when the server stored it."""
