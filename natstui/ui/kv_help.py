"""What `?` says in the KV pane, beyond the keys.

No line is longer than what an 80 columns wide terminal shows of it.
"""

from __future__ import annotations

BUCKETS_HELP = """\
A bucket is a stream, its keys are subjects. Looking changes nothing: no
consumer is made for it.

COLUMNS
  keys      deleted ones count for as long as their mark is there
  values    revisions, those of the history too
  history   how many revisions of a key are kept
  ttl       how long a value is kept; "own" where a key may have a lifetime
            of its own

CHANGING  each says what it will do before it does
  C         create: a name, then history=5 ttl=1h marker=1m replicas=3
            storage=memory max=1MiB
  D         delete the bucket; saved in the journal before, U restores it"""

KEYS_HELP = """\
All keys are listed, as a tree by their dots or flat (f). Values are read
when a line comes into view. What others change while you look is marked
with ● for a minute.

FILTER  words separated by spaces; all of them must be in the key
  eu        in any case; with a capital letter in exactly that case
  -old      must not be in it
  users.*   a pattern for the whole key, as in subjects
  S         asks the server for a pattern, for buckets with more keys than
            are listed

  t         the bucket as it was: 2h ago, 12:30, #1234 (a revision)

MARKS  a key that was deleted is listed for as long as its mark is there
  DEL       deleted by somebody; earlier values are in its history
  PURGE     purged by somebody, with its history
  MaxAge    its lifetime ended

CHANGING  each says what it will do before it does, and goes only over the
          revision that you saw
  i  E      edit here, or in $EDITOR; C creates, D deletes, P purges
  x  I      export what is listed as NDJSON; import, after a look at what
            it would change
  U         what was changed or deleted, to be restored"""

KEY_HELP = """\
The revisions that the bucket keeps, the newest first, and the value of the
one under the cursor.

COMPARING
  space     mark a revision; d compares the marked one with the one under
            the cursor
  d         without a mark: with the one before it

CHANGING  only over the newest revision as you saw it
  i  E      edit the newest value, here or in $EDITOR
  V         revert: write the value under the cursor again, as a new
            revision
  D  P      delete leaves a mark and the history; purge leaves only a mark
  U         what was changed or purged, to be restored"""

EDIT_HELP = """\
The text is saved only if the key is still at the revision that you began
with. If somebody was faster, the line above the text says so, and saving
opens the three texts side by side.

ctrl+o lays JSON out, a member a line; numbers and texts stay as they are
written. A value that was JSON and is none any more is said above the text.

LIFETIME  tab goes to it, where the bucket allows it
  30s 1h    the key goes by itself after that time
  empty     it stays for as long as the bucket keeps values. A lifetime is
            not kept by itself: what stands there is what the new revision
            gets"""

MERGE_HELP = """\
Somebody wrote to the key while you edited it. What only one of you changed
is merged already: objects in JSON key by key, other text line by line. The
rest is yours to decide.

DECIDING  m mine, t theirs, b both (text), o as it was before both
  ctrl+s    saves over the revision that is shown; if it changed again, it
            is merged again
  esc       back to your text, nothing is lost"""

IMPORT_HELP = """\
Nothing is written before you say so. Each line is written only over what
was seen here; a key that changed meanwhile is left alone, and its line
says so.

DOING  C imports only the keys that are new, A also those that differ
  ctrl+x    ends it; what was written stays written; what that pushed out
            is in the journal"""

DIFF_HELP = """\
What differs between two revisions: - the earlier one, + the later one. JSON
is laid out before it is compared, and what is no text is compared as hex."""

PAST_HELP = """\
The bucket as it was at a moment, as far as it is stored still; and what
became of each key since. Looking changes nothing.

SINCE
  changed    it holds something else now; enter shows what differs
  deleted    it had a value, and has none now
  added      it had no value, and has one now
  unknown    nothing is stored of it from before the moment: the history
             had no room, or it was purged. What it held nobody knows; the
             line below says what speaks for what
  same       it holds what it held; "same value": written again, unchanged
  came, went it had no value then and has none now, but had one between

What expired, or was purged without leaving a mark, is not listed: it
cannot be seen any more. Where nothing is missing, the line below says so.

  t          another moment: 2h ago, 12:30, 2026-01-31 08:00, #1234
  x          export what is listed as it was, as NDJSON
  V          make the key what it was, over the revision that you see; a
             key that had no value is deleted. It asks first, U undoes it"""

PAST_DIFF_HELP = """\
What a key held at the moment (-) and what it holds now (+).

  V          make it what it was, over the revision that you see; it asks
             first, and U undoes it"""
