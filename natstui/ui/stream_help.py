"""What `?` says in the Streams pane, beyond the keys.

No line is longer than what an 80 columns wide terminal shows of it.
"""

from __future__ import annotations

STREAMS_HELP = """\
Looking changes nothing: no consumer is made, nothing is acknowledged. The
last line says how often it asks (api), and counts what was created,
acknowledged and written.

COLUMNS
  rate      messages per second that are stored, over ten seconds
  cons      consumers
  last      how long ago the newest message was stored
  R         replicas; 2/3 where one is behind or away
  lag       of a mirror or of sources: messages behind;
            ! where nothing is heard from them

CHANGING  each says what it will do before it does
  C         create; E edit, with the differences before it is saved
  P         purge, with the messages, bytes, subjects and consumers
            that it concerns
  D         delete; L seal; both want the name
  b         back up into a folder, as the nats tool does; B restores one
  U         what was destroyed, to be restored"""

MESSAGES_HELP = """\
The stream is read without a consumer: by DIRECT.GET where it allows that,
else by MSG.GET. A window around the cursor is in memory, whatever the size
of the stream.

GOING  where to
  G end     the newest message, and follow what is stored
  g home    the oldest message
  #         a sequence
  t         a time: 12:30, 2026-01-31 08:00, or how long ago: 15m, 2h
  S         only the messages of a subject; wildcards allowed
  l         the newest message of each subject

SEARCH  / searches the whole stream, newest first
  with the words of the tail's filter: fail, "not found", /regex/i,
  subject:orders.*, header:Trace-Id=ab12, json:order.total>10, -health
  ctrl+x ends a search, space goes on with it"""

SEARCH_HELP = """\
The whole stream is searched, the newest message first. What was found can
be opened while the search goes on.

SEARCH
  space     end it, or go on with it from where it was
  ctrl+x    end it"""
