"""What `?` says where one looks at fields, beyond the keys.

No line is longer than what an 80 columns wide terminal shows of it.
"""

from __future__ import annotations

FIELDS_HELP = """\
Which fields the messages have: the subject and its tokens, headers, paths in
JSON payloads (also compressed or encoded ones), the payload where it is plain
text, the size. Of a tail: what is in view, and then what arrives; with a
filter, only what it shows. A stream is read as a whole, without a consumer.

COLUMNS
  in        the share of messages that have the field
  distinct  how many values it has; 1,000+: the first 1,000 are counted
            one by one, the others together
  values    the most frequent one, or smallest, largest and median number

enter shows the values of a field; r begins anew.
What was left out is said: fields beyond the first 1,000, payloads larger
than 256 KiB, messages with more than 500 values."""

GROUPS_HELP = """\
The messages by their value of the field. A message whose list has several
values counts for each of them. Numbers in quotes are numbers, too.

KEYS
  enter     the messages of the row: filters the tail, or searches the stream
  h         the values one by one, or a histogram
  v         percentiles of the numbers of another field, in each group

Percentiles are exact for up to 1,000 different numbers, then within 1%:
what stands behind ± says how near they are."""

SPREADS_HELP = """\
Groups by one field, with percentiles of the numbers of another. o sorts by
the next column. The first 200 values have a group each.

enter shows the messages of the group."""
